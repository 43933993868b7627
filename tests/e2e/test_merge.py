"""`merge`, `split`, `area reassign` at the terminal: shown first, done with --yes, undone again."""

from __future__ import annotations

from typing import Any

from tests.e2e.terminal import Terminal

MERGE = "00000000-0000-4000-8000-0000000000aa"
PATROL = "00000000-0000-4000-8000-0000000000bb"


def two_files(terminal: Terminal) -> None:
    for label in ("12号302", "12号302室"):
        terminal.asked("record", "registration", label, "area=pudong/weifang/e-17/", "--rulebook", "pudong")
    terminal.asked("record", "patrol", "12号302", "seen=suspicious", "--record-id", PATROL)


def files(terminal: Terminal) -> list[tuple[str, str]]:
    rows = terminal.asked("list", "--area", "pudong/", "--format", "csv").rows
    return [(row["label"], row["area"]) for row in rows]


def merges(terminal: Terminal, *more: str) -> Any:
    words = ("--into", "12号302室", "--reason", "one home", "--record-id", MERGE)
    return terminal.asked("merge", "12号302", *words, *more, "--format", "json").json


def test_a_merge_is_shown_done_once_and_undone(own: Terminal) -> None:
    two_files(own)
    shown = merges(own)
    assert shown["done"] is False
    assert [(f["facts_before"], f["facts"]) for f in shown["files"]] == [(2, 0), (1, 3)]
    assert len(files(own)) == 2

    assert merges(own, "--yes")["done"]
    assert [home for home, _ in files(own)] == ["12号302室"]
    assert own.asked("duplicates", "--area", "pudong/", "--format", "json").json == []
    closed = shown["files"][0]["stream"]
    assert "RW-FILE-CLOSED" in own("merge", closed, "--into", "12号302室", "--reason", "again", "--yes").err

    own.asked("merge", closed, "--undo", MERGE, "--reason", "two homes", "--yes")
    assert [home for home, _ in files(own)] == ["12号302", "12号302室"]
    assert own.asked("duplicates", "--area", "pudong/", "--format", "json").json != []
    assert own.asked("verify").code == 0


def test_records_go_to_a_file_of_their_own(own: Terminal) -> None:
    two_files(own)
    words = ("--to", "12-303", "--label", "12号303室", "--records", PATROL, "--reason", "two homes", "--yes")
    told = own.asked("split", "12号302", *words, "--format", "json").json
    assert [(f["facts_before"], f["facts"]) for f in told["files"]] == [(2, 1), (0, 2)]
    assert [home for home, _ in files(own)] == ["12号302", "12号302室", "12号303室"]
    assert own.asked("verify").code == 0


def test_a_boundary_moves_once(own: Terminal) -> None:
    two_files(own)
    words = (
        "--from",
        "pudong/weifang/",
        "--to",
        "pudong/tangqiao/",
        "--decree",
        "2026-41",
        "--format",
        "json",
    )
    assert own.asked("area", "reassign", *words, "--dry-run").json["homes"] == 2
    assert own.asked("area", "reassign", *words).json["homes"] == 2
    assert {area for _, area in files(own)} == {"pudong/tangqiao/e-17/"}
    assert own.asked("area", "reassign", *words).json["homes"] == 0
