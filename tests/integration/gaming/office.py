"""Words for stories about figures made to look good: an office with a programme, and what it shows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa

from projections import targets
from projections.programmes import find
from projections.rolls import measured_by
from projections.scope import Scope
from rentalwatch.domain.events import DwellingsMerged, DwellingSplit
from rentalwatch.domain.instants import FOREVER, instant, lower_bound, upper_bound
from rentalwatch.importers.record import statement
from rentalwatch.ledger.statements import NO_RECORD, Statement
from tests.integration.projections.estates import AREA, ZONE, Office, an_office

BASELINE = "2026-01-01"
OFFICER, SECOND = {"officer": "310115-0001"}, "310115-0002"
FINDING = "partition/room-1"


@contextmanager
def a_programme(
    folder: Path, *, stock: tuple[str, ...] = (), homes: tuple[str, ...] = ()
) -> Iterator[Office]:
    """An office with homes and a programme whose stock roll was frozen on 10 January."""
    with an_office(folder) as office:
        for home in (*stock, *homes):
            office.home(home)
        begins(office, "Three zeros", BASELINE)
        office.told("roll", "2026-01-10", programme="Three zeros", roll="stock", dwellings=list(stock))
        yield office


def begins(office: Office, name: str, on: str) -> None:
    """A programme begins, with that day as its baseline."""
    baseline = f"{on}T00:00:00+08:00"
    office.told("programme", on, programme=name, label=name, area=AREA, zone=ZONE, baseline=baseline)


def confirmed(office: Office, home: str, on: str, **more: Any) -> Any:
    return office.told(
        "confirmation", on, **{"dwelling": home, "findings": FINDING, "basis": "source", **more}
    )


def verified(office: Office, home: str, on: str, **more: Any) -> Any:
    return office.told("verification", on, dwelling=home, findings=FINDING, basis="on_site", **more)


def split_off(office: Office, home: str, part: str, records: list[UUID], on: str) -> None:
    """A part of a home becomes a home of its own, and takes records along 分户."""
    day = upper_bound(on, ZONE)
    office.told("patrol", on, dwelling=home, seen="nothing")  # the clock of the book goes on to that day
    opening = statement(
        {"kind": "registration", "dwelling": part, "label": part, "area": AREA, "on": on}, now=instant(day)
    )
    event = DwellingSplit(
        record_id=NO_RECORD,
        happened_at=instant(day - 1),
        part=part,
        records=tuple(records),
        reason="two homes",
    )
    office.ledger.record(Statement(event, subject=home), uuid4(), opening=opening)


def merged(office: Office, home: str, into: str, on: str) -> None:
    """Two files are said to be of one home 并档."""
    office.told("patrol", on, dwelling=home, seen="nothing")  # the clock of the book goes on to that day
    event = DwellingsMerged(
        record_id=NO_RECORD,
        happened_at=instant(upper_bound(on, ZONE) - 1),
        into=into,
        reason="one home",
    )
    office.ledger.record(Statement(event, subject=home), uuid4())


def scope(connection: sa.Connection, as_of: str, begin: str, known: str, programme: str) -> Scope:
    asked = Scope(
        asked=upper_bound(as_of, ZONE),
        begin=lower_bound(begin, ZONE),
        known_at=upper_bound(known, ZONE) if known else FOREVER,
        area=AREA,
    )
    return measured_by(connection, find(connection, programme), asked) if programme else asked


def shown(
    office: Office,
    as_of: str,
    *,
    begin: str = BASELINE,
    known: str = "",
    programme: str = "Three zeros",
) -> dict[str, int | None]:
    """Every figure of the board and beside it. Each has a list of exactly so many rows."""
    with office.asked() as connection:
        asked = scope(connection, as_of, begin, known, programme)
        board = targets.board(connection, asked)
        beside = targets.beside(connection, asked)
        found = {n: board.figure(n) for n in targets.FIGURES if n not in beside} | beside
        for figure, value in found.items():
            rows = targets.listed(connection, figure, asked)
            count = sum(r["change"] for r in rows) if figure == "net" else len(rows)
            assert count == (value or 0), figure
        return found


def listed(office: Office, figure: str, as_of: str, *, begin: str = BASELINE, known: str = "") -> list[str]:
    """The labels behind a figure."""
    with office.asked() as connection:
        asked = scope(connection, as_of, begin, known, "Three zeros")
        return [row["label"] for row in targets.listed(connection, figure, asked)]
