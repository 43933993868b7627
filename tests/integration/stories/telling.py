"""Words for whole stories: what people record day by day, through a real ledger into real read models.

Everything is recorded at the end of the day on which it happened, unless `recorded` names another day, so
that "known at" can be asked for any day of the story.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa

from projections import follow
from projections.clocks import Overdue, overdue
from projections.history import STATES
from projections.scope import Scope
from projections.spans import LEDGER
from rentalwatch.domain.instants import FOREVER, day_start, instant, lower_bound, micros, upper_bound
from rentalwatch.importers.record import KINDS, statement, subjects
from rentalwatch.ledger.application import Ledger
from rentalwatch.ledger.folder import open_ledger
from rentalwatch.ledger.statements import Statement
from tests.integration.importing import closing_engine

ZONE = "Asia/Shanghai"
BOOK = "shanghai"


class Story:
    """A ledger that is told a story, and its read models to ask about it."""

    def __init__(self, ledger: Ledger, engine: sa.Engine, clock: list[int]) -> None:
        self.ledger, self.engine, self._clock = ledger, engine, clock

    def on(self, day: str, kind: str, about: str, *, recorded: str = "", **stated: Any) -> UUID:
        """Somebody records one thing about a home, a case, a sublandlord … on a day or at an instant."""
        when = {"on": day} if len(day) == 10 else {"at": day}
        names = {subjects(KINDS[kind])[0]: about}
        record = {"kind": kind, "rulebook": BOOK, "zone": ZONE, **when, **names, **stated}
        self.until(recorded or day[:10])
        said = statement(record, now=instant(self._clock[0]))
        return self.say(said)

    def until(self, day: str) -> None:
        """It is the end of that day: what is recorded next is known from then on."""
        self._clock[0] = upper_bound(day, ZONE) - 1

    def home(self, label: str, area: str) -> None:
        """A home enters the book, long before."""
        record = {"kind": "registration", "dwelling": label, "label": label, "area": area, "zone": ZONE}
        self.say(statement(record, now=instant(self._clock[0])))

    def say(self, said: Statement) -> UUID:
        """Records a statement of its own; the read models know it at once."""
        ident = uuid4()
        self.ledger.record(said, ident)
        follow.catch_up(self.ledger, self.engine)
        return ident

    def state(self, home: str, day: str, known: str = "") -> str:
        """How a home stood at the end of a day."""
        stream = self.ledger.stream_of(home)
        scope = at(day, known=known)
        with self.engine.connect() as connection:
            query = sa.select(STATES.c.state).where(
                STATES.c.stream_id == stream, *STATES.visible(scope.asked, scope.known_at, scope.axis)
            )
            return str(connection.execute(query).scalar_one())

    def overdue(self, day: str) -> list[Overdue]:
        with self.engine.connect() as connection:
            return overdue(connection, at(day))


def at(day: str, *, begin: str = "", known: str = "", area: str = "") -> Scope:
    """What a person asks: the whole of `day` included, as known at the end of the day `known` (else now)."""
    return Scope(
        asked=upper_bound(day, ZONE),
        begin=lower_bound(begin, ZONE) if begin else 0,
        known_at=upper_bound(known, ZONE) if known else FOREVER,
        axis=LEDGER,
        area=area,
    )


@contextmanager
def told(folder: Path, since: str = "2025-01-01") -> Iterator[Story]:
    """An empty ledger whose clock stands at the begin of a story."""
    clock = [micros(day_start(date.fromisoformat(since), ZONE))]
    with (
        open_ledger(folder, create=True, clock=lambda: clock[0]) as ledger,
        closing_engine(follow.open_read_models(folder)) as engine,
    ):
        yield Story(ledger, engine, clock)
