"""Precision of a rule: what inspections found of what it pointed at, by version, as known then."""

from __future__ import annotations

from uuid import UUID

import pytest

from projections.precision import Precision, precision
from projections.scope import Scope
from rentalwatch.domain.instants import DAY, lower_bound
from tests.integration.projections.estates import AREA, ZONE, Office

OLD, NEW = "0123456789ab", "ba9876543210"


def alert(office: Office, home: str, on: str, rule: str = "cards", version: str = OLD) -> UUID:
    return office.told(
        "alert", f"{on}T08:00", dwelling=home, rule=rule, rule_version=version, due=f"{on}T23:00"
    )


def inspected(office: Office, home: str, on: str, *, found: bool) -> None:
    office.told("inspection", f"{on}T10:00", dwelling=home, inspection_id=f"i-{home}-{on}", access="full")
    if found:
        office.told(
            "confirmation",
            f"{on}T11:00",
            dwelling=home,
            inspection_id=f"i-{home}-{on}",
            findings=["partition/1"],
        )


def by(as_of: str = "2026-04-01", begin: str = "2026-01-01", area: str = "") -> Scope:
    return Scope(lower_bound(as_of, ZONE), lower_bound(begin, ZONE), area=area)


def rules(office: Office, scope: Scope | None = None, rule: str = "") -> list[Precision]:
    with office.asked() as connection:
        return precision(connection, scope or by(), rule)


def test_a_rule_is_told_by_what_inspections_found_of_each_of_its_versions(office: Office) -> None:
    # given five homes of which a rule was suspicious, the last by a later version
    for home in "abcde":
        office.home(home)
        alert(office, home, "2026-02-01", version=NEW if home == "e" else OLD)
    # when one is confirmed after two days, one after four, one turns out false, two are not looked at
    inspected(office, "a", "2026-02-03", found=True)
    inspected(office, "b", "2026-02-05", found=True)
    inspected(office, "c", "2026-02-05", found=False)

    # then
    old, new = rules(office)
    assert (old.rule, old.version) == ("cards", OLD)
    assert (old.raised, old.confirmed, old.false, old.open, old.lifted) == (4, 2, 1, 1, 0)
    assert old.precision == pytest.approx(2 / 3)
    assert old.interval is not None
    assert old.interval.low == pytest.approx(0.2077, abs=1e-4)
    assert old.interval.high == pytest.approx(0.9385, abs=1e-4)
    assert old.median_to_confirmation == 3 * DAY + DAY // 8
    assert (new.version, new.raised, new.open) == (NEW, 1, 1)
    assert (new.precision, new.interval, new.median_to_confirmation) == (None, None, None)


def test_answered_as_unfounded_and_confirmed_later_is_a_miss_of_who_answered_and_a_hit_of_the_rule(
    office: Office,
) -> None:
    for home in "ab":
        office.home(home)
        raised = alert(office, home, "2026-02-01")
        office.told(
            "alert_answer", "2026-02-02", dwelling=home, alert=raised, answer="nothing", observation="no_sign"
        )
    inspected(office, "a", "2026-02-20", found=True)

    (found,) = rules(office)

    assert (found.raised, found.answered, found.confirmed, found.missed) == (2, 2, 1, 1)
    assert (found.open, found.unfounded) == (1, 1)


def test_the_gate_rule_fires_on_a_family_of_six_and_its_precision_falls(office: Office) -> None:
    # given a rule that was right once
    office.home("a")
    alert(office, "a", "2026-02-01")
    inspected(office, "a", "2026-02-03", found=True)
    assert rules(office)[0].precision == 1

    # when it fires on a family, which is inspected, and exempted
    office.home("family")
    alert(office, "family", "2026-02-10")
    inspected(office, "family", "2026-02-12", found=False)
    office.told("exemption", "2026-02-13", dwelling="family", cause="family", basis="registered")

    # then it is right in one of two
    (found,) = rules(office)
    assert (found.confirmed, found.false, found.precision) == (1, 1, 0.5)


def test_what_is_known_later_does_not_change_what_was_known_then(office: Office) -> None:
    office.home("a")
    alert(office, "a", "2026-02-01")
    inspected(office, "a", "2026-02-03", found=True)

    (before,) = rules(office, by(as_of="2026-02-03"))
    (after,) = rules(office, by(as_of="2026-02-04"))

    assert (before.open, before.precision) == (1, None)
    assert (after.open, after.precision) == (0, 1)
    asked = by()
    known = Scope(asked.asked, asked.begin, known_at=lower_bound("2026-02-02", ZONE))
    assert [(p.raised, p.open) for p in rules(office, known)] == [(1, 1)]


def test_an_alert_that_a_confirmation_raised_and_one_of_another_time_or_area_are_not_counted(
    office: Office,
) -> None:
    office.home("a")
    office.home("b", f"{AREA}e8/")
    alert(office, "a", "2026-02-01")
    alert(office, "b", "2026-02-01")
    office.told(
        "relapse_alert", "2026-02-02T08:00", dwelling="a", rule="cards", rule_version=OLD,
        due="2026-02-03", raised_by="confirmation",
    )  # fmt: skip

    assert [p.raised for p in rules(office)] == [2]
    assert [p.raised for p in rules(office, by(area=f"{AREA}e7/"))] == [1]
    assert rules(office, by(begin="2026-02-02")) == []
    assert rules(office, rule="other") == []


def test_what_a_person_closed_says_nothing_of_the_rule(office: Office) -> None:
    office.home("a")
    raised = alert(office, "a", "2026-02-01")
    office.told("alert_closing", "2026-02-02", dwelling="a", alert=raised, reason="duplicate")

    (found,) = rules(office)

    assert (found.raised, found.lifted, found.open, found.precision) == (1, 1, 0, None)
