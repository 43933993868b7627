"""The week in which a home was put right holds days from before, and is no relapse."""

from __future__ import annotations

import numpy as np

from rentalwatch.signals.district import District
from rentalwatch.signals.rows import Rows
from tests.unit.signals.sending import DAY, FIRST, HOUR, MONDAY, Register, context, records

CONFIRMED, PUT_RIGHT, TOLD = 30, 31, 45
"""Days after the first one."""


def year(*, watched: bool) -> dict[int, Rows]:
    """A home that uses a kilowatt-hour in each hour until it is put right, and a tenth of that afterwards."""
    district, closed, register = District(), [], 100.0
    about = {"confirmed_at": MONDAY + CONFIRMED * DAY}
    district.fold([context(1)])
    for day in range(TOLD):
        sent = []
        for hour in range(24):
            sent.append(Register(0, MONDAY + day * DAY + hour * HOUR, round(register, 3)))
            register += 1.0 if day < PUT_RIGHT else 0.1
        closed += district.fold(records(sent)).closed
        if day == CONFIRMED:
            closed += district.fold([context(1, position=2, **about)]).closed
        if day == PUT_RIGHT and watched:
            about["watch_since"] = MONDAY + PUT_RIGHT * DAY
            closed += district.fold([context(1, position=3, **about)]).closed
    return {rows.day - FIRST: rows for rows in closed}


def to_before(days: dict[int, Rows], day: int) -> float:
    column = days[day].columns.get("electricity_to_before")
    return float("nan") if column is None else float(column[0])


def test_a_home_is_compared_with_its_level_before_once_a_week_lies_after_it_was_put_right() -> None:
    days = year(watched=True)

    assert [np.isnan(to_before(days, day)) for day in range(PUT_RIGHT, PUT_RIGHT + 8)] == [True] * 7 + [False]
    assert round(to_before(days, PUT_RIGHT + 7), 2) == 0.1


def test_a_home_that_nobody_put_right_is_compared_day_by_day() -> None:
    days = year(watched=False)

    assert not any(np.isnan(to_before(days, day)) for day in range(PUT_RIGHT, PUT_RIGHT + 8))
