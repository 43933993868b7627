"""A programme's board is the same on SQLite and on PostgreSQL, figure by figure and row by row."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from projections import follow, targets
from projections.programmes import find
from projections.scope import Scope
from projections.targets.restated import restated, value_of
from rentalwatch.domain.instants import FOREVER, instant, upper_bound
from tests.integration.gaming.office import OFFICER, SECOND, a_programme, confirmed, scope, verified
from tests.integration.importing import all_rows
from tests.integration.projections.estates import AREA, ZONE, Office


def busy(office: Office) -> None:
    """Something for every figure of a programme."""
    office.told(
        "roll", "2026-01-10", programme="Three zeros", roll="screening", dwellings=["S", "A", "B", "C"]
    )
    confirmed(office, "S", "2026-01-20")
    confirmed(office, "A", "2026-02-01", onset_on="2025-11-01")
    confirmed(office, "C", "2026-02-03")
    verified(office, "C", "2026-02-04")
    confirmed(office, "C", "2026-02-10")
    office.told("roll_amendment", "2026-02-15", programme="Three zeros", roll="stock", added=["B"],
                reason="left out", second_officer=SECOND, by=OFFICER)  # fmt: skip
    office.told("patrol", "2026-02-16", dwelling="A", seen="nothing")
    office.told("lead", "2026-02-16", dwelling="B", ticket="T-1", channel="12345")
    office.told("work_order", "2026-02-17", dwelling="B", ticket="T-1", channel="12345", reason="handled")
    wrong = office.told("patrol", "2026-02-18", dwelling="C", seen="nothing")
    office.told("retraction", "2026-02-19", dwelling="C", target=str(wrong), reason="other home")
    confirmed(office, "B", "2026-02-02", recorded="2026-02-20")
    days = {"period_from": "2025-12-31", "as_of": "2026-02-08", "known_at": "2026-02-09"}
    report = {name: instant(upper_bound(day, ZONE)).isoformat() for name, day in days.items()}
    office.told("figure", "2026-02-21", programme="Three zeros", figure="confirmed_first", value=1, area=AREA,
                definition="targets/1", **report)  # fmt: skip


def test_every_figure_and_row_of_a_programme_is_the_same_on_both(either: sa.Engine, folder: Path) -> None:
    with a_programme(folder, stock=("S",), homes=("A", "B", "C")) as office:
        busy(office)
        follow.catch_up(office.ledger, either)
        with office.asked() as here, either.connect() as there:
            asked = scope(here, "2026-02-28", "2026-01-01", "", "Three zeros")
            for figure in (*targets.FIGURES, "relapses:caught_by=unknown"):
                assert targets.listed(here, figure, asked) == targets.listed(there, figure, asked), figure
                assert value_of(here, figure, asked) == value_of(there, figure, asked), figure
            assert targets.tagged(here, asked) == targets.tagged(there, asked)
            shown = {figure: value_of(here, figure, asked) for figure in targets.FIGURES}
        assert all_rows(either) == all_rows(office.engine)

    told = ("c", "stock_off_roll", "confirmed_first", "relapses", "roll_amended", "back_dated", "retractions")
    assert [shown[figure] for figure in told] == [2, 2, 1, 1, 1, 1, 1]
    told = ("screening_due", "unscreened", "screened_from_outside", "orders_closed_unfixed")
    assert [shown[figure] for figure in told] == [4, 3, 1, 1]


def test_a_reported_figure_is_restated_with_what_differs(folder: Path) -> None:
    """Story (j) from the record of a report: C alone was known then, B was entered later."""
    with a_programme(folder, stock=("S",), homes=("A", "B", "C")) as office:
        busy(office)
        with office.asked() as connection:
            (row,) = restated(connection, find(connection, "Three zeros"), Scope(FOREVER))

    assert (row.reported.value, row.now) == ("1", 2)
    assert ([r["label"] for r in row.came], row.went) == (["B"], [])
