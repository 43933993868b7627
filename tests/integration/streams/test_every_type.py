"""Every type of event, in every kind of stream, through relay, Kafka, Faust and PostgreSQL: the tables are
those of the folder that it came from, row by row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from projections import against_ledger, follow
from projections.postgres import open_postgres
from rentalwatch.domain.events import VERSIONED, Stream
from rentalwatch.domain.folds import FOLDS
from rentalwatch.domain.streams import kind_of
from rentalwatch.importers import run
from rentalwatch.importers.run import CANONICAL, Rejected
from rentalwatch.ledger.audit import audit
from rentalwatch.ledger.codec import decode
from rentalwatch.ledger.folder import open_ledger
from rentalwatch.ledger.moving import move
from rentalwatch.ledger.relay import cluster as relayed
from rentalwatch.ledger.relay.restore import restore
from rentalwatch.ledger.relay.taking import side_of
from rentalwatch.ledger.store import Recorded
from tests.integration.importing import Table, all_rows, closing_engine
from tests.integration.relay.stories import differences, relaying, stored
from tests.integration.relay.stories import until as comes_about
from tests.integration.streams.cluster import Cluster
from tests.integration.streams.workers import Worker, until
from tests.unit.domain.test_golden_events import GOLDEN
from tests.unit.ledger.words import an_id, patrols

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "docs/record.examples.ndjson"
"""A record of every kind; what one district would hand in."""

HOME = "SH-PD-0001"
"""The home that they are about."""

NOW = datetime(2026, 11, 22, tzinfo=UTC)
"""After the last of them: the importer's clock."""

OF_COMMANDS = UUID("5f0c8a53-9d0e-5b63-8c55-0a6f5f7f0b02")


@pytest.fixture
def district(tmp_path: Path) -> Path:
    """A folder with a record of every kind, and behind it the types of event that only commands store."""
    folder = tmp_path / "district"
    with open_ledger(folder, create=True) as ledger:
        planned = run.plan(EXAMPLES, CANONICAL, NOW)
        refused: list[Rejected] = []
        run.run(ledger, planned, on_rejected=refused.append, on_progress=lambda _: None)
        assert refused == []
        patrol = ledger.record(patrols(HOME), an_id("patrol")).record_id
        ledger.record(patrols(HOME, seen="suspicious"), an_id("seen better"), correcting=patrol)
        held = stored(ledger)
        rows = list(_of_commands(held))
        with ledger.recorder.writing() as tx:
            tx.restore(rows, side_of(rows))
    return folder


def _of_commands(held: list[Recorded]) -> Iterator[Recorded]:
    """The golden example of each type that is not in the ledger yet, a commit of its own, in a file of the
    first kind that it may lie in."""
    position, at = held[-1].position, held[-1].recorded_at
    last = {row.stream_id: row.version for row in held}
    of_kind = {kind_of(stream): stream for stream in reversed(last)}
    missing = {name: its for name, its in VERSIONED.items() if name not in {row.type_name for row in held}}
    for nth, (name, its) in enumerate(missing.items(), start=1):
        kind: Stream = its.STREAMS[0]
        stream = of_kind.setdefault(kind, f"{kind}-{OF_COMMANDS}")
        last[stream] = last.get(stream, 0) + 1
        state = (GOLDEN / f"{name.removeprefix('rentalwatch.')}.json").read_bytes()
        decode(name, state)
        yield Recorded(position + nth, stream, last[stream], name, state, at + nth)


def embedded(folder: Path) -> dict[str, Table]:
    """Every table of the read models that lie in the folder, but for how they came to be."""
    with open_ledger(folder) as ledger, closing_engine(follow.open_read_models(folder)) as engine:
        follow.catch_up(ledger, engine)
        found = all_rows(engine)
    del found["checkpoints"]
    return found


def test_every_type_of_event_gives_the_embedded_tables_in_a_cluster(
    district: Path, cluster: Cluster, tmp_path: Path
) -> None:
    """One story, since all of it is about one topic."""
    tables = embedded(district)
    where = relayed.Cluster(cluster.dsn, cluster.kafka, cluster.topics)
    move(district, cluster.dsn)
    with open_ledger(cluster.dsn) as ledger:
        rows = stored(ledger)
    every_type_and_every_kind_is_in_it(rows)
    relay_and_worker_bring_all_of_it_into_the_same_tables(where, cluster, rows, tables, tmp_path)
    topic_ledger_and_read_models_agree(where, cluster)
    a_ledger_is_restored_from_it(where, rows, tmp_path / "restored")


def every_type_and_every_kind_is_in_it(rows: list[Recorded]) -> None:
    assert {row.type_name for row in rows} == set(VERSIONED)
    assert {kind_of(row.stream_id) for row in rows} == set(FOLDS)


def relay_and_worker_bring_all_of_it_into_the_same_tables(
    where: relayed.Cluster, cluster: Cluster, rows: list[Recorded], tables: dict[str, Table], logs: Path
) -> None:
    with relaying(where) as relay, Worker(cluster, "a", logs) as worker:
        comes_about(lambda: relay.error or relay.at(rows[-1].position))
        until(lambda: cluster.folded() == len(rows), worker)
    assert cluster.rows() == tables
    assert Counter(kind_of(row.stream_id) for row in rows).keys() == {k for k, _ in cluster.ask(_KINDS)}
    assert cluster.ask("SELECT * FROM parked") == []
    assert cluster.ask("SELECT * FROM parked_records") == []


_KINDS = "SELECT kind, count(*) FROM files GROUP BY kind"


def topic_ledger_and_read_models_agree(where: relayed.Cluster, cluster: Cluster) -> None:
    """As `verify --kafka` has it."""
    assert differences(where) == []
    with closing_engine(open_postgres(cluster.dsn)) as engine:
        assert against_ledger.differences(engine) == []
    with open_ledger(cluster.dsn) as ledger:
        assert list(audit(ledger)) == []


def a_ledger_is_restored_from_it(where: relayed.Cluster, rows: list[Recorded], folder: Path) -> None:
    restore(relayed.Cluster(folder, where.bootstrap, where.prefix), lambda _: None)
    with open_ledger(folder) as ledger:
        assert stored(ledger) == rows
        assert list(audit(ledger)) == []
