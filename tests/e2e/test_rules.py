"""`rentalwatch rules`: which rules there are, and how good they were."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.terminal import Terminal
from tests.integration.early_warning.watched_estate import DAY, MONDAY, Pass, busy_weeks, passes, registered

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


RULE = """\
rules:
  much_water:
    title: much water
    title_zh: 用水多
    when: day_closed
    all: [{feature: water_to_peers, more_than: 1.5}]
    score: 0.5
    origin: test
    tests:
      - {given: {water_to_peers: 2}, alert: true}
      - {given: {water_to_peers: 1}, alert: false}
"""


@pytest.fixture(scope="module")
def warned(tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    """A folder with an estate, and weeks of passes of its gates."""
    folder = registered(tmp_path_factory.mktemp("warned") / "rentalwatch-data")
    terminal = Terminal(folder.parent)
    sent = [passes(busy_weeks(7)), passes([Pass(5, MONDAY + 26 * DAY, 0)])]
    (folder.parent / "s.ndjson").write_bytes(b"\n".join(sent) + b"\n")
    terminal.asked("signals", "ingest", "s.ndjson")
    return terminal


def test_a_rule_is_tried_on_kept_days_before_it_goes_live(warned: Terminal) -> None:
    (warned.folder / "rule.yaml").write_text(RULE, encoding="utf-8")
    asked = ("rules", "backtest", "--from", "2026-01-05", "--to", "2026-01-20")

    told = warned.asked(*asked, "--rule", "shanghai", "--format", "json").json
    by_rule = {row["rule"]: row for row in told["rules"]}
    assert told["homes"] == 6
    assert by_rule["cards_to_rooms"]["visits"] >= 1
    assert by_rule["cards_to_rooms"]["unlooked"] == by_rule["cards_to_rooms"]["visits"]
    assert {v["rule"] for v in told["visits"]} == set(by_rule) - {""}
    assert "cards_to_rooms" in warned.asked(*asked, "--rule", "shanghai", "--lang", "zh").out
    rows = warned.asked(*asked, "--rule", "shanghai", "--format", "csv").rows
    assert [row["rule"] for row in rows] == [row["rule"] for row in told["rules"]]
    quiet = warned.asked(*asked, "--rule", "rule.yaml")
    assert quiet.lines[-1] == "No rule would have raised an alert."


def test_a_rule_that_fails_its_own_test_is_not_tried(warned: Terminal) -> None:
    (warned.folder / "wrong.yaml").write_text(RULE.replace("water_to_peers: 2", "water_to_peers: 1"), "utf-8")

    refused = warned(
        "rules", "backtest", "--rule", "wrong.yaml", "--from", "2026-01-05", "--to", "2026-01-20"
    )

    assert refused.code == 2
    assert "line 10" in refused.err
    assert "RW-RULEBOOK" in refused.err
    swapped = warned("rules", "backtest", "--rule", "shanghai", "--from", "2026-01-20", "--to", "2026-01-05")
    assert (swapped.code, "RW-OPTIONS" in swapped.err) == (2, True)


def test_an_alert_is_explained_by_the_threshold_and_the_figures_of_its_day(warned: Terminal) -> None:
    alert = warned.asked("alerts", "list", "--format", "json").json[0]

    told = warned.asked("rules", "explain", alert["alert"], "--format", "json").json

    assert told["rule"] == "same_card_often"
    assert told["reasons"] == [
        "days running on which one card passed more than 10 times: 3 days, at least 3 days"
    ]
    assert told["figures"]["often_run"] == 3
    shown = warned.asked("rules", "explain", alert["alert"][:8], "--lang", "zh").out
    assert "单卡每日通行超过 10 次连续：3 天，不低于 3 天" in shown
    assert told["day"] in shown
    assert "complaints_30d" in told["figures"]
    outside = warned.asked("rules", "explain", alert["alert"], "--role", "manager", "--format", "json").json
    assert "complaints_30d" not in outside["figures"]
