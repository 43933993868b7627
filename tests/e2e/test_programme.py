"""`rentalwatch programme`: from a baseline to figures that are handed upward and restated."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.e2e.terminal import Terminal

NAME = "Three zeros"
HOMES = """kind,dwelling,key,on,label,area,findings,basis
registration,A,1,,A,sh/a/,,
registration,B,2,,B,sh/a/,,
registration,C,3,,C,sh/a/,,
confirmation,A,4,2026-01-05,,,partition/1,source
confirmation,B,5,2026-01-06,,,partition/1,source
verification,A,6,2026-01-09,,,partition/1,on_site
"""


@pytest.fixture
def office(empty: Terminal, tmp_path: Path) -> Terminal:
    """Three homes, two of them confirmed in January, and a programme with that baseline."""
    file = tmp_path / "homes.csv"
    file.write_text(HOMES, encoding="utf-8")
    empty.asked("import", file, "--mapping", "records")
    empty.asked("programme", "start", NAME, "--area", "sh/", "--baseline", "2026-01-01",
                "--goal", "relapses<=0", "--goal", "confirmed_first<=0")  # fmt: skip
    return empty


def shown(terminal: Terminal, *options: object) -> Any:
    return terminal.asked("programme", "show", NAME, *options, "--format", "json").json


def refused(terminal: Terminal, *args: object) -> str:
    """What a command says that must not succeed."""
    answer = terminal(*args)
    assert answer.code, answer
    return answer.err


def test_goals_are_met_not_met_or_nothing_to_count(office: Terminal) -> None:
    goals = {g["figure"]: (g["value"], g["met"]) for g in shown(office, "--as-of", "2026-01-31")["goals"]}
    assert goals == {"confirmed_first": (2, False), "relapses": (0, True)}
    early = {g["figure"]: (g["value"], g["met"]) for g in shown(office, "--as-of", "2026-01-08")["goals"]}
    assert early == {"confirmed_first": (2, False), "relapses": (None, None)}


def test_a_roll_is_frozen_once_and_then_amended_by_two(office: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "roll.txt"
    file.write_text("# stock as of the new year\nA\n\nB\n", encoding="utf-8")
    office.asked("programme", "roll", NAME, file, "--roll", "stock", "--on", "2026-01-02")
    again = refused(office, "programme", "roll", NAME, file, "--roll", "stock")
    office.asked("programme", "amend", NAME, "--add", "C", "--reason", "left out", "--second", "310115-2",
                 "--officer", "310115-1", "--on", "2026-01-20")  # fmt: skip
    alone = office.asked(
        "programme", "amend", NAME, "--remove", "B", "--reason", "moved", "--second", "310115-2"
    )

    assert "RW-ROLL-FROZEN" in again
    assert "irregular" in alone.out
    (roll,) = shown(office)["rolls"]
    assert (roll["roll"], roll["parts"], roll["homes"]) == ("stock", 1, 2)
    assert [i["code"] for i in shown(office)["irregular"]] == ["amended-by-one"]
    amended = office.asked("targets", "--programme", NAME, "--list", "roll_amended", "--format", "json").json
    assert [(r["label"], r["change"], r["second"]) for r in amended] == [
        ("B", -1, "310115-2"),
        ("C", 1, "310115-2"),
    ]


def test_homes_that_nobody_knows_make_no_roll(office: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "roll.txt"
    file.write_text("A\nNowhere 7\n", encoding="utf-8")
    assert "Nowhere 7" in refused(office, "programme", "roll", NAME, file)
    assert shown(office)["rolls"] == []


def test_a_roll_from_the_homes_behind_a_figure_in_as_many_parts_as_it_needs(
    office: Terminal, tmp_path: Path
) -> None:
    rows = "".join(f"registration,H{n},r{n},,H{n},sh/a/\n" for n in range(1_203))
    file = tmp_path / "more.csv"
    file.write_text("kind,dwelling,key,on,label,area\n" + rows, encoding="utf-8")
    office.asked("import", file, "--mapping", "records")
    office.asked("programme", "roll", NAME, "--roll", "screening", "--from-figure", "known")

    (roll,) = shown(office)["rolls"]
    assert (roll["parts"], roll["parts_in"], roll["homes"]) == (3, 3, 1_206)
    assert roll["frozen_at"]
    beside = office.asked("targets", "--programme", NAME, "--format", "json").json["beside"]
    assert (beside["screening_due"], beside["unscreened"]) == (1_206, 1_206)


def test_a_report_of_last_month_entered_today(office: Terminal, tmp_path: Path) -> None:
    """Story (j): the figure known then stays, the one known now changes, and the difference is listed."""
    office.asked("programme", "report", NAME, "--figure", "relapses", "--as-of", "2026-01-31",
                 "--to", "district office")  # fmt: skip
    (before,) = shown(office)["reported"]
    late = tmp_path / "late.csv"
    late.write_text("kind,dwelling,key,on,findings,basis\nconfirmation,A,7,2026-01-20,partition/1,source\n")
    office.asked("import", late, "--mapping", "records")
    (after,) = shown(office)["reported"]
    known_then = ("targets", "--programme", NAME, "--as-of", "2026-01-31", "--known-at", after["known_at"])

    assert (before["value"], before["now"], before["came"]) == (0, 0, [])
    assert (after["value"], after["now"]) == (0, 1)
    assert [row["label"] for row in after["came"]] == ["A"]
    assert office.asked(*known_then, "--format", "json").json["zero_relapse"]["relapses"] == 0
    out = office.asked("programme", "show", NAME).out
    assert "  + A" in out
    assert "district office" in out


def test_programmes_are_listed_and_closed(office: Terminal) -> None:
    office.asked("programme", "close", NAME, "--reason", "term ended", "--on", "2026-12-31")
    (row,) = office.asked("programme", "list", "--format", "json").json
    assert (row["label"], row["baseline"], row["closed_on"]) == (NAME, "2026-01-01", "2026-12-31")
    assert NAME in office.asked("programme", "list", "--lang", "zh").out
    assert "基准日" in office.asked("programme", "show", NAME, "--lang", "zh").out


def test_an_area_outside_the_programme_is_refused(office: Terminal) -> None:
    assert "RW-OPTIONS" in refused(office, "targets", "--programme", NAME, "--area", "bj/")
    assert "RW-FIGURE" in refused(office, "programme", "report", NAME, "--figure", "happiness")
    assert "RW-OPTIONS" in refused(
        office, "programme", "start", "X", "--baseline", "2026-01-01", "--goal", "joy<=0"
    )
