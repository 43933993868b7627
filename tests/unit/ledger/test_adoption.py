"""Adopting a rulebook: stored whole, known when it comes again, and what counts is read back in order."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from rentalwatch.domain.events import RulebookAdopted
from rentalwatch.errors import InvalidInputError
from rentalwatch.importers.adopting import adopt
from rentalwatch.ledger.application import Ledger, Outcome
from rentalwatch.rulebooks import read_text
from rentalwatch.rulebooks.adoption import rules_of
from rentalwatch.rulebooks.rules import Rules
from tests.unit.ledger.words import an_id, registers

NOW = datetime(2026, 11, 25, 4, tzinfo=UTC)
OURS = "extends: shanghai\nname: ours\nscope: sh/\nclocks:\n  on_site: {working_days: null, hours: 12}\n"
SLOWER = OURS.replace("12", "36")


def taken(
    ledger: Ledger, text: str, *, days: int = 0, scope: str | None = None, since: date | None = None
) -> Outcome:
    """Adopts a text, so many days after the first."""
    return adopt(ledger, text, now=NOW + timedelta(days=days), scope=scope, since=since)[1]


def test_the_whole_text_is_in_the_ledger_and_comes_back(ledger: Ledger) -> None:
    stated, outcome = adopt(
        ledger, read_text("pudong"), now=NOW, until=date(2027, 12, 31), reason="n-1", officer="A-7"
    )

    (event,) = ledger.adopted()
    assert event.record_id == outcome.record_id
    assert (event.scope, event.effective_until, event.reason) == ("sh/pudong/", date(2027, 12, 31), "n-1")
    assert event.by is not None and event.by.officer == "A-7"
    assert rules_of(event) == rules_of(stated)
    assert ledger.stream_of("rulebook:pudong") == outcome.stream_id


def test_the_same_again_is_known_and_adds_nothing(ledger: Ledger) -> None:
    first = taken(ledger, OURS)
    again = taken(ledger, OURS, days=3)

    assert (again.again, again.record_id, again.position) == (True, first.record_id, first.position)
    assert len(ledger.adopted()) == 1


def test_another_text_scope_or_day_is_adopted_beside_it_in_the_order_of_adoption(ledger: Ledger) -> None:
    changes = [taken(ledger, OURS), taken(ledger, SLOWER), taken(ledger, SLOWER, scope="sh/pudong/")]
    changes += [taken(ledger, SLOWER, since=date(2026, 12, 1)), taken(ledger, read_text("shanghai"))]

    assert not any(outcome.again for outcome in changes)
    assert [event.record_id for event in ledger.adopted()] == [outcome.record_id for outcome in changes]


def test_who_goes_back_to_an_earlier_text_has_it_in_force_again(ledger: Ledger) -> None:
    first, _, back = taken(ledger, OURS), taken(ledger, SLOWER), taken(ledger, OURS, days=1)

    chosen = Rules(ledger.adopted()).named("ours", "Asia/Shanghai")(date(2026, 12, 1))

    assert not back.again and back.record_id != first.record_id
    assert chosen is not None and chosen[0].clocks["on_site"].hours == 12
    assert taken(ledger, OURS, days=2).record_id == back.record_id


@pytest.mark.parametrize(
    ("text", "scope", "since", "code"),
    [
        (OURS.replace("hours: 12", "hours: soon"), None, None, "RW-RULEBOOK"),
        (OURS.replace("name: ours", f"name: {'x' * 195}"), None, None, "RW-RULEBOOK"),
        (OURS.replace("name: ours", 'name: "\\uD800"'), None, None, "RW-RULEBOOK"),
        (OURS, "sh//", None, "RW-OPTIONS"),
        (OURS + "effective_until: 2026-01-01\n", None, date(2026, 2, 1), "RW-OPTIONS"),
    ],
    ids=["no rulebook", "a long name", "half a character", "no path", "ends before it begins"],
)
def test_what_cannot_be_in_force_is_refused_and_nothing_stored(
    ledger: Ledger, text: str, scope: str | None, since: date | None, code: str
) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        adopt(ledger, text, now=NOW, scope=scope, since=since)

    assert refusal.value.code == code
    assert ledger.recorder.read_recorded(0) == []


def test_homes_that_are_called_like_rulebooks_are_none(ledger: Ledger) -> None:
    ledger.record(registers("rulebook:shanghai", "rulebook:0"), an_id("home"))

    assert ledger.adopted() == []


def test_a_stored_adoption_is_whole(ledger: Ledger) -> None:
    taken(ledger, OURS)

    (event,) = ledger.adopted()

    assert isinstance(event, RulebookAdopted)
    assert "extends" not in event.text and "law:" in event.text and event.calendar
