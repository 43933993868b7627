"""`rentalwatch sublandlord`: homes, exits, recurrence; merging two identities and undoing it."""

from __future__ import annotations

import pytest

from tests.e2e.terminal import Terminal

DOCUMENTED = ("role=sublandlord", "certainty=documented", "basis=lease")


@pytest.fixture
def desk(own: Terminal) -> Terminal:
    """S-1 left one estate; S-2 is documented in another."""
    for home, area in (("梅园3号101室", "sh/meiyuan/"), ("竹园8号502室", "sh/zhuyuan/")):
        own.asked("record", "registration", home, f"area={area}", "--rulebook", "shanghai")
    for party, home, day in (("S-1", "梅园3号101室", "2025-03-03"), ("S-2", "竹园8号502室", "2025-05-20")):
        own.asked("record", "sublandlord", party, "basis=lease", "--on", "2025-03-01")
        own.asked("record", "party", home, f"party={party}", *DOCUMENTED, "--on", day)
        own.asked("record", "confirmation", home, "basis=source", "findings=partition/home", "--on", day)
    own.asked("record", "exit", "S-1", "manner=declared", "area=sh/meiyuan/", "--on", "2025-03-10")
    return own


def test_merged_identities_are_one_until_the_merge_is_undone(desk: Terminal) -> None:
    assert (
        "S-2 goes on as S-1"
        in desk.asked("sublandlord", "merge", "S-2", "--into", "S-1", "--reason", "one").out
    )

    told = desk.asked("sublandlord", "show", "S-2", "--format", "json").json
    assert (told["party"], told["references"]) == ("S-1", ["S-1", "S-2"])
    assert [h["label"] for h in told["homes"]] == ["竹园8号502室"]
    assert [(e["status"], e["again"]) for e in told["exits"]] == [("contradicted", "竹园8号502室")]
    assert [(r["home"], r["earlier"]) for r in told["recurrences"]] == [("竹园8号502室", "梅园3号101室")]
    shown = desk.asked("sublandlord", "show", "S-1", "--lang", "zh").out
    assert "2025-05-20 转至 竹园8号502室 出租" in shown

    desk.asked("sublandlord", "unmerge", "S-2", "--reason", "two brothers")
    rows = desk.asked("sublandlord", "list", "--format", "csv").rows
    assert [(r["party"], r["homes"], r["exits"], r["contradicted"], r["recurrences"]) for r in rows] == [
        ("S-1", "0", "1", "0", "0"),
        ("S-2", "1", "0", "0", "0"),
    ]
    assert (
        desk.asked("sublandlord", "show", "S-1", "--format", "json").json["exits"][0]["status"] == "declared"
    )


def test_what_cannot_be_merged_is_refused(desk: Terminal) -> None:
    itself = desk("sublandlord", "merge", "S-1", "--into", "S-1", "--reason", "one")
    assert (itself.code, "RW-SAME-SUBLANDLORD" in itself.err) == (3, True)
    never = desk("sublandlord", "unmerge", "S-1", "--reason", "one")
    assert (never.code, "RW-NO-MERGE" in never.err) == (3, True)
    assert desk("sublandlord", "merge", "S-1", "--into", "S-9", "--reason", "one").code == 4
    assert desk("sublandlord", "show", "S-9").code == 4


def test_the_list_is_of_an_area_and_of_a_day(desk: Terminal) -> None:
    shown = desk.asked("sublandlord", "list", "--area", "sh/zhuyuan").out
    assert "S-2" in shown
    assert "S-1" not in shown
    assert (
        desk.asked("sublandlord", "list", "--area", "nowhere").out == "No sublandlord is known there then.\n"
    )
    before = desk.asked(
        "sublandlord", "list", "--area", "sh", "--as-of", "2025-03-09", "--format", "json"
    ).json
    assert [(r["party"], r["homes"], r["exits"]) for r in before] == [("S-1", 1, 0)]
