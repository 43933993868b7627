"""Words for stories about signals: an estate whose homes are in a real ledger, and passes of its gate."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, NamedTuple
from uuid import uuid4

import sqlalchemy as sa

from projections import follow
from projections.database import writing
from rentalwatch.domain.events import AlertRaised
from rentalwatch.domain.instants import instant
from rentalwatch.early_warning import publishing
from rentalwatch.early_warning.database import open_signals
from rentalwatch.early_warning.in_force import InForce
from rentalwatch.early_warning.machine import Machine
from rentalwatch.early_warning.partition import Placed
from rentalwatch.importers.record import statement
from rentalwatch.ledger.application import Ledger
from rentalwatch.ledger.folder import open_ledger
from rentalwatch.rulebooks.rules import Rules
from rentalwatch.signals.rows import Rows
from tests.integration.importing import closing_engine
from tests.integration.projections.estates import an_office

ESTATE, AREA = "estate:e-7", "sh/pudong/weifang/e7/"
HOMES = 6
MONDAY = 1767542400
"""2026-01-05T00:00:00+08:00, a Monday, in seconds."""
HOUR = 3600
NOW = (MONDAY - 3600) * 1_000_000
"""When the book is written, in microseconds."""
DAY = 24 * HOUR
ZONE = "Asia/Shanghai"


class Pass(NamedTuple):
    """One pass of the gate."""

    home: int
    at: int
    card: int


def home(number: int) -> str:
    return f"{number}号"


def registered(folder: Path) -> Path:
    """A data folder with the estate and its homes, two designed rooms each."""
    with an_office(folder) as office:
        office.until("2026-01-03")
        register(office.ledger, "e-7", AREA)
        follow.catch_up(office.ledger, office.engine)
    return folder


def register(ledger: Ledger, estate: str, area: str, prefix: str = "") -> None:
    """An estate and its homes, two designed rooms each. `prefix`: of what they are called."""
    stated = [{"kind": "estate", "on": "2020-01-01", "estate": estate, "label": estate, "area": area}]
    for number in range(HOMES):
        name = f"{prefix}{home(number)}"
        stated.append(
            {"kind": "registration", "dwelling": name, "label": name, "area": area, "designed_rooms": 2,
             "keys": [name, f"{prefix}meter-{number}"]}
        )  # fmt: skip
    for one in stated:
        ledger.record(statement(one, now=instant(NOW)), uuid4())


def passes(sent: Sequence[Pass], *, estate: str = ESTATE, **more: Any) -> bytes:
    """A record of gate passes, sent a month later than the first Monday unless said otherwise."""
    record = {
        "v": 1, "kind": "gate_pass", "estate": estate, "source": "gates-7", "sent_at": MONDAY + 27 * DAY,
        "dwellings": [home(n) for n in range(HOMES)], "dwelling": [p.home for p in sent],
        "at": [p.at for p in sent], "cards": [f"{n:016x}" for n in range(40)], "card": [p.card for p in sent],
    }  # fmt: skip
    return json.dumps({**record, **more}).encode()


def busy_weeks(seed: int, days: int = 9, least: int = 30) -> list[Pass]:
    """Passes of some days in time: one card that passes often and one that does now and then, a home with
    many cards, and quiet homes."""
    chance = Random(seed)
    found = []
    for day in range(days):
        begin = MONDAY + day * DAY
        often, now_and_then = chance.randint(11, 14), chance.randint(9, 14)
        found += [Pass(0, begin + chance.randrange(DAY), 1) for _ in range(often)]
        found += [Pass(2, begin + chance.randrange(DAY), 39) for _ in range(now_and_then)]
        for _ in range(least // 3):
            found.append(Pass(1, begin + chance.randrange(DAY), chance.randrange(4, 4 + min(12, 2 + day))))
            found.append(Pass(chance.randrange(2, HOMES), begin + chance.randrange(DAY), chance.randrange(3)))
    return sorted(found, key=lambda p: p.at)


@dataclass
class Warned:
    """An opened folder with its tables of signals."""

    folder: Path
    ledger: Ledger
    models: sa.Engine
    signals: sa.Engine

    def rules(self) -> InForce:
        return InForce(Rules(self.ledger.adopted()), ZONE)

    def machine(self, most_unkept: int = 10**9) -> Machine:
        return Machine(self.ledger, self.signals, self.rules(), most_unkept=most_unkept)

    def contexts(self) -> list[bytes]:
        """What the read models say of the estate's homes now."""
        with self.models.connect() as models, self.signals.connect() as signals:
            return [value for found in publishing.changed(models, signals) for value in found.values]

    def alerts(self, prefixes: Sequence[str] = ("",)) -> dict[str, AlertRaised]:
        """Alert id → what the ledger holds. `prefixes`: of what homes are called (`register`)."""
        homes = [self.ledger.stream_of(f"{prefix}{home(n)}") for prefix in prefixes for n in range(HOMES)]
        events = [fact.event for stream in homes for fact in self.ledger.facts(stream)]
        return {str(e.record_id): e for e in events if isinstance(e, AlertRaised)}

    def rows(self, table: sa.Table) -> list[dict[str, Any]]:
        with self.signals.connect() as connection:
            return [dict(row) for row in connection.execute(sa.select(table)).mappings()]

    def tallies(self) -> dict[tuple[str, str, str], int]:
        """(estate, kind, treatment) → readings."""
        from rentalwatch.early_warning.tables import TALLIES

        found: dict[tuple[str, str, str], int] = {}
        for row in self.rows(TALLIES):
            key = (row["estate"], row["kind"], row["reason"])
            found[key] = found.get(key, 0) + row["readings"]
        return found

    def counts(self) -> dict[tuple[str, int], dict[str, list[str]]]:
        """(estate, closed day) → figure → a number a home."""
        from rentalwatch.early_warning.tables import DAY_COUNTS

        days = [Rows.from_bytes(bytes(row["rows"])) for row in self.rows(DAY_COUNTS)]
        return {
            (day.estate, day.day): {
                name: [repr(float(f)) for f in column] for name, column in sorted(day.columns.items())
            }
            for day in days
        }


@contextmanager
def warned(folder: Path) -> Iterator[Warned]:
    """Opens a folder."""
    with (
        open_ledger(folder) as ledger,
        closing_engine(follow.open_read_models(folder)) as models,
        closing_engine(open_signals(folder)) as signals,
    ):
        yield Warned(folder, ledger, models, writing(signals))


def copied(folder: Path, to: Path) -> Path:
    shutil.copytree(folder, to)
    return to


def placed(records: Iterable[bytes]) -> list[Placed]:
    """Records one after the other, as in a file."""
    found, offset = [], 0
    for record in records:
        found.append(Placed(offset, record))
        offset += len(record) + 1
    return found


def behind(record: Placed) -> int:
    """The place behind a record."""
    return record.offset + len(record.record) + 1
