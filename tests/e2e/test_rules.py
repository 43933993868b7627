"""`rentalwatch rules`: which rules there are, and how good they were."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.terminal import Terminal

AREA = "sh/pudong/e7/"


@pytest.fixture
def office(tmp_path: Path) -> Terminal:
    """Three homes of which a rule was suspicious: one confirmed, one false, one not looked at."""
    terminal = Terminal(tmp_path)
    rows = []
    for home in ("a", "b", "c"):
        rows.append(
            {"kind": "registration", "dwelling": home, "label": home, "area": AREA, "on": "2025-01-01"}
        )
        rows.append(
            {"kind": "alert", "dwelling": home, "at": "2026-02-01T08:00", "rule": "cards_to_rooms",
             "rule_version": "0123456789ab", "due": "2026-02-02"}
        )  # fmt: skip
    rows += [
        {
            "kind": "inspection",
            "dwelling": home,
            "at": "2026-02-03T08:00",
            "inspection_id": home,
            "access": "full",
        }
        for home in ("a", "b")
    ]
    rows.append(
        {"kind": "confirmation", "dwelling": "a", "at": "2026-02-03T08:00", "inspection_id": "a",
         "findings": ["partition/1"]}
    )  # fmt: skip
    text = "\n".join(json.dumps({"key": str(n), **row}) for n, row in enumerate(rows))
    (terminal.folder / "records.ndjson").write_text(text, encoding="utf-8")
    terminal.asked("import", "records.ndjson", "--mapping", "records")
    return terminal


def test_how_good_a_rule_was_is_told_in_every_format_and_language(office: Terminal) -> None:
    asked = ("rules", "precision", "--from", "2026-01-01", "--as-of", "2026-03-31")

    (told,) = office.asked(*asked, "--format", "json").json
    assert (told["rule"], told["version"], told["raised"]) == ("cards_to_rooms", "0123456789ab", 3)
    assert (told["confirmed_by_inspection"], told["false"], told["open"]) == (1, 1, 1)
    assert (told["precision"], told["median_days"]) == (0.5, 2.0)
    (row,) = office.asked(*asked, "--format", "csv").rows
    assert (row["precision"], row["interval_low"][:4], row["interval_high"][:4]) == ("0.5", "0.09", "0.90")
    assert "50%" in office.asked(*asked).out
    assert "准确率" in office.asked(*asked, "--lang", "zh").out
    assert office.asked(*asked, "--rule", "silence").lines == ["No rule raised an alert in that time."]


def test_the_rules_of_a_rulebook_are_told_with_their_versions(office: Terminal) -> None:
    told = {r["rule"]: r for r in office.asked("rules", "list", "shanghai", "--format", "json").json}

    assert told["cards_to_rooms"]["fires_where"] == "distinct_cards_7d > 2 × rooms"
    assert all(len(r["version"]) == 12 for r in told.values())
    assert told["back_in_passes"]["raises"] == "a relapse alert"
    assert "combined" in told
    assert "返潮预警" in office.asked("rules", "list", "pudong", "--lang", "zh").out
    assert office.asked("rules", "list", "new_york").lines[-1].startswith("No warning rules")

    office.asked("rulebook", "adopt", "shanghai", "--from", "2026-01-01")
    adopted = office.asked("rules", "list", "shanghai", "--adopted", "--format", "csv").rows
    assert [r["version"] for r in adopted] == [r["version"] for r in told.values()]
