"""For benchmarks of early warning: a cluster's ledger with homes of estates, a worker that knows them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.request import urlopen
from uuid import uuid4

from bench.parts import ask, until
from bench.stage import Stage
from projections.postgres import open_postgres
from projections.rebuilding import rebuild
from rentalwatch.dev.service import Service
from rentalwatch.domain import events as ev
from rentalwatch.domain.instants import ALWAYS
from rentalwatch.ledger.folder import open_ledger
from rentalwatch.ledger.statements import NO_RECORD, Statement

READY_SECONDS = 90.0
LOOK_SECONDS = 0.02
WORKER = ("worker", "early-warning")


def made(stage: Stage, estates: int, homes: int) -> str:
    """The DSN of a ledger with so many estates of so many homes each, in the read models as well."""
    dsn = stage.parts.database()
    with open_ledger(dsn) as ledger:
        with ledger.recorder.joined():
            for estate in range(estates):
                ledger.record(_estate(estate), uuid4())
        for estate in range(estates):
            batch = uuid4()
            said = [_home(estate, n) for n in range(homes)]
            for first in range(0, homes, 400):
                ledger.take_in(said[first : first + 400], source="bench", batch=batch)
        engine = open_postgres(dsn)
        try:
            rebuild(ledger, engine)
        finally:
            engine.dispose()
    return dsn


def _estate(number: int) -> Statement:
    event = ev.EstateRegistered(
        record_id=NO_RECORD, happened_at=ALWAYS, label=f"estate {number}", area=f"sh/e-{number}/"
    )
    return Statement(event, subject=f"e-{number}")


def _home(estate: int, number: int) -> Statement:
    key = f"e-{estate}-{number}"
    event = ev.DwellingRegistered(
        record_id=NO_RECORD,
        happened_at=ALWAYS,
        label=key,
        area=f"sh/e-{estate}/",
        keys=(key,),
        designed_rooms=2,
    )
    return Statement(event, subject=key, source="bench", fact="registration", key=key)


@contextmanager
def warning(stage: Stage, dsn: str, prefix: str, estates: int) -> Iterator[Service]:
    """A worker that was told what rules must know of the homes."""
    with stage.parts.running(WORKER, dsn, prefix) as worker:
        until(lambda: taken(worker) >= estates, worker, READY_SECONDS, LOOK_SECONDS)
        yield worker


def taken(worker: Service) -> float:
    """Readings that the worker has taken, contexts among them; 0 while it does not answer."""
    try:
        with urlopen(f"http://127.0.0.1:{worker.port}/metrics", timeout=5) as answer:
            said = answer.read().decode()
    except OSError:
        return 0.0
    start = 'rentalwatch_signals_readings_total{became="taken"} '
    return next((float(line.split()[1]) for line in said.splitlines() if line.startswith(start)), 0.0)


class Progress:
    """When the worker was first and last seen to have taken more."""

    def __init__(self, worker: Service, wanted: float) -> None:
        self.worker, self.wanted = worker, wanted
        self.looks: list[tuple[float, float]] = []

    def all(self) -> bool:
        """Looks; whether everything is taken."""
        found = taken(self.worker)
        if found and (not self.looks or found > self.looks[-1][1]):
            self.looks.append((time.perf_counter(), found))
        return found >= self.wanted

    def rate(self) -> float:
        """Readings a second between the first look and the last."""
        (begun, first), (ended, last) = self.looks[0], self.looks[-1]
        return (last - first) / (ended - begun) if last > first else float("nan")


def alerts(dsn: str) -> int:
    """How many alerts the ledger holds."""
    return ask(dsn, "SELECT count(*) FROM ledger.stored_events WHERE topic LIKE '%AlertRaised%'")


__all__ = ["Progress", "alerts", "made", "taken", "warning"]
