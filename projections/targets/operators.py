"""Beside the targets: sublandlords who began again at another address, or are back after they had left."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from projections.scope import Scope
from projections.sublandlords import Operators

OPERATORS = ("operators_recurred", "exits_contradicted")


def operator_figures(connection: sa.Connection, scope: Scope) -> dict[str, int | None]:
    """Both figures; None where no sublandlord was ever linked with a home of the area, or none left one."""
    told = Operators(connection, scope)
    linked = any(link.place.area.startswith(scope.area) for link in told.links)
    left = bool(told.exits_stood()) if told.exits else False
    return {
        "operators_recurred": len(_recurred(told)) if linked else None,
        "exits_contradicted": len(_contradicted(told)) if left else None,
    }


def operator_rows(connection: sa.Connection, figure: str, scope: Scope) -> list[dict[str, Any]]:
    """The rows behind one of them."""
    told = Operators(connection, scope)
    return _recurred(told) if figure == "operators_recurred" else _contradicted(told)


def _recurred(told: Operators) -> list[dict[str, Any]]:
    """A row for each confirmation at another address than an earlier one of the same operator 异地再犯."""
    return [
        {
            "stream_id": r.place.stream_id, "label": r.place.label, "area": r.place.area,
            "number": r.round_no, "confirmed_at": r.confirmed_at, "operator": r.operator,
            "earlier": r.earlier.label, "earlier_at": r.earlier_at,
        }
        for r in told.recurrences()
    ]  # fmt: skip


def _contradicted(told: Operators) -> list[dict[str, Any]]:
    """A row for each exit after which the operator was linked with a home again in the period."""
    return [
        {
            "stream_id": e.operator, "label": e.operator, "area": e.exit.area, "record": e.exit.record,
            "exited_at": e.exit.exited_at, "again": e.again, "again_at": e.again_at,
        }
        for e in told.exits_stood()
        if e.status == "contradicted" and e.again_at >= told.scope.begin
    ]  # fmt: skip
