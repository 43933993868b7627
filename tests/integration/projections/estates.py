"""Words for stories about estates in a ledger: records as they come in day by day, and the read models."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa

from projections import follow
from projections.scope import Scope
from rentalwatch.domain.instants import SECOND, Micros, instant, upper_bound
from rentalwatch.importers.record import statement
from rentalwatch.ledger.application import Ledger
from rentalwatch.ledger.folder import open_ledger
from tests.integration.importing import as_of, closing_engine

ZONE = "Asia/Shanghai"
AREA = "sh/pudong/weifang/"


class Office:
    """A ledger that is written day by day, each record on the day it tells of unless said otherwise."""

    def __init__(self, ledger: Ledger, engine: sa.Engine, days: list[Micros]) -> None:
        self.ledger, self.engine, self._days = ledger, engine, days

    def told(self, kind: str, when: str, *, recorded: str = "", **stated: Any) -> UUID:
        """One record; `when`: a day, or an instant of the wall clock."""
        moment = "on" if len(when) == 10 else "at"
        self._days[0] = upper_bound(recorded or when, ZONE)
        said = statement({"kind": kind, moment: when, **stated}, now=instant(self._days[0]))
        self._days[0] += SECOND
        return self.ledger.record(said, uuid4()).record_id

    def until(self, day: str) -> None:
        """It is the end of that day."""
        self._days[0] = upper_bound(day, ZONE)

    def home(self, name: str, area: str = f"{AREA}e7/") -> None:
        self.told("registration", "2020-01-01", dwelling=name, label=name, area=area)

    def estate(self, name: str = "e-7", area: str = f"{AREA}e7/", **more: Any) -> None:
        self.told("estate", "2020-01-01", estate=name, label=name, area=area, **more)

    @contextmanager
    def asked(self) -> Iterator[sa.Connection]:
        """The read models, caught up."""
        follow.catch_up(self.ledger, self.engine)
        with self.engine.connect() as connection:
            yield connection


def by(day: str, *, known: str = "", area: str = "") -> Scope:
    """As of a day; `known`: as known on another."""
    scope = as_of(day, zone=ZONE, area=area)
    return as_of(day, zone=ZONE, area=area, known_at=upper_bound(known, ZONE)) if known else scope


@contextmanager
def an_office(folder: Path) -> Iterator[Office]:
    """An empty office."""
    days: list[Micros] = [upper_bound("2020-01-01", ZONE)]
    with (
        open_ledger(folder, create=True, clock=lambda: days[0]) as ledger,
        closing_engine(follow.open_read_models(folder)) as engine,
    ):
        yield Office(ledger, engine, days)
