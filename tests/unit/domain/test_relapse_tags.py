"""What a relapse is tagged with: who caught it, on which ground, run by whom, how long after."""

import pytest

from rentalwatch.domain import events as ev
from rentalwatch.domain.defences import CHANNELS, DEFENCES, defence_of
from tests.unit.domain.reading import judged
from tests.unit.domain.story import (
    Said,
    alert,
    annulled,
    confirmed,
    finding,
    given,
    inspected,
    lead,
    party,
    released,
    say,
    verified,
)

BEFORE = (confirmed("2025-03-01 09:00"), verified("2025-03-01 12:00"))
FOUND = (inspected("2025-06-10 10:00", "found"), confirmed("2025-06-10 10:30", visit="found"))


def by(channel: str, when: str = "2025-06-09 09:00") -> Said:
    return say(ev.LeadReported, when, channel=channel, ticket=f"T {channel} {when}")


def patrolled(when: str, seen: str = "suspicious", channel: str = "") -> Said:
    return say(ev.PatrolRecorded, when, seen=seen, channel=channel)


def caught_by(*between: Said, found: tuple[Said, ...] = FOUND) -> str:
    return judged(given(*BEFORE, *between, *found)).last.caught_by


@pytest.mark.parametrize(
    ("between", "defence"),
    [
        ([by("12345")], "complaint"),
        ([by("110")], "complaint"),
        ([by("信访")], "complaint"),
        ([by("Property manager")], "front_line"),
        ([by("居委")], "front_line"),
        ([by("volunteer")], "front_line"),
        ([by("carrier pigeon")], "unknown"),
        ([patrolled("2025-06-09 09:00")], "patrol"),
        ([patrolled("2025-06-09 09:00", channel="物业")], "front_line"),
        ([patrolled("2025-06-09 09:00", seen="nothing")], "unknown"),
        ([alert("2025-06-09 09:00", "2025-06-10 09:00")], "platform"),
        ([alert("2025-06-09 09:00", "2025-06-10 09:00", raised_by="signal")], "platform"),
        ([alert("2025-06-09 09:00", "2025-06-10 09:00", raised_by="report")], "front_line"),
        ([], "unknown"),
    ],
)
def test_a_relapse_is_caught_by_what_led_to_the_inspection_that_confirmed_it(between, defence):
    assert caught_by(*between) == defence


def test_of_several_that_pointed_there_the_latest_led_to_it():
    assert caught_by(by("居委", "2025-06-01 09:00"), by("12345", "2025-06-09 09:00")) == "complaint"


def test_a_planned_revisit_that_finds_it_is_a_patrol_unless_something_else_led_there():
    found = (inspected("2025-06-10 10:00", "found", purpose="revisit"), FOUND[1])
    assert caught_by(found=found) == "patrol"
    assert caught_by(by("12345"), found=found) == "complaint", (
        "calling a visit a revisit does not make it one"
    )


def test_a_joint_action_that_nobody_called_for_is_a_patrol():
    found = (inspected("2025-06-10 10:00", "found", action_id="JA-2"), FOUND[1])
    assert caught_by(found=found) == "patrol"
    assert caught_by(by("居委"), found=found) == "front_line"


def test_a_patrol_while_a_complaint_waits_caught_nothing():
    assert caught_by(by("12345"), patrolled("2025-06-09 15:00")) == "complaint"


def test_what_an_inspection_has_answered_led_to_no_later_one():
    clean = inspected("2025-05-02 10:00", "clean", purpose="revisit")
    assert caught_by(by("12345", "2025-05-01 09:00"), clean) == "unknown"


def test_what_came_after_the_inspection_did_not_lead_to_it():
    assert caught_by(found=(FOUND[0], by("12345", "2025-06-10 10:10"), FOUND[1])) == "unknown"


def test_what_led_to_the_round_before_says_nothing_of_this_one():
    home = given(lead("2025-02-27 09:00"), *BEFORE, *FOUND)
    assert judged(home).last.caught_by == "unknown"


def test_every_channel_belongs_to_one_defence():
    names = [name for names in CHANNELS.values() for name in names]
    assert len(names) == len(set(names))
    assert {defence_of(name) for name in names} | {"unknown"} == set(DEFENCES)


def test_another_ground_is_a_relapse_all_the_same_and_tagged_so():
    other = confirmed("2025-06-10", finding("beds", ground="bed_letting"))
    assert judged(given(*BEFORE, other)).last.ground == "other"


def test_findings_of_one_instant_are_looked_at_together():
    told = [confirmed("2025-06-10", finding("beds", ground="bed_letting"), record=record) for record in "abc"]
    home = given(*BEFORE, *told, confirmed("2025-06-10", record="d"))
    assert judged(home).last.ground == "same"


OWNER = {"responsible_party": "O-1"}


@pytest.mark.parametrize(
    ("then", "now", "tag"),
    [
        ([party("2025-02-01", "S-1")], [], "same"),
        ([party("2025-02-01", "S-1", until_on="2025-04-30")], [party("2025-05-01", "S-2")], "other"),
        ([party("2025-02-01", "S-1", until_on="2025-04-30")], [], "unknown"),
        ([party("2025-02-01", "S-1", certainty="suspected")], [], "unknown"),
        ([party("2025-02-01", "O-1", role="owner")], [], "unknown"),
        ([], [party("2025-05-01", "S-1")], "unknown"),
    ],
    ids=["goes on", "another since", "gone since", "only suspected", "an owner", "not known before"],
)
def test_the_operator_is_compared_by_documented_sublandlords(then, now, tag):
    assert judged(given(*then, *BEFORE, *now, *FOUND)).last.operator == tag


def test_who_turns_out_to_run_it_while_the_round_is_open_counts():
    told = (party("2025-03-01 10:00", "S-1"), *BEFORE, *FOUND)
    late = say(
        ev.PartyLinked,
        "2025-06-12 09:00",
        party="S-1",
        role="sublandlord",
        basis="lease",
        certainty="documented",
    )
    unlinked = say(ev.PartyUnlinked, "2025-04-01", party="S-1", role="sublandlord", reason="left")
    home = given(*told, unlinked, late)
    assert judged(home, "2025-06-11").last.operator == "unknown"
    assert judged(home).last.operator == "same"


def test_without_sublandlords_the_responsible_parties_are_compared():
    def told(party_now: str) -> str:
        before = (confirmed("2025-03-01 09:00", responsible_party="O-1"), BEFORE[1])
        return judged(given(*before, confirmed("2025-06-10", responsible_party=party_now))).last.operator

    assert (told("O-1"), told("O-2"), told("")) == ("same", "other", "unknown")


def test_a_relapse_after_the_release_is_tagged_so_and_counts_its_days_on_the_calendar():
    home = given(*BEFORE, released("2025-05-01 09:00"), confirmed("2025-06-10 08:00"))
    assert (judged(home).last.watch, judged(home).last.days_since) == ("released", 101)


def test_a_round_that_is_no_relapse_has_no_tags():
    (original,) = judged(given(lead("2025-02-27 09:00"), BEFORE[0])).rounds
    assert original[5:] == ("", "", "", "", -1)


def test_tags_are_judged_again_when_the_round_before_is_annulled():
    home = given(
        confirmed("2025-03-01 09:00", finding("a", ground="bed_letting"), record="first"),
        verified("2025-03-01 12:00", finding("a", ground="bed_letting")),
        confirmed("2025-04-01 09:00", record="second"),
        verified("2025-04-01 12:00"),
        *FOUND,
        annulled("2025-06-20", "second"),
    )
    assert judged(home, "2025-06-15").last.ground == "same"
    assert (judged(home).last.number, judged(home).last.ground) == (2, "other")
