"""What a home shows of a joint action to which its facts refer."""

from __future__ import annotations

from rentalwatch.domain import events as ev
from rentalwatch.domain.folds.action import Action, AtAction
from rentalwatch.domain.folds.estate import NOT_TOLD
from rentalwatch.domain.judge import judge
from tests.unit.domain.story import (
    annulled,
    confirmed,
    finding,
    given,
    inspected,
    registered,
    say,
    us,
    verified,
)

JA = "JA-2026-09"
WENT_IN = inspected("2026-05-20 09:00", "I-1", action_id=JA)


def moved_out(when: str, persons: int, action: str = JA):
    return say(ev.TenantsMovedOut, when, persons=persons, action_id=action)


def at_action(facts, as_of: str = "2026-06-30") -> AtAction | None:
    rows = judge(facts).at(us(as_of), AtAction)
    return rows[0] if rows else None


def test_entered_found_seen_gone_and_moved_out():
    home = given(
        registered(),
        WENT_IN,
        confirmed("2026-05-20 09:10", finding("a"), finding("b"), visit="I-1"),
        verified("2026-05-20 16:00", finding("a"), finding("b"), action_id=JA),
        moved_out("2026-05-20 17:00", 5),
        moved_out("2026-05-21 10:00", 2),
    )
    assert at_action(home) == AtAction(f"action:{JA}", us("2026-05-20 09:00"), "full", 2, 2, 7)
    assert at_action(home, "2026-05-20 12:00") == AtAction(
        f"action:{JA}", us("2026-05-20 09:00"), "full", 2, 0, 0
    )


def test_what_refers_to_no_action_is_of_none():
    home = given(registered(), inspected("2026-05-20 09:00", "I-1"), moved_out("2026-05-20 17:00", 5, ""))
    assert at_action(home) is None


def test_found_by_an_inspection_of_the_action_alone():
    home = given(
        registered(), WENT_IN, inspected("2026-05-25 09:00", "I-2"),
        confirmed("2026-05-25 09:10", finding("a"), visit="I-2"),
    )  # fmt: skip
    assert at_action(home).found == 0


def test_an_annulled_confirmation_found_nothing():
    home = given(
        registered(), WENT_IN, confirmed("2026-05-20 09:10", visit="I-1", record="wrong"),
        annulled("2026-06-01", "wrong"),
    )  # fmt: skip
    assert (at_action(home, "2026-05-31").found, at_action(home).found) == (1, 0)


def test_the_same_finding_twice_is_found_once_and_full_access_is_the_best_there_was():
    home = given(
        registered(),
        inspected("2026-05-20 09:00", "I-1", access="partial", action_id=JA),
        confirmed("2026-05-20 09:10", finding("a"), visit="I-1"),
        inspected("2026-05-20 11:00", "I-2", action_id=JA),
        confirmed("2026-05-20 11:10", finding("a"), finding("b"), visit="I-2"),
        inspected("2026-05-20 15:00", "I-3", access="partial", action_id=JA),
    )
    assert (at_action(home).found, at_action(home).access) == (2, "full")
    assert at_action(home).visited_at == us("2026-05-20 09:00")


def test_the_header_says_who_went_and_what_was_removed():
    went = tuple(
        ev.Participant(agency=a, role="r", officers=n) for a, n in (("城管", 6), ("消防", 2), ("城管", 1))
    )
    facts = given(
        say(ev.JointActionHeld, "2026-05-20", action_id=JA, participants=went, partitions_removed=31)
    )
    (row,) = judge(facts, of="action").at(us("2026-05-20"), Action)
    assert row == Action(JA, "", us("2026-05-20 00:00"), "城管; 消防", 9, 31, NOT_TOLD)
