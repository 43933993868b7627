"""Closing a ledger while other threads read it. The library would close their connections under their
hands, of which the process dies (a segmentation fault in SQLite)."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from eventsourcing.persistence import ConnectionPoolClosedError

from rentalwatch.ledger.application import Ledger
from tests.unit.ledger.words import an_id, patrols, registers


def test_closing_waits_for_a_read_that_is_under_way(ledger: Ledger):
    reading, read = Event(), Event()

    def look() -> int:
        with ledger.recorder.datastore.transaction(commit=False) as c:
            reading.set()
            read.wait(0.2)
            c.execute("SELECT COUNT(*) FROM stored_events")
            return c.fetchone()[0]

    ledger.record(registers(), an_id("home"))
    with ThreadPoolExecutor() as pool:
        seen = pool.submit(look)
        reading.wait(5)
        ledger.close()
        assert seen.result() == 1


def test_a_closed_ledger_says_so(ledger: Ledger):
    ledger.record(registers(), an_id("home"))
    ledger.close()
    with pytest.raises(ConnectionPoolClosedError):
        ledger.record(patrols(), an_id("patrol"))


def test_readers_that_never_stop_survive_it(ledger: Ledger):
    ledger.record(registers(), an_id("home"))

    def read_on() -> bool:
        while True:
            try:
                ledger.recorder.read_recorded(0)
            except ConnectionPoolClosedError:
                return True

    with ThreadPoolExecutor(4) as pool:
        readers = [pool.submit(read_on) for _ in range(4)]
        ledger.close()
        assert all(reader.result(10) for reader in readers)
