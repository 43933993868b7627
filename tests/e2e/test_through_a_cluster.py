"""Whatever is imported into a real cluster on one machine, or moves there, has the embedded figures, one by
one."""

from __future__ import annotations

import shlex
import shutil
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import pytest
import sqlalchemy as sa

from projections.files import FILES
from projections.generations import at_live
from projections.lag import lag
from projections.postgres import open_postgres
from projections.scope import Scope
from projections.targets import board
from rentalwatch.domain.events import PatrolRecorded
from rentalwatch.domain.instants import FOREVER
from rentalwatch.importers.run import CANONICAL
from rentalwatch.ledger.folder import open_ledger
from rentalwatch.ledger.statements import NO_RECORD, Statement
from tests.e2e.terminal import DOCS, ROOT, Terminal, environment
from tests.integration.importing import read_csv, whole_homes, write_csv

PATIENCE = 300
"""Seconds for a first start that fetches the broker, and for the import of a whole file."""

LISTS = ("omitted", "claims_refuted", "net")
"""Lists compared row by row here; all of them are, on both databases, where no cluster is started."""

DATA = ROOT / "examples/data"
TORONTO = DATA / "toronto_rentsafe"


class Source(NamedTuple):
    """Files with their mappings, in the order in which they are imported; the area in which their homes lie,
    and the days asked about, the first with its lists."""

    files: tuple[tuple[Path, str], ...]
    area: str
    days: tuple[str, ...]


OF_NEW_YORK = "new_york.csv"
ROWS = 6_000
"""Of New York's 18,838, whole homes: a third tells of every figure what all of them do, and the whole file is
compared figure by figure, list by list on both databases in `test_both_databases.py`."""

SOURCES = [
    Source(
        ((Path(OF_NEW_YORK), "nyc_hpd"),),
        "nyc/",
        ("2026-03-24", "2022-01-01", "2014-06-30"),
    ),
    Source(
        (
            (TORONTO / "registrations.csv.gz", "toronto_registrations"),
            (TORONTO / "evaluations_2025-07-06_first_snapshot.csv.gz", "toronto_evaluations"),
            (TORONTO / "evaluations_change_log.csv.gz", "toronto_changes"),
        ),
        "toronto/",
        ("2026-08-22", "2025-12-31", "2025-07-06"),
    ),
    Source(((DOCS / "record.examples.ndjson", CANONICAL),), "sh/", ("2026-11-22", "2026-02-15")),
]
"""What is imported into the cluster. A new source is one line more."""

SAMPLE_HOMES = 4_000
"""The smallest sample district."""

SAMPLE_DAYS = ("2025-12-31", "2025-08-31")


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Terminal]:
    """A terminal in which the cluster is named that `dev up` started."""
    here = Terminal(tmp_path)
    write_csv(tmp_path / OF_NEW_YORK, whole_homes(read_csv(), ROWS))
    try:
        told = here.asked("dev", "up", "--detach", patience=PATIENCE).lines
        exported = dict(shlex.split(line)[1].split("=", 1) for line in told)
        yield replace(here, env=environment(**exported))
    finally:
        here("dev", "down")


def figures(terminal: Terminal, area: str, day: str) -> dict[str, Any]:
    """The three targets, apart from when this ledger came to know of them."""
    found = terminal.asked("targets", "--area", area, "--as-of", day, "--format", "json").json
    found.pop("known_at")
    return dict(found)


def test_a_cluster_gives_the_embedded_figures_and_is_rebuilt_under_load(
    cluster: Terminal,
) -> None:
    """One test, since one cluster is started for it."""
    a_district_that_moves_there_keeps_its_figures(cluster)
    for source in SOURCES:
        a_source_gives_the_embedded_figures(cluster, source)
    ledger_topic_and_read_models_agree(cluster)
    what_is_recorded_is_seen_at_once_from_another_process(cluster)
    a_rebuild_under_load_fails_no_request_and_changes_no_figure(cluster)


def a_district_that_moves_there_keeps_its_figures(cluster: Terminal) -> None:
    # given the sample district in a folder, and the folder's copy
    folder, copy = cluster.folder / "district", cluster.folder / "district-before"
    embedded = Terminal(cluster.folder, environment(RENTALWATCH_DATA=str(copy)))
    embedded.asked("sample", "--dwellings", SAMPLE_HOMES, "--data", folder, patience=PATIENCE)
    shutil.copytree(folder, copy)
    # when it moves
    leaving = Terminal(cluster.folder, environment(RENTALWATCH_DATA=str(folder)))
    leaving.asked("move", "--to", cluster.env["RENTALWATCH_DATA"], patience=PATIENCE)
    until_quiet(cluster.env["RENTALWATCH_DATA"])
    # then its figures and lists are what they were
    the_figures_are_those_of(embedded, cluster, "", SAMPLE_DAYS)


def a_source_gives_the_embedded_figures(cluster: Terminal, source: Source) -> None:
    # given files read into a folder, and a cluster
    embedded = Terminal(cluster.folder, environment(RENTALWATCH_DATA="embedded"))
    for file, mapping in source.files:
        embedded.asked("import", file, "--mapping", mapping, patience=PATIENCE)
    # when they are read into the cluster
    for file, mapping in source.files:
        cluster.asked("import", file, "--mapping", mapping, patience=PATIENCE)
    until_quiet(cluster.env["RENTALWATCH_DATA"])
    # then the workers have judged all of it
    the_figures_are_those_of(embedded, cluster, source.area, source.days)


def the_figures_are_those_of(embedded: Terminal, cluster: Terminal, area: str, days: tuple[str, ...]) -> None:
    """Every figure of every day is the same, and so are the homes behind them."""
    for day in days:
        assert figures(cluster, area, day) == figures(embedded, area, day)
    for figure in LISTS:
        asked = ("targets", "--area", area, "--as-of", days[0], "--list", figure, "--format", "csv")
        assert cluster.asked(*asked).out == embedded.asked(*asked).out


def ledger_topic_and_read_models_agree(cluster: Terminal) -> None:
    """The topic holds what the ledger holds, the read models what a fresh fold gives, of all that came."""
    assert cluster.asked("verify", "--kafka", "--format", "json", patience=PATIENCE).json["ok"]


def what_is_recorded_is_seen_at_once_from_another_process(cluster: Terminal) -> None:
    # when a home and a lead are recorded
    cluster.asked("record", "registration", "12号302室", "area=pudong/estate-7/", "--rulebook", "pudong")
    cluster.asked("record", "lead", "12号302室", "ticket=A-1", "--at", "2026-11-20T09:30")
    # then a question that is asked next finds both, without the asking process having folded anything
    for _ in range(50):
        answer = cluster("file", "12号302室", "--format", "json")
        if answer.code == 0 and len(answer.json["facts"]) == 2:
            break
    assert [fact["kind"] for fact in answer.json["facts"]] == ["registration", "lead"]


def a_rebuild_under_load_fails_no_request_and_changes_no_figure(cluster: Terminal) -> None:
    # given a writer that records two hundred events a second, and somebody who keeps asking
    dsn = cluster.env["RENTALWATCH_DATA"]
    for n in range(WRITERS):
        cluster.asked("record", "registration", f"LOAD-{n}")
    done = threading.Event()
    with ThreadPoolExecutor(WRITERS + 1) as pool:
        writing = [pool.submit(_records, dsn, n, done) for n in range(WRITERS)]
        asking = pool.submit(_asks, dsn, done)
        # when the next generation of the read models is built and switched to
        try:
            cluster.asked("rebuild", patience=PATIENCE)
        finally:
            done.set()
        recorded, answers = sum(w.result() for w in writing), asking.result()
    # then every question was answered, nothing was known and then forgotten
    assert len(answers) > 10
    assert answers == sorted(answers)
    # and the tables are those of a fresh fold, of everything that was recorded
    with open_ledger(dsn) as ledger:
        files = [ledger.recorder.read_stream(ledger.stream_of(f"LOAD-{n}")) for n in range(WRITERS)]
    assert sum(map(len, files)) == recorded + WRITERS
    until_quiet(dsn)
    ledger_topic_and_read_models_agree(cluster)


WRITERS = 8
PACE = WRITERS / 200
"""Seconds between two records of one writer: two hundred a second of all."""


def _records(dsn: str, writer: int, done: threading.Event) -> int:
    with open_ledger(dsn) as ledger:
        for n in count():
            if done.wait(PACE):
                return n
            at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=WRITERS * n + writer)
            seen = PatrolRecorded(record_id=NO_RECORD, happened_at=at, seen="nothing")
            ledger.record(Statement(seen, subject=f"LOAD-{writer}"), uuid4())
    raise AssertionError


def _asks(dsn: str, done: threading.Event) -> list[int]:
    """How many events the read models knew, question by question."""
    engine, answers = open_postgres(dsn), []
    while not done.is_set():
        with at_live(engine) as connection:
            board(connection, Scope(asked=FOREVER))
            answers.append(connection.execute(sa.select(sa.func.sum(FILES.c.last_version))).scalar_one())
    engine.dispose()
    return answers


def until_quiet(dsn: str) -> None:
    """Until the workers have judged all that was recorded."""
    engine = open_postgres(dsn)
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up:
        with at_live(engine) as connection:
            if not lag(connection, 0).events:
                break
        time.sleep(0.1)
    else:
        raise AssertionError("the workers never came to the end")
    engine.dispose()
