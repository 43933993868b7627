"""Nobody is woken by what can wait, and nothing waits for ever."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from rentalwatch.delivery.notification import Severity
from rentalwatch.delivery.quiet import QuietHours
from rentalwatch.domain.instants import DAY, SECOND, instant, micros

NIGHT = QuietHours.model_validate({"from": "22:00", "until": "07:00"})
NOON = QuietHours.model_validate({"from": "12:00", "until": "14:00", "unless": "warning"})
SHANGHAI, TORONTO = "Asia/Shanghai", "America/Toronto"
WALL = st.times().map(lambda t: t.strftime("%H:%M"))


def at(text: str, zone: str = SHANGHAI) -> int:
    return micros(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)))


@pytest.mark.parametrize(
    ("hours", "when", "then"),
    [
        (NIGHT, "2026-03-01T21:59:59", "2026-03-01T21:59:59"),
        (NIGHT, "2026-03-01T22:00", "2026-03-02T07:00"),
        (NIGHT, "2026-03-02T00:00", "2026-03-02T07:00"),
        (NIGHT, "2026-03-02T06:59:59", "2026-03-02T07:00"),
        (NIGHT, "2026-03-02T07:00", "2026-03-02T07:00"),
        (NOON, "2026-03-01T13:00", "2026-03-01T14:00"),
        (NOON, "2026-03-01T11:00", "2026-03-01T11:00"),
    ],
)
def test_what_falls_into_quiet_hours_goes_out_at_their_end(hours: QuietHours, when: str, then: str) -> None:
    assert hours.after(at(when), Severity.NOTICE, SHANGHAI) == at(then)


def test_a_severity_that_overrides_does_not_wait() -> None:
    night = at("2026-03-02T03:00")
    assert NIGHT.after(night, Severity.URGENT, SHANGHAI) == night
    assert NIGHT.after(night, Severity.WARNING, SHANGHAI) > night
    noon = at("2026-03-01T13:00")
    assert NOON.after(noon, Severity.WARNING, SHANGHAI) == noon


def test_an_end_that_the_clocks_jump_over_lies_just_behind_the_jump() -> None:
    hours = QuietHours.model_validate({"from": "23:00", "until": "02:30"})  # 8 March 2026: 02:00 → 03:00
    end = hours.after(at("2026-03-07T23:30", TORONTO), Severity.NOTICE, TORONTO)
    assert instant(end).astimezone(ZoneInfo(TORONTO)).strftime("%d %H:%M") == "08 03:30"


@given(st.integers(0, 2**51), WALL, WALL, st.sampled_from([SHANGHAI, TORONTO, "Asia/Kolkata"]))
def test_it_never_goes_out_earlier_nor_more_than_a_day_later(
    moment: int, begin: str, until: str, zone: str
) -> None:
    if begin == until:
        return
    hours = QuietHours.model_validate({"from": begin, "until": until})
    out = hours.after(moment, Severity.NOTICE, zone)
    assert moment <= out <= moment + DAY + 3_600 * SECOND
    assert hours.after(out, Severity.NOTICE, zone) <= out + 3_600 * SECOND  # but for an hour that comes twice
    if zone != TORONTO:
        assert hours.after(out, Severity.NOTICE, zone) == out


@pytest.mark.parametrize(
    "said",
    [
        {"from": "22:00", "until": "22:00"},
        {"from": "24:00", "until": "07:00"},
        {"from": 1320, "until": "7:00"},
    ],
)
def test_quiet_hours_that_are_none_are_refused(said: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        QuietHours.model_validate(said)
