"""`rentalwatch alerts`: a property manager's and a squad's morning, at the terminal."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import UUID

import pytest

from tests.e2e.terminal import Terminal

HOME, OTHER = "梅园 12号302室", "梅园 14号101室"
ALERT, HIDDEN = str(UUID(int=0xA1 << 96)), str(UUID(int=0xB2 << 96))
RECORD = "5f0f0a4e-6f4b-4a52-9a2e-6f4f5d0a0001"


@pytest.fixture
def office(tmp_path: Path) -> Terminal:
    """Two homes, an alert about each; one is withheld from managers."""
    terminal = Terminal(tmp_path)
    alert = {
        "kind": "alert",
        "rule": "card_passes",
        "rule_version": "3f1c",
        "reasons": ["distinct_cards_7d=9>4"],
    }
    rows = [
        {"kind": "registration", "dwelling": HOME, "label": HOME, "area": "sh/pudong/e7/"},
        {"kind": "registration", "dwelling": OTHER, "label": OTHER, "area": "sh/pudong/e7/"},
        {**alert, "dwelling": HOME, "at": "2026-03-01T08:00", "due": "2026-03-02T08:00", "record": ALERT},
        {**alert, "dwelling": OTHER, "at": "2026-03-01T08:00", "due": "2026-03-02T08:00", "record": HIDDEN,
         "withheld_from_manager": True},
    ]  # fmt: skip
    lines = [json.dumps({"key": str(n), **row}, ensure_ascii=False) for n, row in enumerate(rows)]
    (terminal.folder / "records.ndjson").write_text("\n".join(lines), encoding="utf-8")
    terminal.asked("import", "records.ndjson", "--mapping", "records")
    return terminal


def test_a_manager_sees_what_is_asked_of_him_and_nothing_that_is_withheld(office: Terminal) -> None:
    asked = ("alerts", "list", "--format", "csv")
    assert {r["home"]: r["level"] for r in office.asked(*asked).rows} == {HOME: "manager", OTHER: "squad"}
    for more in (("--role", "manager"), ("--level", "manager")):
        assert [r["home"] for r in office.asked(*asked, *more).rows] == [HOME]
    refused = office("alerts", "show", HIDDEN, "--role", "manager")
    assert (refused.code, "RW-UNKNOWN-ALERT" in refused.err) == (4, True)
    assert office("alerts", "ack", HIDDEN, "--role", "manager").code == 4
    shown = office.asked("alerts", "show", ALERT[:8]).out
    assert "cards that passed in 7 days: 9 cards, more than 4" in shown
    assert "withheld" in office.asked("alerts", "show", HIDDEN).out


def test_a_suspicion_answered_is_the_report_and_the_number_comes_later(office: Terminal) -> None:
    office.asked("alerts", "ack", ALERT, "--officer", "M-03", "--role", "manager")
    told = ("alerts", "answer", ALERT, "suspicious", "--observation", "beds_seen", "--officer", "M-03")
    said = office.asked(*told, "--record-id", RECORD, "--lang", "zh").out
    for part in ("疑似群租情况报告", "可见一室多床", "several beds", HOME, "M-03"):
        assert part in said
    assert said.index("疑似") < said.index("Suspected")
    again = office.asked(*told, "--record-id", RECORD, "--format", "json").json
    assert (again["again"], again["alert"]) == (True, ALERT)
    assert set(again["report"]) == {"zh", "en"}

    office.asked("alerts", "answer", ALERT, "reported", "--reference", "SH-2026-0412")
    value = office.asked("alerts", "show", ALERT, "--format", "json").json
    assert (value["answer"], value["reference"], value["waiting"]) == ("reported", "SH-2026-0412", False)


def test_words_about_somebody_are_refused(office: Terminal) -> None:
    for wrong in (("--reference", "Mr Wang told me"), ("--observation", "Mr Wang sleeps there")):
        refused = office("alerts", "answer", ALERT, "reported", *wrong)
        assert (refused.code, "RW-OPTIONS" in refused.err) == (2, True)
    assert office("alerts", "answer", ALERT, "perhaps").code == 2
    assert "RW-ALERT-NUMBER" in office("alerts", "ack", "a1").err


def test_unfounded_without_an_observation_is_recorded_and_counts_for_nothing(office: Terminal) -> None:
    assert "--observation" in office.asked("alerts", "answer", ALERT, "nothing").out
    assert office.asked("alerts", "show", ALERT, "--format", "json").json["waiting"] is True
    office.asked("alerts", "answer", ALERT, "nothing", "--observation", "windows_dark")
    assert office.asked("alerts", "show", ALERT, "--format", "json").json["waiting"] is False


def test_a_timer_passes_over_whoever_did_not_answer_once(office: Terminal) -> None:
    assert len(office.asked("alerts", "list", "--overdue", "--format", "csv").rows) == 2
    once = office.asked("alerts", "escalate", "--at", "2026-03-02T09:00", "--format", "json").json
    assert {(e["home"], e["level"]) for e in once} == {(HOME, "neighbourhood"), (OTHER, "subdistrict")}
    again = office.asked("alerts", "escalate", "--at", "2026-03-02T09:00")
    assert again.out == "Nothing to escalate.\n"
    assert "无需升级" in office.asked("alerts", "escalate", "--at", "2026-03-02T09:00", "--lang", "zh").out
    assert office("alerts", "escalate", "--at", "2999-01-01").code == 2


def test_a_timer_raises_escalates_and_tells_each_thing_once(office: Terminal) -> None:
    for kind, day in (
        ("confirmation", "2026-01-05"),
        ("verification", "2026-01-20"),
        ("confirmation", "2026-02-20"),
    ):
        office.asked("record", kind, HOME, "--on", day, "findings=partition/living", "basis=source")
    at = ("--at", "2026-03-02T09:00", "--format", "json")
    assert office.asked("alerts", "tend", *at).json == {"raised": 1, "escalated": 2, "told": 3}
    assert office.asked("alerts", "tend", *at).json == {"raised": 0, "escalated": 0, "told": 0}
    assert "0 notifications" in office.asked("alerts", "tend", "--at", "2026-03-02T09:00").out


def test_a_home_is_released_from_its_watch_early_or_not(office: Terminal) -> None:
    for kind, day in (("confirmation", "2026-01-05"), ("verification", "2026-01-20")):
        office.asked("record", kind, HOME, "--on", day, "findings=partition/living", "basis=source")
    office.asked("alerts", "release", HOME, "--officer", "310115-0427", "--at", "2026-02-01T09:00")
    value = office.asked("file", HOME, "--format", "json").json
    assert [i["code"] for i in value["irregular"]] == ["released-early"]


def test_the_watch_says_who_is_to_be_revisited_and_who_may_be_released(office: Terminal) -> None:
    found = ("findings=partition/living", "basis=source")
    office.asked("record", "confirmation", HOME, "--on", "2026-01-05", *found)
    office.asked("record", "verification", HOME, "--at", "2026-01-20T12:00", *found)

    def watched(day: str, *more: str) -> list[tuple[str, str, str]]:
        rows = office.asked("alerts", "watch", "--as-of", day, "--format", "csv", *more).rows
        return [(r["home"], r["clean_revisits"], r["overdue_days"]) for r in rows]

    assert watched("2026-01-22") == [(HOME, "0", "")]
    assert watched("2026-02-02", "--overdue") == [(HOME, "0", "10")]
    for n, day in enumerate(("2026-02-03", "2026-04-01", "2026-07-10"), start=1):
        office.asked("record", "inspection", HOME, "--on", day, "access=full", f"inspection_id=I-{n}")
    assert watched("2026-07-11", "--releasable") == []
    (row,) = office.asked(
        "alerts", "watch", "--as-of", "2026-07-25", "--releasable", "--format", "json"
    ).json  # fmt: skip
    assert (row["revisits"], row["releasable"]) == (3, True)
    shown = office.asked("alerts", "watch", "--as-of", "2026-07-25", "--lang", "zh").out
    assert "可，至" in shown
    office.asked("alerts", "release", HOME, "--at", "2026-07-26T09:00")
    assert watched("2026-07-27") == []


def test_a_manager_does_not_learn_from_a_rules_name_that_somebody_complained(office: Terminal) -> None:
    alert = {
        "kind": "alert", "dwelling": HOME, "at": "2026-03-03T08:00", "due": "2026-03-04T08:00",
        "rule": "complaints", "rule_version": "0123456789ab", "reasons": ["complaints_30d=3>=2"],
    }  # fmt: skip
    (office.folder / "more.ndjson").write_text(json.dumps({"key": "m", **alert}, ensure_ascii=False), "utf-8")
    office.asked("import", "more.ndjson", "--mapping", "records")

    assert "complaints" in office.asked("alerts", "list").out
    number = office.asked("alerts", "list", "--format", "json").json
    (hidden,) = [a["alert"] for a in number if a["rule"] == "complaints"]
    for fmt in ("table", "csv", "json"):
        assert "complain" not in office.asked("alerts", "list", "--role", "manager", "--format", fmt).out
        assert (
            "complain" not in office.asked("alerts", "show", hidden, "--role", "manager", "--format", fmt).out
        )
