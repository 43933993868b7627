"""A desk that looks up the law: what holds for a case, what a rulebook says, what is wrong with one's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.terminal import Terminal, width

CASE = ("rulebook", "lookup", "--ground", "headcount", "--acted", "2025-08-10", "--decided", "2025-12-05")
PERSON = (*CASE, "--party", "individual")
COMPANY = (*CASE, "--party", "company")


def test_a_case_across_the_change_of_law_shows_both_laws_and_says_which_is_lighter(empty: Terminal) -> None:
    """Story (g): an act of August 2025, decided in December, headcount only."""
    person, company = (empty.asked(*case, "--format", "json").json for case in (PERSON, COMPANY))

    for found in (person, company):
        assert [(c["regime"], c["at_act"], c["at_decision"]) for c in found["candidates"]] == [
            ("R2", True, False),
            ("R3", False, True),
        ]
    assert [c["compared"]["most"] for c in person["candidates"]] == [50_000, 10_000]
    assert [c["compared"]["most"] for c in company["candidates"]] == [50_000, 100_000]
    assert (person["lighter"], company["lighter"]) == (["R3"], ["R2"])
    assert [r["name"] for r in company["remarks"]] == ["order_first"]


def test_it_is_said_in_sentences_and_the_officer_decides(empty: Terminal) -> None:
    english, chinese = empty.asked(*COMPANY), empty.asked(*COMPANY, "--lang", "zh")

    assert "Lighter: R2 (lower maximum)." in english.out
    assert "R3: a fine only when an order was not obeyed" in english.out
    assert english.lines[-1] == "The officer decides."
    assert "上海市住房租赁条例（2022）" in chinese.out
    assert "R2 处罚较轻" in chinese.out
    assert chinese.lines[-1] == "由承办人员依法裁量。"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_columns_line_up(empty: Terminal, lang: str) -> None:
    header, *rows = empty.asked(*COMPANY, "--lang", lang).lines[1:6]
    where = width(header.partition("现可适用" if lang == "zh" else "possible now")[0])

    assert len(rows) == 4
    for row in rows:
        assert any(width(row[:n]) == where and row[n - 1] == " " != row[n] for n in range(1, len(row)))


def test_a_csv_has_a_row_for_everything_that_is_threatened(empty: Terminal) -> None:
    rows = empty.asked(*PERSON, "--overdue", "--format", "csv").rows

    assert [(r["regime"], r["when"], r["possible now"], r["compared"]) for r in rows] == [
        ("R2", "at once", "no", ""),
        ("R2", "order overdue", "yes", "compared"),
        ("R3", "with the order", "no", ""),
        ("R3", "order refused", "yes", "lighter"),
    ]


def test_where_nothing_is_mapped_legal_review_is_asked(empty: Terminal) -> None:
    case = ("rulebook", "lookup", "--ground", "short_let", "--party", "company", "--acted", "2025-08-10")
    found = empty.asked(*case, "--format", "json").json

    assert (found["basis"], found["candidates"], found["lighter"]) == (False, [], [])
    assert empty.asked(*case).lines[-1] == "No mapped basis: ask legal review."


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        (("--ground", "noise"), "RW-OPTIONS"),
        (("--ground", ""), "RW-OPTIONS"),
        (("--party", "owner"), "RW-OPTIONS"),
        (("--acted", "10/08/2025"), "RW-DATE"),
        (("--acted", "2025-12-06"), "RW-OPTIONS"),
        (("--rulebook", "atlantis"), "RW-NO-RULEBOOK"),
    ],
    ids=lambda c: " ".join(c) if isinstance(c, tuple) else c,
)
def test_a_question_that_is_none_is_refused(empty: Terminal, changed: tuple[str, str], code: str) -> None:
    answer = empty(*PERSON, *changed)

    assert answer.code in (2, 4)
    assert answer.out == ""
    assert f"[{code}]" in answer.err


def test_what_a_rulebook_says_can_be_read(empty: Terminal) -> None:
    there = {r["rulebook"].partition("@")[0] for r in empty.asked("rulebook", "show", "--format", "csv").rows}
    assert there >= {"new_york", "pudong", "shanghai"}
    clocks = {r["clock"]: r for r in empty.asked("rulebook", "show", "shanghai", "--format", "csv").rows}
    assert clocks["on_site"]["length"] == "2 working days"
    assert clocks["monthly_report"]["origin"] == "沪房市场〔2025〕179号"

    whole = empty.asked("rulebook", "show", "pudong", "--format", "json").json
    assert whole["clocks"]["on_site"]["hours"] == 24
    assert set(whole["law"]["regimes"]) == {"R1", "R2", "R3", "R4"}
    assert whole["calendar"]["announced_through"] >= 2026


def test_a_rulebook_of_ones_own_is_checked_line_by_line_and_then_asked(
    empty: Terminal, tmp_path: Path
) -> None:
    # given a district's rulebook with a typing error
    file = tmp_path / "my_district.yaml"
    text = "extends: shanghai\nname: my_district\nclocks:\n  on_site: {working_days: null, hour: 12}\n"
    file.write_text(text, encoding="utf-8")

    # when it is checked, then the line is told
    checked = empty("rulebook", "check", str(file))
    assert checked.code == 2
    assert checked.lines[0].startswith(f"{file}:4: clocks.on_site.hour: ")

    # and when it is put right, it is good, and can be shown and asked
    file.write_text(text.replace("hour:", "hours:"), encoding="utf-8")
    assert empty.asked("rulebook", "check", str(file)).lines == [
        "my_district: 10 grounds, 12 clocks, 4 regimes, 18 warning rules with 66 tests. No complaints."
    ]
    rows = empty.asked("rulebook", "show", str(file), "--part", "clocks", "--format", "csv").rows
    assert {r["clock"]: r["length"] for r in rows}["on_site"] == "12 hours"
    assert empty.asked(*PERSON, "--rulebook", str(file), "--format", "json").json["lighter"] == ["R3"]


def test_nothing_of_it_makes_a_data_folder(empty: Terminal) -> None:
    empty.asked("rulebook", "show")
    empty.asked(*PERSON)

    assert empty("targets").code == 4
