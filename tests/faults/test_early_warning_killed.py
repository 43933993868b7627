"""Workers of early warning killed with kill -9 under load, again and again: every alert is in the ledger
once, every reading is counted once, every closed day is what one undisturbed process makes of it."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa

from projections import follow
from projections.postgres import open_postgres
from projections.rebuilding import rebuild
from rentalwatch.domain.events import AlertRaised
from rentalwatch.early_warning.database import open_signals
from rentalwatch.early_warning.sending import sender
from rentalwatch.early_warning.tables import DAY_COUNTS
from rentalwatch.ledger.application import Ledger
from rentalwatch.ledger.folder import open_ledger
from rentalwatch.signals.rows import Rows
from tests.integration.early_warning.watched_estate import (
    AREA,
    HOMES,
    MONDAY,
    behind,
    busy_weeks,
    home,
    passes,
    placed,
    register,
    warned,
)
from tests.integration.importing import closing_engine
from tests.integration.streams.cluster import Cluster
from tests.integration.streams.workers import RUN, Worker, until

SEEDS = (1, 2, 3)
ESTATES = 5
A_DAY = 15_000
"""Of which two thirds are passes of an estate: an estate is written several times while readings come."""

A_RECORD = 300
PACE_SECONDS = 0.015
KILLS = 4
WORKERS = ("a", "b")


@pytest.fixture
def cluster(database: str, kafka: str, topics: str) -> Cluster:
    return Cluster(database, kafka, topics)


def named(number: int) -> dict[str, Any]:
    return {"estate": f"estate:e-{number}", "dwellings": [f"{number}-{home(n)}" for n in range(HOMES)]}


def registered(ledger: Ledger) -> None:
    for number in range(ESTATES):
        register(ledger, f"e-{number}", f"{AREA}{number}/", prefix=f"{number}-")


def load(seed: int) -> list[tuple[str, bytes]]:
    """(estate, record), each estate's in time, the estates mixed."""
    whole: list[tuple[int, str, bytes]] = []
    for number in range(ESTATES):
        sent = busy_weeks(seed * 100 + number, least=A_DAY)
        cut = [sent[n : n + A_RECORD] for n in range(0, len(sent), A_RECORD)]
        about = named(number)
        whole += [(part[0].at, about["estate"], passes(part, **about)) for part in cut]
    return [(estate, record) for _, estate, record in sorted(whole)]


def of_one_process(records: list[tuple[str, bytes]], folder: Path) -> Any:
    """What an undisturbed process in a data folder makes of them: alerts, and figures of closed days."""
    with (
        open_ledger(folder, create=True) as ledger,
        closing_engine(follow.open_read_models(folder)) as models,
    ):
        registered(ledger)
        follow.catch_up(ledger, models)
    with warned(folder) as it:
        machine = it.machine()
        machine.begin("t", 0)
        machine.learn(it.contexts())
        whole = placed(record for _, record in records)
        machine.take(whole, behind(whole[-1]))
        machine.keep_all()
        return alerts(it.ledger), closed_days(it.signals)


def alerts(ledger: Ledger) -> list[str]:
    streams = [ledger.stream_of(f"{number}-{home(n)}") for number in range(ESTATES) for n in range(HOMES)]
    events = [fact.event for stream in streams for fact in ledger.facts(stream)]
    return sorted(str(e.record_id) for e in events if isinstance(e, AlertRaised))


def closed_days(signals: Any) -> dict[tuple[str, int], dict[str, list[str]]]:
    """(estate, day) → figures, of the days on which there were readings."""
    with signals.connect() as connection:
        rows = connection.execute(sa.select(DAY_COUNTS.c.rows)).scalars().all()
    days = [Rows.from_bytes(bytes(row)) for row in rows]
    return {
        (day.estate, day.day): {n: [repr(float(f)) for f in c] for n, c in sorted(day.columns.items())}
        for day in days
        if day.begins >= MONDAY
    }


def start(cluster: Cluster, name: str, folder: Path) -> Worker:
    return Worker(cluster, name, folder, [sys.executable, "-c", RUN, "worker", "early-warning"])


@pytest.fixture
def workers(cluster: Cluster, tmp_path: Path) -> Iterator[dict[str, Worker]]:
    running = {name: start(cluster, name, tmp_path) for name in WORKERS}
    yield running
    for one in running.values():
        if one.process.poll() is None:
            one.kill()


@pytest.mark.parametrize("seed", SEEDS)
def test_killed_under_load_nothing_is_lost_doubled_or_counted_twice(
    cluster: Cluster, workers: dict[str, Worker], tmp_path: Path, seed: int
) -> None:
    chance, records = Random(seed), load(seed)
    expected = of_one_process(records, tmp_path / "alone")
    assert expected[0]
    with open_ledger(cluster.dsn) as ledger:
        registered(ledger)
        with closing_engine(open_postgres(cluster.dsn)) as engine:
            rebuild(ledger, engine)
        handed_on = "SELECT count(*) FROM signals.published_contexts"
        until(lambda: cluster.ask(handed_on) == [(ESTATES,)], *workers.values())
        # when workers are killed and come back while readings flow
        sending = threading.Thread(target=send, args=(cluster, records))
        sending.start()
        for _ in range(KILLS):
            time.sleep(chance.uniform(0.5, 2.5))
            name = chance.choice(WORKERS)
            workers[name].kill()
            workers[name] = start(cluster, name, tmp_path)
        sending.join()
        # given that estates were written between the kills, not only at the end
        assert cluster.ask("SELECT count(*) FROM signals.saved_up_to WHERE estate <> ''") == [(ESTATES,)]
        # then all is judged in the end, and written
        whole = {"taken": sum(len(json.loads(record)["at"]) for _, record in records)}
        until(lambda: counted(cluster).get("taken") == whole["taken"], *workers.values())
        assert {k: v for k, v in tallies(cluster).items() if k != "duplicate"} == whole
        assert alerts(ledger) == expected[0]
    with closing_engine(open_signals(cluster.dsn)) as signals:
        assert closed_days(signals) == expected[1]


def send(cluster: Cluster, records: list[tuple[str, bytes]]) -> None:
    with sender(cluster.kafka, cluster.topics) as put:
        for estate, record in records:
            put(estate, record)
            time.sleep(PACE_SECONDS)


def tallies(cluster: Cluster) -> dict[str, int]:
    rows = cluster.ask(
        "SELECT reason, sum(readings)::bigint FROM signals.tallies WHERE kind = 'gate_pass' GROUP BY 1"
    )
    return {row[0]: int(row[1]) for row in rows}


def counted(cluster: Cluster) -> dict[str, int]:
    """What became of passes, once every estate was written with all that was judged of it."""
    behind = cluster.ask("SELECT count(*) FROM signals.signal_checkpoints WHERE replay_from < next_offset")
    return tallies(cluster) if behind == [(0,)] else {}
