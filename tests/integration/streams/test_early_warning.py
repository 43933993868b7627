"""Workers of early warning as processes: readings on the topic become alerts in the ledger, once each."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from uuid import uuid4

import pytest

from projections.postgres import open_postgres
from projections.rebuilding import rebuild
from rentalwatch.domain.instants import instant
from rentalwatch.early_warning.sending import sender
from rentalwatch.importers.record import statement
from rentalwatch.ledger.application import Ledger
from rentalwatch.ledger.folder import open_ledger
from rentalwatch.ledger.store import wall_clock
from rentalwatch.ledger.topics import signals_topic
from tests.e2e.terminal import Terminal, environment
from tests.integration.early_warning.watched_estate import (
    AREA,
    DAY,
    HOMES,
    HOUR,
    MONDAY,
    Pass,
    home,
    passes,
    register,
)
from tests.integration.importing import closing_engine
from tests.integration.streams.cluster import Cluster
from tests.integration.streams.workers import RUN, Worker, until

ESTATES = 6
"""In different partitions."""


def worker(cluster: Cluster, name: str, folder: Path) -> Worker:
    return Worker(cluster, name, folder, [sys.executable, "-c", RUN, "worker", "early-warning"])


def estate(number: int) -> str:
    return f"estate:e-{number}"


@pytest.fixture
def ledger(cluster: Cluster) -> Iterator[Ledger]:
    """A cluster's ledger with some estates, and read models of it."""
    with open_ledger(cluster.dsn) as opened:
        for number in range(ESTATES):
            register(opened, f"e-{number}", f"{AREA}{number}/", prefix=f"{number}-")
        with closing_engine(open_postgres(cluster.dsn)) as engine:
            rebuild(opened, engine)
        yield opened


def often(number: int, days: Sequence[int] = (0, 1, 2)) -> list[bytes]:
    """A card that passes eleven times on each of some days, at the first home of an estate."""
    named = {"estate": estate(number), "dwellings": [f"{number}-{home(n)}" for n in range(HOMES)]}
    sent = [[Pass(0, MONDAY + d * DAY + n * HOUR, 1) for n in range(11)] for d in days]
    return [passes(day, **named) for day in sent]


def put(cluster: Cluster, number: int, records: Sequence[bytes]) -> None:
    with sender(cluster.kafka, cluster.topics) as send:
        for record in records:
            send(estate(number), record)


def alerts(cluster: Cluster) -> list[str]:
    rows = cluster.ask("SELECT originator_id FROM ledger.stored_events WHERE topic LIKE '%AlertRaised%'")
    return sorted(row[0] for row in rows)


def first_homes(ledger: Ledger, numbers: Sequence[int]) -> list[str]:
    return sorted(ledger.stream_of(f"{number}-{home(0)}") for number in numbers)


def handed_on(cluster: Cluster) -> int:
    return int(cluster.ask("SELECT count(*) FROM signals.published_contexts")[0][0])


def tallied(cluster: Cluster) -> dict[tuple[str, str], int]:
    rows = cluster.ask("SELECT kind, reason, sum(readings)::bigint FROM signals.tallies GROUP BY 1, 2")
    return {(row[0], row[1]): int(row[2]) for row in rows}


def kept_whole(cluster: Cluster) -> bool:
    """Whether every estate was written with all that was judged of it."""
    return cluster.ask("SELECT count(*) FROM signals.signal_checkpoints WHERE replay_from < next_offset") == [
        (0,)
    ]


def test_readings_on_the_topic_become_alerts_in_the_ledger(
    cluster: Cluster, ledger: Ledger, folder: Path
) -> None:
    with worker(cluster, "a", folder) as a:
        # given what rules must know of homes, handed on by the worker itself
        until(lambda: handed_on(cluster) == ESTATES, a)
        # when readings come
        for number in range(ESTATES):
            put(cluster, number, often(number))
        # then one alert for each card, and what became of readings is shown
        until(lambda: len(alerts(cluster)) == ESTATES, a)
        assert alerts(cluster) == first_homes(ledger, range(ESTATES))
        until(lambda: a.ready, a)
        assert a.figure('rentalwatch_signals_readings_total{became="taken"}') >= 33 * ESTATES
        assert a.figure('rentalwatch_signals_alerts_total{kind="alert"}') == ESTATES
        # and whoever is asked is told: what waits to be sent is in the outbox
        told = cluster.ask("SELECT count(*) FROM delivery.notifications WHERE level = 'manager'")
        assert told == [(ESTATES,)]
        # and nothing more is to come
        put(cluster, 0, often(0))
        until(lambda: a.figure('rentalwatch_signals_readings_total{became="duplicate"}') >= 22, a)
        assert len(alerts(cluster)) == ESTATES


def test_a_worker_killed_is_followed_by_another_and_nothing_is_lost_or_doubled(
    cluster: Cluster, ledger: Ledger, folder: Path
) -> None:
    with worker(cluster, "a", folder) as a:
        until(lambda: handed_on(cluster) == ESTATES, a)
        for number in range(ESTATES):
            put(cluster, number, often(number, (0, 1)))
        until(lambda: a.figure('rentalwatch_signals_readings_total{became="taken"}') >= 22 * ESTATES, a)
        # given a worker that judged two of three days, and is killed before it wrote its estates
        a.kill()
    # when the third day comes while nobody is there
    for number in range(ESTATES):
        put(cluster, number, often(number, (2,)))
    with worker(cluster, "b", folder) as b:
        # then the next one has the days before from the topic, and raises the alerts
        until(lambda: len(alerts(cluster)) == ESTATES, b)
        assert alerts(cluster) == first_homes(ledger, range(ESTATES))
        # and once all is written, every reading was counted once
        until(lambda: kept_whole(cluster), b)
        assert tallied(cluster)["gate_pass", "taken"] == 33 * ESTATES
        assert ("gate_pass", "duplicate") not in tallied(cluster)
        b.signal(signal.SIGTERM)
        assert b.process.wait(timeout=10) == 0


def test_what_is_no_reading_stops_nobody_and_is_counted(
    cluster: Cluster, ledger: Ledger, folder: Path
) -> None:
    with worker(cluster, "a", folder) as a:
        until(lambda: handed_on(cluster) == ESTATES, a)
        put(cluster, 3, [b"nonsense", b"", b'{"v":1}', json.dumps({"v": 1, "kind": "gate_pass"}).encode()])
        put(cluster, 3, often(3))
        until(lambda: alerts(cluster) == first_homes(ledger, [3]), a)
        assert a.figure('rentalwatch_signals_readings_total{became="not_json"}') == 2
        assert a.figure('rentalwatch_signals_readings_total{became="missing_field"}') == 2


def test_what_the_topic_forgot_is_passed_over_and_context_is_told_anew(
    cluster: Cluster, ledger: Ledger, folder: Path
) -> None:
    from kafka import KafkaAdminClient, TopicPartition

    with worker(cluster, "a", folder) as a:
        until(lambda: handed_on(cluster) == ESTATES, a)
        a.kill()
    put(cluster, 2, often(2))
    # given readings, and perhaps context, that were thrown away before anybody judged them
    admin = KafkaAdminClient(bootstrap_servers=cluster.kafka)
    try:
        admin.delete_records({TopicPartition(signals_topic(cluster.topics), p): -1 for p in range(12)})
    finally:
        admin.close()
    with worker(cluster, "b", folder) as b:
        until(lambda: b.ready and b.figure("rentalwatch_signals_places_forgotten_total") >= 1, b)
        # then it goes on behind them, with context that is handed on once more
        until(lambda: b.figure('rentalwatch_signals_readings_total{became="taken"}') >= ESTATES, b)
        put(cluster, 2, often(2))
        until(lambda: alerts(cluster) == first_homes(ledger, [2]), b)


def test_an_alert_that_nobody_answered_is_passed_on_without_a_timer(cluster: Cluster, folder: Path) -> None:
    with open_ledger(cluster.dsn) as ledger, closing_engine(open_postgres(cluster.dsn)) as engine:
        register(ledger, "e-0", f"{AREA}0/")
        # given an alert whose deadline for an answer passed long ago
        raised = {
            "kind": "alert", "dwelling": home(0), "at": "2026-01-05T12:00+08:00", "rule": "same_card_often",
            "rule_version": "1", "due": "2026-01-06T12:00+08:00",
        }  # fmt: skip
        ledger.record(statement(raised, now=instant(wall_clock())), uuid4())
        rebuild(ledger, engine)
    with worker(cluster, "a", folder) as a:
        # then the worker asks the next level
        until(lambda: escalated(cluster) == ["neighbourhood"], a)


def escalated(cluster: Cluster) -> list[str]:
    rows = cluster.ask("SELECT state FROM ledger.stored_events WHERE topic LIKE '%AlertEscalated%'")
    return [str(json.loads(bytes(row[0]))["level"]) for row in rows]


def test_a_file_goes_onto_the_topic_by_the_same_command(
    cluster: Cluster, ledger: Ledger, folder: Path
) -> None:
    # given context that was handed on by hand
    said = {"DATA": cluster.dsn, "KAFKA": cluster.kafka, "TOPICS": cluster.topics}
    terminal = Terminal(folder, environment(**{f"RENTALWATCH_{name}": value for name, value in said.items()}))
    told = terminal.asked("signals", "context", "--publish", "--format", "json").json
    assert {one["estate"] for one in told} == {estate(n) for n in range(ESTATES)}
    assert terminal.asked("signals", "context", "--format", "json").json == []
    # when a file is ingested in which not everything is a reading
    foreign = (
        b'{"v":1,"kind":"context","estate":"estate:e-1","zone":"UTC","path":"","position":9,"dwellings":[]}'
    )
    path = folder / "s.ndjson"
    path.write_bytes(b"\n".join([*often(1), b"nonsense", foreign, *often(2)]))
    sent = terminal.asked("signals", "ingest", path, "--format", "json").json
    # then readings are on the topic in their order, and the rest is said and sent nowhere
    assert (sent["records"], sent["readings"]) == (6, 66)
    assert {(row["kind"], row["treatment"]) for row in sent["refused"]} == {
        ("unknown", "not_json"), ("context", "foreign_context"),
    }  # fmt: skip
    with worker(cluster, "a", folder) as a:
        until(lambda: alerts(cluster) == first_homes(ledger, [1, 2]), a)
        assert a.figure('rentalwatch_signals_readings_total{became="not_json"}') == 0
