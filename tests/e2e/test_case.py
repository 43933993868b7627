"""`rentalwatch case`: a case with its steps, clocks and law; the list; what a party did before."""

from __future__ import annotations

import pytest

from tests.e2e.terminal import Terminal

HOME = "15号201室"
CASE = ("ground=headcount", "party=S-0127", "party_kind=individual", f"dwelling={HOME}")


@pytest.fixture
def desk(own: Terminal) -> Terminal:
    """Two cases against one party: one in order and fined, one decided before the party was told."""
    own.asked("record", "registration", HOME, "area=sh/pudong/e-7/", "--rulebook", "shanghai")
    for number, day, steps in (("P-1", "2025-03-05", True), ("P-2", "2025-05-05", False)):
        own.asked("record", "case", number, *CASE, f"acted_on={day}", "--on", day, "--rulebook", "shanghai")
        if steps:
            own.asked("record", "notification", number, "--on", day)
            own.asked("record", "defence", number, "made=false", "--on", day)
        fine = ("regime=R2", "tier=at_once", "range_from_rmb=10000", "range_to_rmb=50000")
        amount = 10_000 if steps else 20_000
        own.asked(
            "record", "decision", number, f"number=D{number}", *fine, f"amount_rmb={amount}", "--on", day
        )
    return own


def test_a_case_is_shown_with_its_steps_clocks_irregularities_and_the_law(desk: Terminal) -> None:
    shown = desk.asked("case", "show", "P-2").out
    told = desk.asked("case", "show", "P-2", "--format", "json").json

    for text in (
        "penalty decided: 20,000 RMB",
        "due 2025-08-03",
        "行政处罚法 art. 44",
        "→  R2",
        "officer decides",
    ):
        assert text in shown
    assert [i["code"] for i in told["irregularities"]] == [
        "decided-before-defence",
        "decided-before-notified",
    ]
    assert [c["regime"] for c in told["law"]["candidates"]] == ["R2"]
    assert [s["kind"] for s in told["steps"]] == ["case", "decision"]


def test_a_case_is_shown_as_it_stood(desk: Terminal) -> None:
    before = desk.asked("case", "show", "P-1", "--as-of", "2025-03-04").out

    assert before == "Nothing was known of this case then.\n"
    assert (
        "当时对该案一无所知"
        in desk.asked("case", "show", "P-1", "--known-at", "2025-03-04", "--lang", "zh").out
    )


def test_the_list_says_how_often_each_case_left_the_order_and_adds_nothing_up(desk: Terminal) -> None:
    rows = desk.asked("case", "list", "--area", "sh/pudong", "--format", "csv").rows
    shown = desk.asked("case", "list").out

    assert [(r["number"], r["irregular"], r["amount"]) for r in rows] == [
        ("P-1", "0", "10000"),
        ("P-2", "2", "20000"),
    ]
    assert desk.asked("case", "list", "--area", "sh/other", "--format", "json").json == []
    assert "30,000" not in shown
    assert "officer" not in shown


def test_the_history_of_a_party_is_its_standing_decisions(desk: Terminal) -> None:
    told = desk.asked("case", "history", "S-0127", "--format", "json").json
    before = desk.asked("case", "history", "S-0127", "--as-of", "2025-04-01", "--format", "json").json

    assert [c["number"] for c in told["standing"]] == ["P-1", "P-2"]
    assert (told["first_offence"], [c["number"] for c in before["standing"]]) == (False, ["P-1"])
    assert "First offence" in desk.asked("case", "history", "S-9999").out


def test_what_is_not_there_is_said(desk: Terminal) -> None:
    assert desk("case", "show", "P-9").code == 4
    assert desk("case", "list", "--state", "lost").code == 2
    assert desk.asked("case", "list", "--state", "paid").out == "No penalty case then.\n"
