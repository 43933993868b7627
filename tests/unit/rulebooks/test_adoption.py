"""A rulebook goes into an event whole, and what comes back out of it is what was adopted."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from rentalwatch.domain.calendar import Calendar
from rentalwatch.domain.events import RulebookAdopted
from rentalwatch.domain.rulebook import in_force
from rentalwatch.errors import InvalidInputError
from rentalwatch.rulebooks import load, names, read_text
from rentalwatch.rulebooks.adoption import adoption, rules_of
from rentalwatch.rulebooks.calendars import statutory

TODAY = datetime(2026, 11, 25, tzinfo=UTC)


def adopted(text: str, **changed: Any) -> RulebookAdopted:
    """The event as it comes back from where it was stored."""
    event = RulebookAdopted(
        record_id=UUID(int=1), happened_at=TODAY, **(adoption(text, TODAY.year) | changed)
    )
    return RulebookAdopted.model_validate_json(event.model_dump_json())


@pytest.mark.parametrize("name", names())
def test_what_was_adopted_comes_back_with_its_version_and_its_days(name: str) -> None:
    assert rules_of(adopted(read_text(name))) == load(name)


def test_what_pudong_takes_over_is_in_the_event() -> None:
    event = adopted(read_text("pudong"))

    assert "extends" not in event.text
    assert (event.name, event.scope) == ("pudong", "sh/pudong/")


def test_the_days_are_those_frozen_then_not_those_known_now() -> None:
    """Adopted before 2026 was announced: the week of the lunar new year was only expected."""
    event = adopted(read_text("shanghai"))
    days = Calendar.model_validate_json(event.calendar)
    early = days.model_copy(
        update={
            "announced_through": 2025,
            "days_off": tuple(d for d in days.days_off if d.year < 2026),
            "worked": tuple(d for d in days.worked if d.year < 2026),
            "expected": tuple(statutory(2026)),
        }
    )
    before, _ = rules_of(event.model_copy(update={"calendar": early.model_dump_json()}))
    opened = datetime(2026, 2, 13, 2, tzinfo=UTC)  # a Friday

    then, now = before.due_of("on_site", opened), rules_of(event)[0].due_of("on_site", opened)

    assert then is not None and now is not None
    assert then.instant == datetime(2026, 2, 23, 16, tzinfo=UTC), "four days off: the 20th and the 23rd work"
    assert now.instant == datetime(2026, 2, 24, 16, tzinfo=UTC), "Saturday the 14th works, then the 24th"
    assert (then.provisional, now.provisional) == (True, False)


def test_a_place_without_working_days_freezes_none() -> None:
    assert adopted(read_text("new_york")).calendar == ""
    own = "extends: shanghai\nname: own\ncalendar: {name: own, days_off: [2026-03-03]}\n"
    event = adopted(own)
    assert event.calendar == "", "it stands in the text"
    assert rules_of(event)[0].due("on_site", datetime(2026, 3, 2, tzinfo=UTC)) == datetime(
        2026, 3, 5, 16, tzinfo=UTC
    )


def test_of_what_was_adopted_the_one_in_force_is_found() -> None:
    city = adopted(read_text("shanghai"))
    district = adopted(
        read_text("pudong"), effective_from=date(2026, 1, 1), effective_until=date(2026, 6, 30)
    )

    def holds(area: str, day: int, month: int) -> RulebookAdopted | None:
        return in_force([city, district], area, datetime(2026, month, day, 4, tzinfo=UTC), "Asia/Shanghai")

    assert holds("sh/pudong/beicai/", 30, 6) is district
    assert holds("sh/pudong/beicai/", 1, 7) is city
    assert holds("sh/xuhui/", 30, 6) is city


def test_what_is_not_valid_is_not_adopted() -> None:
    with pytest.raises(InvalidInputError, match="line 6: zone"):
        adoption(read_text("new_york").replace("America/New_York", "America/Gotham"), 2026)
    long = "extends: shanghai\nname: x\ngrounds:\n" + "".join(
        f"  g{n}: {{title: {'x' * 180}}}\n" for n in range(980)
    )
    with pytest.raises(InvalidInputError, match="longer than"):
        adoption(long, 2026)
