"""Each way to make a figure look good without doing the work: the figure shows it, or the one beside it."""

from __future__ import annotations

from pathlib import Path

from rentalwatch.domain.instants import instant, upper_bound
from tests.integration.gaming.office import (
    OFFICER,
    SECOND,
    a_programme,
    begins,
    confirmed,
    listed,
    merged,
    shown,
    split_off,
    verified,
)
from tests.integration.projections.estates import ZONE


def test_who_verifies_nothing_has_no_relapse_and_every_claim_beside_it(folder: Path) -> None:
    with a_programme(folder, homes=("A",)) as office:
        confirmed(office, "A", "2026-02-01")
        office.told("claim", "2026-02-08", dwelling="A", findings="partition/room-1")
        before = shown(office, "2026-02-28")
        confirmed(office, "A", "2026-03-01")  # nobody checked: found again, it is no relapse but a lie
        after = shown(office, "2026-03-31")

    assert (before["relapses"], before["claims_unverified"]) == (None, 1)
    assert (after["relapses"], after["claims_unverified"], after["claims_refuted"]) == (None, 1, 1)


def test_closing_a_work_order_fixes_nothing_and_is_shown(folder: Path) -> None:
    with a_programme(folder, homes=("A", "B")) as office:
        for home in "AB":
            due = instant(upper_bound("2026-02-03", ZONE)).isoformat()
            office.told("lead", "2026-02-01", dwelling=home, ticket=f"T-{home}", channel="12345", due=due)
        before = shown(office, "2026-02-10")
        for home in "AB":
            office.told("work_order", "2026-02-11", dwelling=home, ticket=f"T-{home}", channel="12345",
                        reason="handled")  # fmt: skip
        office.told("inspection", "2026-02-12", dwelling="B", inspection_id="v1", access="full")
        after = shown(office, "2026-02-28")
        still = listed(office, "orders_closed_unfixed", "2026-02-28")

    assert (before["a"], before["orders_closed_unfixed"]) == (2, 0)
    assert (after["a"], after["orders_closed_unfixed"], still) == (1, 1, ["A"])


def test_an_alert_called_unfounded_is_a_miss_once_it_is_confirmed(folder: Path) -> None:
    with a_programme(folder, homes=("A",)) as office:
        due = instant(upper_bound("2026-02-05", ZONE)).isoformat()
        alert = office.told(
            "alert", "2026-02-01", dwelling="A", rule="gate-passes", rule_version="1", due=due
        )
        office.told("alert_answer", "2026-02-02", dwelling="A", alert=str(alert), answer="nothing",
                    observation="lights-out")  # fmt: skip
        before = shown(office, "2026-02-10")
        confirmed(office, "A", "2026-02-20")
        after = shown(office, "2026-02-28")

    assert (before["a"], before["alerts_missed"]) == (0, 0)
    assert (after["alerts_missed"], after["confirmed_first"]) == (1, 1)


def test_an_alert_called_unfounded_without_an_observation_still_counts(folder: Path) -> None:
    with a_programme(folder, homes=("A",)) as office:
        due = instant(upper_bound("2026-02-05", ZONE)).isoformat()
        alert = office.told(
            "alert", "2026-02-01", dwelling="A", rule="gate-passes", rule_version="1", due=due
        )
        office.told("alert_answer", "2026-02-02", dwelling="A", alert=str(alert), answer="nothing")

        assert shown(office, "2026-02-10")["a"] == 1


def test_a_new_programme_erases_no_relapse(folder: Path) -> None:
    with a_programme(folder, homes=("A",)) as office:
        confirmed(office, "A", "2026-02-01")
        verified(office, "A", "2026-02-10")
        office.told("programme_end", "2026-05-31", programme="Three zeros", reason="term ended")
        begins(office, "Three zeros again", "2026-06-01")
        confirmed(office, "A", "2026-06-15")
        again = shown(office, "2026-06-30", begin="2026-06-01", programme="Three zeros again")
        before = shown(office, "2026-06-30")

    assert (again["relapses"], again["confirmed_first"]) == (1, 0)
    assert (before["relapses"], before["confirmed_first"]) == (1, 1)


def test_who_is_put_on_the_frozen_roll_is_new_no_more_but_missed_and_named(folder: Path) -> None:
    with a_programme(folder, stock=("S",), homes=("A", "B")) as office:
        confirmed(office, "S", "2026-01-20")
        confirmed(office, "A", "2026-02-01")
        confirmed(office, "B", "2026-02-02")
        before = shown(office, "2026-02-10")
        office.told("roll_amendment", "2026-02-15", programme="Three zeros", roll="stock", added=["A"],
                    reason="left out by mistake", second_officer=SECOND, by=OFFICER)  # fmt: skip
        after = shown(office, "2026-02-28")
        missed, amended = listed(office, "c", "2026-02-28"), listed(office, "roll_amended", "2026-02-28")
        verified(office, "A", "2026-03-01")
        at_last = shown(office, "2026-03-10")

    assert (before["confirmed_first"], before["c"], before["roll_amended"]) == (2, 0, 0)
    assert (after["confirmed_first"], after["c"], after["omitted"]) == (1, 1, 1)
    assert (missed, amended) == (["A"], ["A"])
    assert (at_last["c"], at_last["confirmed_first"], at_last["roll_amended"]) == (0, 1, 1)


def test_a_case_with_a_proven_onset_that_the_roll_lacks_is_missed_until_it_is_verified(folder: Path) -> None:
    with a_programme(folder, homes=("A", "B")) as office:
        confirmed(office, "A", "2026-02-01", onset_on="2025-11-01")
        confirmed(office, "B", "2026-02-01", onset_on="2026-01-20")
        found = shown(office, "2026-02-28")
        verified(office, "A", "2026-03-01")
        later = shown(office, "2026-03-10")

    assert (found["c"], found["stock_off_roll"], found["confirmed_first"]) == (1, 1, 1)
    assert (later["c"], later["stock_off_roll"]) == (0, 0)


def test_a_case_known_before_the_freeze_and_left_off_the_roll_is_shown(folder: Path) -> None:
    with a_programme(folder, homes=("A",)) as office:
        confirmed(office, "A", "2025-12-20", recorded="2026-01-20")  # back-dated to before the baseline
        told = shown(office, "2026-02-28")

    assert (told["confirmed_first"], told["c"], told["stock_off_roll"], told["back_dated"]) == (0, 0, 1, 1)


def test_a_verification_entered_weeks_later_changes_the_figure_known_now_and_is_listed(folder: Path) -> None:
    with a_programme(folder, homes=("A",)) as office:
        due = instant(upper_bound("2026-02-05", ZONE)).isoformat()
        confirmed(office, "A", "2026-02-01")
        office.told("notice", "2026-02-01", dwelling="A", findings="partition/room-1", deadline=due)
        verified(office, "A", "2026-02-04", recorded="2026-03-03")
        then = shown(office, "2026-02-28", known="2026-03-01")
        now = shown(office, "2026-02-28")
        late = listed(office, "back_dated", "2026-02-28")

    assert (then["b2"], then["back_dated"]) == (1, 0)
    assert (now["b2"], now["back_dated"], late) == (0, 1, ["A"])


def test_what_was_taken_back_is_counted(folder: Path) -> None:
    with a_programme(folder, homes=("A",)) as office:
        wrong = confirmed(office, "A", "2026-02-01")
        office.told("retraction", "2026-02-20", dwelling="A", target=str(wrong), reason="other home")
        then, now = shown(office, "2026-02-28", known="2026-02-10"), shown(office, "2026-02-28")

    assert (then["confirmed_first"], then["retractions"]) == (1, 0)
    assert (now["confirmed_first"], now["retractions"]) == (0, 1)


def test_homes_struck_off_the_book_do_not_vanish_from_sight(folder: Path) -> None:
    with a_programme(folder, homes=("A",)) as office:
        confirmed(office, "A", "2026-02-01")
        office.told("deregistration", "2026-02-20", dwelling="A", reason="pulled down")
        told = shown(office, "2026-02-28")
        gone = listed(office, "moved", "2026-02-28")

    assert (told["moved"], gone, told["confirmed_first"], told["verified"]) == (1, ["A"], 1, 0)


def test_a_home_screened_from_outside_alone_is_told_apart_and_the_next_cycle_begins_anew(
    folder: Path,
) -> None:
    with a_programme(folder, homes=("A", "B", "C")) as office:
        office.told(
            "roll", "2026-01-10", programme="Three zeros", roll="screening", dwellings=["A", "B", "C"]
        )
        office.told("inspection", "2026-02-01", dwelling="A", inspection_id="v1", access="full")
        office.told("patrol", "2026-02-02", dwelling="B", seen="nothing")
        first, second = shown(office, "2026-03-31"), shown(office, "2026-04-01")
        outside = listed(office, "screened_from_outside", "2026-03-31")

    assert (first["screening_due"], first["unscreened"], outside) == (3, 1, ["B"])
    assert (second["screening_due"], second["unscreened"], second["screened_from_outside"]) == (3, 3, 0)


def test_a_relapse_that_only_a_complaint_caught_is_told_by_its_tag(folder: Path) -> None:
    with a_programme(folder, homes=("A",)) as office:
        confirmed(office, "A", "2026-02-01")
        verified(office, "A", "2026-02-10")
        office.told("lead", "2026-02-13", dwelling="A", ticket="T-1", channel="12345")
        office.told("inspection", "2026-02-14", dwelling="A", inspection_id="v1", access="full")
        office.told(
            "confirmation", "2026-02-14", dwelling="A", findings="partition/room-1", inspection_id="v1"
        )
        told = shown(office, "2026-02-28")
        caught = listed(office, "relapses:caught_by=complaint", "2026-02-28")

    assert (told["relapses"], caught) == (1, ["A"])


def test_a_home_that_is_split_keeps_no_relapse_out_of_sight(folder: Path) -> None:
    """The first round is moved to a part, so that the second looks like a first finding: the split is shown,
    and who looks at the home then is told of a new case instead of none."""
    with a_programme(folder, homes=("A",)) as office:
        gone = [confirmed(office, "A", "2026-02-01"), verified(office, "A", "2026-02-10")]
        split_off(office, "A", "A/1", gone, "2026-02-20")
        confirmed(office, "A", "2026-03-01")
        told, moved = shown(office, "2026-03-31"), listed(office, "moved", "2026-03-31")
        before = shown(office, "2026-03-31", known="2026-02-15")

    assert (told["moved"], moved) == (1, ["A"])
    assert (told["relapses"], told["confirmed_first"], told["known"]) == (0, 2, 2)
    assert (before["moved"], before["confirmed_first"], before["known"]) == (0, 1, 1)


def test_a_part_that_took_the_findings_over_relapses_as_the_home_would(folder: Path) -> None:
    with a_programme(folder, homes=("A",)) as office:
        gone = [confirmed(office, "A", "2026-02-01"), verified(office, "A", "2026-02-10")]
        split_off(office, "A", "A/1", gone, "2026-02-20")
        confirmed(office, "A/1", "2026-03-01")
        told = shown(office, "2026-03-31")
        again = listed(office, "relapses", "2026-03-31")

    assert (told["relapses"], again, told["moved"], told["back_dated"]) == (1, ["A/1"], 1, 0)


def test_a_relapsed_home_merged_into_one_with_a_case_still_open_is_shown(folder: Path) -> None:
    """The relapse becomes a further finding of the older round: what was known before stays known, and the
    merge stands beside."""
    with a_programme(folder, homes=("A", "B")) as office:
        confirmed(office, "B", "2026-01-15", findings="partition/room-9")
        confirmed(office, "A", "2026-02-01")
        verified(office, "A", "2026-02-10")
        confirmed(office, "A", "2026-03-01")
        before = shown(office, "2026-03-31")
        merged(office, "A", "B", "2026-04-02")
        now, moved = shown(office, "2026-04-30"), listed(office, "moved", "2026-04-30")
        then = shown(office, "2026-03-31", known="2026-04-01")

    assert (before["relapses"], then["relapses"], now["relapses"]) == (1, 1, 0)
    assert (before["moved"], now["moved"], moved) == (0, 1, ["A"])
