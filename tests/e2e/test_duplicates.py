"""`rentalwatch duplicates`: homes that are possibly the same, with why; nothing is changed."""

from __future__ import annotations

from tests.e2e.terminal import Terminal

AREA = "estate/"


def registered(terminal: Terminal, *labels: str) -> None:
    for label in labels:
        terminal.asked("record", "registration", label, f"area={AREA}", "--rulebook", "pudong")


def test_two_spellings_are_listed_with_why(own: Terminal) -> None:
    registered(own, "12号302", "12号302室", "13号302室", "12幢302室")

    likely, possible = own.asked("duplicates", "--area", AREA, "--format", "json").json

    assert (likely["certainty"], possible["certainty"]) == ("likely", "possible")
    assert [(h["label"], h["reasons"], h["facts"]) for h in likely["homes"]] == [
        ("12号302", ["mark_left_out"], 1),
        ("12号302室", [], 1),
    ]
    assert {h["label"] for h in possible["homes"]} == {"12号302", "12号302室", "12幢302室"}


def test_a_table_and_a_csv_say_the_same(own: Terminal) -> None:
    registered(own, "12号302", "12号302室")

    rows = own.asked("duplicates", "--area", "estate", "--format", "csv").rows
    shown = own.asked("duplicates", "--area", "estate").out

    assert [(r["group"], r["label"], r["reasons"]) for r in rows] == [
        ("1", "12号302", "mark_left_out"),
        ("1", "12号302室", ""),
    ]
    assert all(r["stream_id"] in shown for r in rows)
    assert "号 or 室 left out" in shown
    assert "Nothing was changed" in shown
    assert "须由人工判定" in own.asked("duplicates", "--area", "estate", "--lang", "zh").out


def test_the_limit_counts_groups(own: Terminal) -> None:
    registered(own, "1号1", "1号1室", "2号1", "2号1室")

    one = own.asked("duplicates", "--area", AREA, "--limit", "1")

    assert "1 of 2 shown" in one.out
    assert len(own.asked("duplicates", "--area", AREA, "--limit", "1", "--format", "json").json) == 1


def test_no_duplicates_is_said(own: Terminal) -> None:
    registered(own, "12号302")
    assert own.asked("duplicates", "--area", AREA).lines == ["No homes seem to be the same."]
    assert own.asked("duplicates", "--area", AREA, "--format", "json").json == []
