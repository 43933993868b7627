"""`signals ingest`, `signals context`, `signals tallies`: as a district's technician types them."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

from tests.e2e.terminal import Terminal, finished
from tests.integration.early_warning.watched_estate import (
    DAY,
    ESTATE,
    HOUR,
    MONDAY,
    Pass,
    copied,
    passes,
    registered,
)

CARDS_ALONE = """\
extends: shanghai
name: mine
scope: sh/pudong/
warning: {rules: {cards_to_rooms: {alone: true}}}
"""
"""A district in which many cards by themselves raise an alert, on the first day."""

LONG = 2_000
"""Records: enough that Ctrl-C lies in their midst."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return registered(tmp_path_factory.mktemp("signals") / "data")


@pytest.fixture
def terminal(empty: Terminal, made: Path) -> Terminal:
    copied(made, empty.data)
    return empty


def file_of(tmp_path: Path) -> str:
    """A card that passes eleven times on each of three days, and a line that is none."""
    often = [[Pass(0, MONDAY + d * DAY + n * HOUR, 1) for n in range(11)] for d in range(3)]
    path = tmp_path / "readings.ndjson"
    path.write_bytes(b"\n".join([*map(passes, often), b"nonsense"]) + b"\n")
    return str(path)


def test_readings_become_alerts_that_are_listed(terminal: Terminal, tmp_path: Path) -> None:
    told = terminal.asked("signals", "ingest", file_of(tmp_path), "--format", "json").json
    assert (told["records"], told["alerts"], told["broken_off"]) == (4, 1, False)
    (alert,) = terminal.asked("alerts", "list", "--format", "json").json
    assert alert["rule"] == "same_card_often"
    again = terminal.asked("signals", "ingest", file_of(tmp_path))
    assert "0 records taken in, 0 alerts raised" in again.out
    assert "taken in before" in again.err


def test_what_became_of_readings_is_told_in_both_languages(terminal: Terminal, tmp_path: Path) -> None:
    terminal.asked("signals", "ingest", file_of(tmp_path))
    rows = terminal.asked("signals", "tallies", "--format", "csv").rows
    assert [(r["estate"], r["kind"], r["treatment"], r["readings"]) for r in rows] == [
        ("", "unknown", "not_json", "1"),
        (ESTATE, "context", "taken", "1"),
        (ESTATE, "gate_pass", "taken", "33"),
    ]
    refused = terminal.asked("signals", "tallies", "--refused").out
    assert "no JSON object" in refused
    assert "gate passes" not in refused
    assert "不是 JSON 对象" in terminal.asked("signals", "tallies", "--refused", "--lang", "zh").out
    assert "No readings" in terminal.asked("signals", "tallies", "--estate", "estate:other").out


def test_context_is_shown_where_it_changed_since_it_was_handed_on(terminal: Terminal, tmp_path: Path) -> None:
    (before,) = terminal.asked("signals", "context", "--format", "json").json
    assert before["estate"] == ESTATE
    terminal.asked("signals", "ingest", file_of(tmp_path))
    # the alerts that were raised are no context of their own
    assert terminal.asked("signals", "context", "--format", "json").json == []
    refused = terminal("signals", "context", "--publish")
    assert refused.code == 2
    assert "RW-OPTIONS" in refused.err


def test_a_file_that_is_not_there_is_said(terminal: Terminal) -> None:
    refused = terminal("signals", "ingest", "nowhere.ndjson")
    assert refused.code == 4
    assert "RW-NO-FILE" in refused.err


def test_broken_off_by_ctrl_c_it_goes_on_and_comes_to_the_same(terminal: Terminal, tmp_path: Path) -> None:
    records = [passes([Pass(1, MONDAY + n * 40, n % 9) for n in range(200)])] * LONG
    path = tmp_path / "long.ndjson"
    path.write_bytes(b"\n".join(records) + b"\n")
    (terminal.folder / "mine.yaml").write_text(CARDS_ALONE, encoding="utf-8")
    terminal.asked("rulebook", "adopt", "mine.yaml")
    begun = terminal.start("signals", "ingest", path)
    while not (terminal.data / "signals.sqlite").exists() and begun.poll() is None:
        time.sleep(0.01)
    begun.send_signal(signal.SIGINT)
    stopped = finished(begun)
    assert stopped.code in (0, 130)  # on a quick machine it is done by then
    terminal.asked("signals", "ingest", path)
    assert len(terminal.asked("alerts", "list", "--format", "json").json) == 1
    rows = terminal.asked("signals", "tallies", "--estate", ESTATE, "--format", "csv").rows
    counted = {r["treatment"]: int(r["readings"]) for r in rows if r["kind"] == "gate_pass"}
    assert counted == {"taken": 200 * LONG, "duplicate": 200 * (LONG - 1)}


def test_whoever_is_asked_because_of_readings_is_told_and_what_was_overdue_goes_on(
    terminal: Terminal, tmp_path: Path
) -> None:
    terminal.asked("signals", "ingest", file_of(tmp_path))
    (alert,) = terminal.asked("alerts", "list", "--format", "json").json
    assert alert["level"] == "manager", "whoever is asked anew has the time that is theirs"
    # told already: a timer finds that the manager did not answer, and nothing else to tell
    done = terminal.asked("alerts", "tend", "--at", alert["due"], "--format", "json").json
    assert done == {"raised": 0, "escalated": 0, "told": 0}
    terminal.asked("signals", "ingest", file_of(tmp_path))
    (later,) = terminal.asked("alerts", "list", "--format", "json").json
    assert later["level"] == "neighbourhood"
