"""Snapshots by the command: Toronto's first one, the broken one, and one that is confirmed."""

from __future__ import annotations

from tests.e2e.terminal import ROOT, Terminal

CITY = ROOT / "examples/data/toronto_rentsafe"
FIRST = CITY / "evaluations_2025-07-06_first_snapshot.csv.gz"
BROKEN = CITY / "bad_snapshot_2026-07-30_68b25aae.csv.gz"
MAPPING = ("--mapping", "toronto_evaluations")


def test_a_broken_snapshot_is_refused_with_its_numbers_in_both_languages(empty: Terminal) -> None:
    first = empty.asked("import", FIRST, *MAPPING, "--format", "json").json
    assert (first["rows"], first["events_added"]) == (3_697, 3_572 + 3_697 + 309)
    board = empty.asked("targets", "--area", "toronto/", "--as-of", "2025-07-06").out
    assert "counts buildings, not homes (proxy)" in board

    refused = empty("import", BROKEN, *MAPPING)
    assert (refused.code, "[RW-SNAPSHOT-MISSING]" in refused.err) == (2, True)
    assert "lacks 3,697 of the 3,697 rows" in refused.err
    assert "--confirm-missing" in refused.err
    assert "原有 3,697 行，现有 0 行，缺 3,697 行" in empty("import", BROKEN, *MAPPING, "--lang", "zh").err

    trial = empty.asked("import", BROKEN, *MAPPING, "--confirm-missing", "--dry-run", "--format", "json")
    assert trial.json["events_added"] > 3_690
    assert len(empty.asked("imports", "--format", "json").json) == 1


def test_a_snapshot_needs_to_be_dated(empty: Terminal) -> None:
    answer = empty("import", CITY / "evaluations.csv.gz", *MAPPING)

    assert (answer.code, "[RW-SNAPSHOT-AT]" in answer.err) == (2, True)
    assert empty("import", CITY / "evaluations.csv.gz", *MAPPING, "--snapshot-at", "soon").code == 2
