"""One test for each trap of the embedded store that a writer or a reader can fall into."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest
from eventsourcing.persistence import StoredEvent

from rentalwatch.errors import InvalidInputError
from rentalwatch.ledger import store
from rentalwatch.ledger.application import Ledger
from rentalwatch.ledger.codec import UndecodableError
from rentalwatch.ledger.tables import SIDE_TABLES
from tests.unit.ledger.words import (
    HOME,
    an_id,
    began,
    by_hand,
    home_row,
    imports,
    patrols,
    registers,
    retracts,
    row,
    stored,
    undoes,
)


@pytest.mark.parametrize(
    ("events", "size"),
    [(store.MAX_EVENTS + 1, 1), (2, store.MAX_BYTES // 2 + 1)],
    ids=["more than 1,000 events", "more than 1 MiB"],
)
def test_a_commit_that_is_too_large_is_refused_whole(ledger: Ledger, events: int, size: int) -> None:
    # given as many events as no commit may hold
    large = [StoredEvent("dwelling-1", n + 1, "topic", b"x" * size) for n in range(events)]

    # when they are handed in at once
    with pytest.raises(InvalidInputError) as refusal:
        ledger.recorder.insert_events(large)

    # then nothing is stored, and the same events go in by halves
    assert refusal.value.code == "RW-COMMIT-TOO-LARGE"
    assert stored(ledger) == []
    ledger.recorder.insert_events(large[: events // 2])
    assert len(stored(ledger)) == events // 2


@pytest.mark.parametrize(
    ("events", "size"), [(store.MAX_EVENTS, 1), (2, store.MAX_BYTES // 2)], ids=["1,000 events", "1 MiB"]
)
def test_a_commit_at_the_limit_is_taken(ledger: Ledger, events: int, size: int) -> None:
    full = [StoredEvent("dwelling-1", n + 1, "topic", b"x" * size) for n in range(events)]
    assert ledger.recorder.insert_events(full) == list(range(1, events + 1))


@pytest.mark.parametrize("type_name", ["trap_module:Planted", "trap_module.Planted", "os:system"])
def test_a_stored_row_that_names_a_python_module_imports_nothing(
    ledger: Ledger, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, type_name: str
) -> None:
    # given an importable module, and a row planted by hand that names it
    (tmp_path / "trap_module.py").write_text("class Planted: ...\n")
    monkeypatch.syspath_prepend(tmp_path)
    with by_hand(path) as connection:
        connection.execute("INSERT INTO stored_events VALUES ('dwelling-1', 1, ?, '{}', 1)", (type_name,))

    # when every way of reading meets it, then it is refused by name
    for read in (ledger.facts, ledger.file):
        with pytest.raises(UndecodableError, match=type_name):
            read("dwelling-1")
    with pytest.raises(UndecodableError, match=type_name):
        ledger.mapper.to_domain_event(ledger.recorder.select_events("dwelling-1")[0])
    assert "trap_module" not in sys.modules


def test_a_renamed_application_reads_and_continues_the_same_ledger(ledger: Ledger, path: Path) -> None:
    ledger.record(registers(), an_id("home"))

    class RenamedBookOfTheArea(Ledger):
        pass

    with RenamedBookOfTheArea(path) as renamed:
        renamed.record(patrols(), an_id("patrol"))
        assert [event.version for event in stored(renamed)] == [1, 2]
    with by_hand(path) as connection:
        names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type='table'")}
    assert names == {"stored_events", *SIDE_TABLES, "batches", "meta"}


def test_positions_only_increase_and_are_the_ones_answered(ledger: Ledger) -> None:
    answers = [ledger.record(registers(home), an_id(home)).position for home in ("A", "B", "C")]
    imports(ledger, home_row(), row("1", "noise"))
    assert answers == [1, 2, 3]
    assert [event.position for event in stored(ledger)] == [1, 2, 3, 4, 5]


def test_no_path_ever_deletes_or_changes_a_stored_row(ledger: Ledger, path: Path) -> None:
    # given a database that refuses to delete or change an event
    with by_hand(path) as connection:
        for act in ("DELETE", "UPDATE"):
            connection.execute(
                f"CREATE TRIGGER never_{act} BEFORE {act} ON stored_events "
                "BEGIN SELECT RAISE(FAIL, 'a stored event was touched'); END"
            )

    # when every way of writing is gone through
    began(ledger, "first")
    imports(ledger, home_row(), row("1", "noise"), row("2", "smell"), batch="first")
    began(ledger, "second")
    imports(ledger, row("1", "fire", seen=2), row("2", "smell"), batch="second")
    imports(ledger, row("1", "smoke", seen=1), batch="second")
    ledger.record(patrols(), an_id("patrol"))
    ledger.record(patrols(seen="unclear"), an_id("correction"), correcting=an_id("patrol"))
    ledger.record(retracts(an_id("patrol")), an_id("retraction"))
    with ledger.trial():
        imports(ledger, row("3", "water"))
    undoes(ledger, "second")
    undoes(ledger, "first")

    # then all went through, and the last row is the last one
    events = stored(ledger)
    assert [event.position for event in events] == list(range(1, len(events) + 1))
    assert ledger.recorder.max_notification_id() == len(events)


def test_a_command_of_another_thread_never_joins_a_trial(ledger: Ledger) -> None:
    # given a trial that runs in this thread
    ledger.record(registers(), an_id("home"))
    answered: list[int] = []
    writer = threading.Thread(
        target=lambda: answered.append(ledger.record(patrols(), an_id("patrol")).version)
    )
    with ledger.trial():
        imports(ledger, home_row("TRIED"))
        # when another thread records meanwhile
        writer.start()
        writer.join(timeout=0.3)
        assert answered == []  # it waits for the lock
    writer.join()

    # then its record is stored, and the trial's rows are forgotten
    assert answered == [2]
    assert len(ledger.facts(ledger.stream_of(HOME))) == 2
    assert len(stored(ledger)) == 2


@pytest.mark.parametrize("folder", ["a#b", "what?", "100%25", "with space", "群租", "mode=memory"])
def test_a_folder_of_any_name_holds_its_ledger(tmp_path: Path, folder: str) -> None:
    (tmp_path / folder).mkdir()
    path = tmp_path / folder / "ledger.db"
    with Ledger(path, create=True) as ledger:
        ledger.record(registers(), an_id("home"))
    assert path.stat().st_size > 0
    assert [entry.name for entry in tmp_path.iterdir()] == [folder]
    with Ledger(path) as ledger:
        assert len(stored(ledger)) == 1
