"""Estates 小区: who manages them, which monthly reports are missing, which leads nobody has located?

All of it stands beside the targets and is never added to homes (domain §6). Missing reports are computed for
the asked instant from the lists that were sent and the reports that came in; nothing is stored for silence.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

import sqlalchemy as sa

from projections.files import FILES
from projections.names import meaning
from projections.scope import Scope
from projections.spans import BOTH, LEDGER, SpanTable
from rentalwatch.domain.folds.estate import Chaser, Estate, EstateLead, Manager, Report, SentList
from rentalwatch.domain.instants import FOREVER, Micros, instant
from rentalwatch.domain.silence import InCharge, missing

ESTATES = SpanTable("estates", Estate, (), ("area", "recorded_to"))
MANAGERS = SpanTable("estate_managers", Manager, ())
LISTS = SpanTable("rectified_lists", SentList, ("month",))
REPORTS = SpanTable("monthly_reports", Report, ("month",))
CHASERS = SpanTable("chasers", Chaser, ("month",))
LEADS = SpanTable("estate_leads", EstateLead, ("lead",), ("status", "due"))


class EstateRow(NamedTuple):
    """An estate as it stood. `households`: -1 where nobody said; `manager`: "" where nobody was in charge."""

    stream_id: str
    label: str
    area: str
    zone: str
    households: int
    manager: str


class MissingReport(NamedTuple):
    """A report that is due and not there; `chased_at`: when it was last asked for (FOREVER: never)."""

    stream_id: str
    label: str
    area: str
    zone: str
    month: str
    due: Micros
    manager: str
    record: str
    chased_at: Micros


def estates(connection: sa.Connection, scope: Scope, stream: str = "") -> list[EstateRow]:
    """The estates of an area, or the one of a stream, by their labels."""
    c, m = ESTATES.c, MANAGERS.c
    in_charge = sa.and_(m.stream_id == c.stream_id, *_visible(MANAGERS, scope))
    query = (
        sa.select(
            c.stream_id, c.label, c.area, FILES.c.zone, c.households, sa.func.coalesce(m.party, "")
        )
        .select_from(ESTATES.table)
        .join(FILES, FILES.c.stream_id == c.stream_id)
        .outerjoin(MANAGERS.table, in_charge)
        .where(*_estates(scope, stream))
        .order_by(c.label, c.stream_id)
    )  # fmt: skip
    return [EstateRow(*row) for row in connection.execute(query)]


def missing_reports(connection: sa.Connection, scope: Scope, stream: str = "") -> list[MissingReport]:
    """The monthly reports that are due before the asked instant and not there, estate by estate."""
    lists = _by_estate(connection, scope, stream, LISTS)
    filed = _by_estate(connection, scope, stream, REPORTS)
    chased = _by_estate(connection, scope, stream, CHASERS)
    managers = _by_estate(connection, scope, stream, MANAGERS, whole=True)
    found = []
    for estate in estates(connection, scope, stream):
        one = estate.stream_id
        known = [InCharge(row["party"], row["valid_from"], row["valid_to"]) for row in managers.get(one, ())]
        reported = {row["month"] for row in filed.get(one, ())}
        last = {row["month"]: row["last_at"] for row in chased.get(one, ())}
        sent = [_row(SentList, row) for row in lists.get(one, ())]
        for month, due, party, record in missing(sent, reported, known, scope.asked, estate.zone):
            at = last.get(month, FOREVER)
            found.append(MissingReport(*estate[:4], month, due, party, record, at))
    return found


def leads(
    connection: sa.Connection, scope: Scope, stream: str = "", *, overdue: bool = False
) -> list[dict[str, Any]]:
    """The leads of estates, the first due first; `overdue`: only those not located in time. `home` is the
    label of the home where it was located."""
    c, e = LEADS.c, ESTATES.c
    names, is_meant, home = meaning(c.dwelling)
    homes = FILES.alias()
    query = (
        sa.select(
            c.stream_id, e.label, e.area, FILES.c.zone, c.lead, c.building, c.reported_at, c.due,
            c.answer_due, c.status, c.unit, c.answer,
            sa.func.coalesce(homes.c.label, c.dwelling).label("home"),
        )
        .select_from(LEADS.table)
        .join(ESTATES.table, e.stream_id == c.stream_id)
        .join(FILES, FILES.c.stream_id == c.stream_id)
        .outerjoin(names, is_meant)
        .outerjoin(homes, homes.c.stream_id == home)
        .where(*_visible(LEADS, scope), *_estates(scope, stream))
        .order_by(c.due, e.label, c.lead)
    )  # fmt: skip
    if overdue:
        query = query.where(c.status != "located", c.due < scope.asked)
    return [dict(row) for row in connection.execute(query).mappings()]


def lead_of(connection: sa.Connection, stream: str, ticket: str, channel: str) -> dict[str, Any]:
    """What a location says of the lead that it locates: its channel, when it was reported and is due. Nothing
    if the estate has no such ticket, or more than one channel has."""
    c = LEADS.c
    now = [c.recorded_to == FOREVER, c.valid_to == FOREVER, c.axis.in_((BOTH, LEDGER))]
    which = c.lead == f"{channel}/{ticket}" if channel else c.lead.endswith(f"/{ticket}", autoescape=True)
    query = sa.select(c.lead, c.reported_at, c.due, c.answer_due, c.answer).where(
        c.stream_id == stream, which, *now
    )
    found = connection.execute(query).all()
    if len(found) != 1:
        return {}
    lead, reported_at, due, answer_due, answer = found[0]
    named = (("reported_at", reported_at), ("due", due), ("answer_due", FOREVER if answer else answer_due))
    stated = {name: instant(at) for name, at in named if at < FOREVER}
    return {"channel": lead.removesuffix(f"/{ticket}"), **stated}


def reports(connection: sa.Connection, scope: Scope, stream: str) -> list[dict[str, Any]]:
    """What an estate's managers reported, month by month."""
    return sorted(
        _by_estate(connection, scope, stream, REPORTS).get(stream, []), key=itemgetter("month")
    )  # fmt: skip


def _unlocated(connection: sa.Connection, scope: Scope) -> list[dict[str, Any]]:
    shown = ("stream_id", "label", "area", "lead", "building", "reported_at", "due", "status", "unit")
    return [{name: row[name] for name in shown} for row in leads(connection, scope, overdue=True)]


def _silent(connection: sa.Connection, scope: Scope) -> list[dict[str, Any]]:
    """An estate a row, however many of its reports are missing."""
    rows = missing_reports(connection, scope)
    return [
        {
            "stream_id": first.stream_id,
            "label": first.label,
            "area": first.area,
            "months": "; ".join(row.month for row in (first, *more)),
            "due": first.due,
            "manager": first.manager,
        }
        for _, (first, *more) in groupby(rows, key=lambda row: row.stream_id)
    ]


BESIDE: dict[str, tuple[SpanTable, Callable[[sa.Connection, Scope], list[dict[str, Any]]]]] = {
    "leads_unlocated": (LEADS, _unlocated),
    "reports_missing": (LISTS, _silent),
}
"""Figures beside the targets: what must be there for one to mean anything, and its list."""


def listed_beside(connection: sa.Connection, figure: str, scope: Scope) -> list[dict[str, Any]]:
    """The rows behind a figure of `BESIDE`, exactly as many as it says."""
    return BESIDE[figure][1](connection, scope)


def beside(connection: sa.Connection, scope: Scope) -> dict[str, int | None]:
    """Leads of estates not located in time, and estates with a report missing; None where no estate ever had
    such a lead, or was sent a list (n/a)."""
    return {
        figure: len(rows(connection, scope)) if _ever(connection, scope, table) else None
        for figure, (table, rows) in BESIDE.items()
    }


def _ever(connection: sa.Connection, scope: Scope, table: SpanTable) -> bool:
    query = (
        sa.select(sa.literal(1))
        .select_from(table.table)
        .join(ESTATES.table, ESTATES.c.stream_id == table.c.stream_id)
        .where(*_visible(table, scope), *_estates(scope, ""))
    )
    if table is LEADS:
        query = query.where(LEADS.c.due < FOREVER)
    return connection.execute(query.limit(1)).first() is not None


def _visible(table: SpanTable, scope: Scope) -> list[sa.ColumnElement[bool]]:
    return table.visible(scope.asked, scope.known_at, scope.axis)


def _estates(scope: Scope, stream: str) -> list[sa.ColumnElement[bool]]:
    one = [ESTATES.c.stream_id == stream] if stream else []
    return [*_visible(ESTATES, scope), *scope.within(ESTATES.c.area), *one]


def _by_estate(
    connection: sa.Connection, scope: Scope, stream: str, table: SpanTable, *, whole: bool = False
) -> dict[str, list[Any]]:
    """Stream → the rows that held at the asked instant; `whole`: over any span before it."""
    held = table.known(scope.known_at, scope.axis) if whole else _visible(table, scope)
    query = sa.select(table.table).where(*held, table.c.valid_from < scope.asked)
    query = query.where(table.c.stream_id == stream) if stream else query
    found: dict[str, list[Any]] = {}
    for row in connection.execute(query).mappings():
        found.setdefault(row["stream_id"], []).append(row)
    return found


def _row(kind: Any, row: Any) -> Any:
    """A row of a read model as the judgement had it."""
    return kind(*(row[name] for name in kind._fields))


__all__ = [
    "BESIDE", "CHASERS", "ESTATES", "LEADS", "LISTS", "MANAGERS", "REPORTS", "EstateRow", "MissingReport",
    "beside", "estates", "lead_of", "leads", "listed_beside", "missing_reports", "reports",
]  # fmt: skip
