"""Which version of a rulebook counts in a ledger, on which day and where."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cache
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rentalwatch.domain.events import RulebookAdopted
from rentalwatch.errors import NotFoundError
from rentalwatch.importers.problems import RowError
from rentalwatch.importers.record import statement
from rentalwatch.rulebooks import load, names, read_text
from rentalwatch.rulebooks.adoption import adoption
from rentalwatch.rulebooks.rules import SHIPPED, Rules, Whose

ZONE = "Asia/Shanghai"
NOW = datetime(2026, 11, 25, tzinfo=UTC)
OURS = """extends: shanghai
name: {name}
scope: sh/
clocks:
  on_site: {{working_days: null, hours: {hours}}}
"""


@cache
def _fields(name: str, hours: int) -> dict[str, Any]:
    return adoption(OURS.format(name=name, hours=hours), NOW.year)


def adopted(name: str, hours: int, **changed: Any) -> RulebookAdopted:
    """A rulebook whose squad has `hours` to be on site."""
    return RulebookAdopted(record_id=UUID(int=1), happened_at=NOW, **(_fields(name, hours) | changed))


def hours(rules: Rules, name: str, when: date | None, area: str | None = None) -> float | None:
    """How long the squad has, by the rules that count on a day."""
    found = rules.named(name, ZONE, area)(when)
    return None if found is None else found[0].clocks["on_site"].length[1]


@pytest.mark.parametrize("name", names())
def test_where_nothing_was_adopted_the_shipped_one_counts(name: str) -> None:
    assert SHIPPED.named(name, ZONE)(date(2026, 3, 2)) == load(name)
    assert SHIPPED.holding("sh/", date(2026, 3, 2), ZONE) is None


def test_the_day_of_the_fact_says_which_version_counts() -> None:
    rules = Rules(
        [
            adopted("shanghai", 10, effective_from=date(2026, 1, 1)),
            adopted("shanghai", 20, effective_from=date(2026, 7, 1)),
        ]
    )

    assert hours(rules, "shanghai", date(2026, 6, 30)) == 10
    assert hours(rules, "shanghai", date(2026, 7, 1)) == 20
    assert hours(rules, "shanghai", date(2025, 12, 31)) == 2, "the shipped one: two working days"
    assert hours(rules, "shanghai", None) == 2, "what has always been there is before any day"


def test_ones_own_rulebook_runs_no_clock_outside_its_days_and_a_name_that_nobody_knows_is_refused() -> None:
    rules = Rules([adopted("ours", 10, effective_from=date(2026, 1, 1), effective_until=date(2026, 1, 31))])

    assert hours(rules, "ours", date(2026, 1, 31)) == 10
    assert hours(rules, "ours", date(2026, 2, 1)) is None
    with pytest.raises(NotFoundError, match="theirs"):
        rules.named("theirs", ZONE)


def test_the_narrowest_scope_counts_where_the_area_is_known_and_the_widest_where_it_is_not() -> None:
    rules = Rules([adopted("ours", 10), adopted("ours", 20, scope="sh/pudong/")])

    assert hours(rules, "ours", date(2026, 3, 2), "sh/pudong/weifang/") == 20
    assert hours(rules, "ours", date(2026, 3, 2), "sh/huangpu/") == 10
    assert hours(rules, "ours", date(2026, 3, 2)) == 10


def test_a_record_that_names_no_rulebook_goes_by_what_was_adopted_for_its_area_then_by_its_file() -> None:
    rules = Rules([adopted("ours", 10, scope="sh/pudong/")])

    def chosen(name: str, whose: Whose | None) -> str:
        found = rules.for_record(name, whose, date(2026, 3, 2), ZONE)
        return found[1].partition("@")[0] if found else ""

    assert chosen("", Whose("sh/pudong/", ("shanghai",))) == "ours"
    assert chosen("", Whose("sh/huangpu/", ("shanghai",))) == "shanghai"
    assert chosen("", Whose("sh/huangpu/")) == ""
    assert chosen("shanghai", Whose("sh/pudong/")) == "shanghai", "what is said goes before"
    assert chosen("", None) == ""


def test_a_record_is_due_by_the_version_of_its_day_and_says_which() -> None:
    rules = Rules([adopted("ours", 10, effective_from=date(2026, 7, 1))])
    lead = {"kind": "lead", "key": "1", "dwelling": "H", "ticket": "T-1", "rulebook": "ours"}

    before = statement({**lead, "at": "2026-06-30T10:00"}, now=NOW, source="records", rules=rules)
    after = statement({**lead, "at": "2026-07-01T10:00"}, now=NOW, source="records", rules=rules)

    assert (before.terms, before.event.rulebook) == ({}, "")
    assert after.terms["due"] == datetime(2026, 7, 1, 12, tzinfo=UTC)
    assert after.event.rulebook == f"ours@{rules.adopted[0].version}"
    with pytest.raises(RowError, match="ours"):
        statement({**lead, "at": "2026-07-01T10:00"}, now=NOW, source="records")


@settings(deadline=None)
@given(
    starts=st.lists(st.dates(date(2024, 1, 1), date(2027, 12, 31)), min_size=1, max_size=5, unique=True),
    asked=st.dates(date(2023, 1, 1), date(2028, 12, 31)),
)
def test_of_versions_that_follow_one_another_the_last_begun_counts(starts: list[date], asked: date) -> None:
    rules = Rules([adopted("ours", n, effective_from=start) for n, start in enumerate(starts)])
    begun = [(start, n) for n, start in enumerate(starts) if start <= asked]

    assert hours(rules, "ours", asked) == (max(begun)[1] if begun else None)


def test_the_text_that_comes_with_it_is_not_what_was_adopted() -> None:
    """A later release that ships other clocks changes nothing for a ledger that adopted these."""
    text = read_text("shanghai").replace("on_site: {working_days: 2", "on_site: {working_days: 9")
    event = RulebookAdopted(record_id=UUID(int=1), happened_at=NOW, **adoption(text, NOW.year))

    assert hours(Rules([event]), "shanghai", date(2026, 3, 2)) == 9


def test_what_in_time_means_is_told_by_what_was_adopted_and_by_nothing_else() -> None:
    said = "timely_disposal: {timely: by_current_deadline, disposed: all_findings_verified, origin: n-17}\n"
    text = OURS.format(name="ours", hours=1) + said
    defines = RulebookAdopted(
        record_id=UUID(int=1),
        happened_at=NOW,
        **(adoption(text, NOW.year) | {"scope": "sh/pudong/", "effective_from": date(2026, 1, 1)}),
    )

    def origin(rules: Rules, area: str, when: date) -> str | None:
        found = rules.timely_disposal(area, when, ZONE)
        return found.origin if found else None

    rules = Rules([defines])
    assert origin(SHIPPED, "sh/pudong/", date(2026, 3, 2)) is None
    assert origin(rules, "sh/pudong/weifang/", date(2026, 3, 2)) == "n-17"
    assert origin(rules, "", date(2026, 3, 2)) == "n-17", "all that was adopted says so"
    assert origin(rules, "sh/pudong/", date(2025, 12, 31)) is None
    assert origin(rules, "sh/huangpu/", date(2026, 3, 2)) is None
    beside = adopted("theirs", 1, scope="sh/huangpu/")
    assert origin(Rules([defines, beside]), "", date(2026, 3, 2)) is None, "they do not say the same"
