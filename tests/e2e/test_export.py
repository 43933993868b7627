"""Records out of one ledger and into another, at the terminal."""

from __future__ import annotations

import csv
from pathlib import Path

from tests.e2e.terminal import Terminal


def board(terminal: Terminal, data: str) -> object:
    shown = terminal.asked("--data", data, "targets", "--as-of", "2026-03-24", "--format", "json").json
    return {name: value for name, value in shown.items() if name != "known_at"}


def test_an_empty_ledger_shows_the_board_of_the_first(own: Terminal) -> None:
    said = own.asked("export", "--output", "records.csv.gz").out
    own.asked("--data", "other", "import", "records.csv.gz")

    assert "60" in said
    assert board(own, "other") == board(own, "rentalwatch-data")


def test_a_file_that_is_there_stays_unless_it_is_forced(sixty: Terminal, tmp_path: Path) -> None:
    there = tmp_path / "records.ndjson"
    there.write_text("mine")

    refused = sixty("export", "--output", there)
    assert (refused.code, there.read_text()) == (5, "mine")
    assert "RW-OUTPUT" in refused.err

    sixty.asked("export", "--output", there, "--force")
    assert there.read_text().startswith('{"kind": "registration"')


def test_only_the_kinds_the_area_and_the_days_asked_for_are_written(sixty: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "notices.csv"
    sixty.asked(
        "export", "--output", file, "--kind", "notice", "--from", "2015-01-01", "--as-of", "2019-12-31"
    )

    with file.open(encoding="utf-8", newline="") as f:
        rows = list(csv.DictReader(f))
    assert rows
    assert {row["kind"] for row in rows} == {"notice"}
    assert all("2015-01-01" <= row["on"] <= "2019-12-31" for row in rows)
    nobody = tmp_path / "nobody.ndjson"
    sixty.asked("export", "--output", nobody, "--area", "nyc/queens")
    assert nobody.read_text() == ""


def test_what_is_no_form_and_no_kind_is_refused_in_words(sixty: Terminal, tmp_path: Path) -> None:
    for wrong in (["--output", tmp_path / "a.json"], ["--output", tmp_path / "a.xlsx.gz"],
                  ["--output", tmp_path / "a.csv", "--kind", "notices"]):  # fmt: skip
        answer = sixty("export", *wrong)
        assert answer.code == 2
        assert "RW-OPTIONS" in answer.err
    assert list(tmp_path.iterdir()) == []
