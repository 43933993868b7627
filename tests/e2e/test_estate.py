"""`rentalwatch estate`: a property manager's month, at the terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.terminal import Terminal, environment

ESTATE = "Jinqiao Estate"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    """An estate whose manager reported on March and not on April, and a lead that nobody located."""
    terminal = Terminal(tmp_path_factory.mktemp("office"))
    return told(terminal)


def told(terminal: Terminal) -> Terminal:
    rows = [
        ("estate", "", f'"label": "{ESTATE}", "area": "sh/e7/", "households": 1240'),
        ("manager", "2026-01-01", '"party": "M-03"'),
        ("rectified_list", "2026-03-05", '"month": "2026-03"'),
        ("monthly_report", "2026-04-08", '"month": "2026-03", "result": "zero"'),
        ("monthly_report", "2026-04-10", '"month": "2026-06", "result": "zero"'),
        ("lead", "2026-05-02", '"channel": "12345", "ticket": "T-1", "building": "12", "due": "2026-05-04"'),
        ("estate_figures", "2026-02-02", '"month": "2025-12", "complaints": 20, "police_calls": 0'),
        ("estate_figures", "2026-05-02", '"month": "2026-04", "complaints": 2, "police_calls": 3'),
    ]
    lines = [
        f'{{"key": "{n}", "kind": "{kind}", "estate": "{ESTATE}", "on": "{on}", {rest}}}'
        for n, (kind, on, rest) in enumerate(rows)
    ]
    (terminal.folder / "records.ndjson").write_text("\n".join(lines), encoding="utf-8")
    terminal.asked("import", "records.ndjson", "--mapping", "records")
    return terminal


def test_the_list_says_what_is_missing_and_what_waits(office: Terminal) -> None:
    (row,) = office.asked("estate", "list", "--as-of", "2026-05-31", "--format", "csv").rows
    assert row == {
        "estate": ESTATE, "area": "sh/e7/", "households": "1240", "manager": "M-03", "reports_missing": "1",
        "leads_waiting": "1",
    }  # fmt: skip
    before = office.asked("estate", "list", "--as-of", "2026-05-01", "--format", "json").json
    assert [(e["reports_missing"], e["leads_waiting"]) for e in before] == [(0, 0)]
    assert office.asked("estate", "list", "--area", "ny").out == "No estate is known there then.\n"


def test_one_estate_shows_its_month(office: Terminal) -> None:
    shown = office.asked("estate", "show", ESTATE, "--as-of", "2026-05-31").out
    assert "managed by M-03 · 1,240 households" in shown
    for line in ("2026-04", "12345/T-1", "nothing found", "reported on a month before its end (practice)"):
        assert line in shown
    value = office.asked("estate", "show", ESTATE, "--as-of", "2026-05-31", "--format", "json").json
    assert [(m["month"], m["liable"], m["days_over"]) for m in value["missing"]] == [("2026-04", "M-03", 21)]
    assert [r["month"] for r in value["reports"]] == ["2026-03"]
    assert [i["code"] for i in value["irregular"]] == ["report-before-month-end"]
    leads = office.asked("estate", "show", ESTATE, "--part", "leads", "--format", "csv").rows
    assert [(lead["lead"], lead["due"], lead["state"]) for lead in leads] == [
        ("12345/T-1", "2026-05-04", "reported")
    ]


def test_in_chinese_it_is_said_as_an_official_would(office: Terminal) -> None:
    shown = office.asked("estate", "show", ESTATE, "--as-of", "2026-05-31", "--lang", "zh").out
    for line in ("在管物业 M-03", "缺报月报", "零报告", "当月未满即报送月报"):
        assert line in shown


def test_figures_against_the_time_before(office: Terminal) -> None:
    asked = ("estate", "figures", ESTATE, "--baseline", "2025-01..2025-12")
    rows = office.asked(*asked, "--format", "csv").rows
    assert [(r["figure"], r["month_before"], r["month_now"], r["change_percent"]) for r in rows] == [
        ("complaints", "20.0", "2.0", "-90.0"), ("police_calls", "0.0", "3.0", ""),
    ]  # fmt: skip
    assert "n/a" in office.asked(*asked).out
    monthly = office.asked("estate", "figures", "--format", "csv").rows
    assert [(r["month"], r["complaints"]) for r in monthly] == [("2025-12", "20"), ("2026-04", "2")]
    wrong = office("estate", "figures", "--baseline", "2025")
    assert (wrong.code, "[RW-OPTIONS]" in wrong.err) == (2, True)


def test_chasing_records_each_missing_report_once(tmp_path: Path) -> None:
    office = told(Terminal(tmp_path, environment()))
    dry = office.asked("estate", "chase", "--dry-run", "--format", "json").json
    missing = office.asked("estate", "show", ESTATE, "--format", "json").json["missing"]
    assert (dry["recorded"], len(dry["chased"])) == (False, len(missing))
    assert missing[0]["month"] == "2026-04"
    first = office.asked("estate", "chase", "--officer", "PD-7", "--format", "json").json
    assert [c["month"] for c in first["chased"]] == [m["month"] for m in missing]
    again = office.asked("estate", "chase")
    assert again.out == "No report is missing that was not asked for.\n"
    after = office.asked("estate", "show", ESTATE, "--format", "json").json["missing"]
    assert all(m["chased_at"] for m in after), "asked for, and missing still"
    office.asked("verify")


def test_an_estate_that_is_not_there(office: Terminal) -> None:
    answer = office("estate", "show", "Nowhere")
    assert (answer.code, "[RW-NO-SUBJECT]" in answer.err) == (4, True)


def test_a_figure_beside_the_targets_leads_to_the_estate(office: Terminal) -> None:
    asked = ("targets", "--as-of", "2026-05-31", "--list")
    (row,) = office.asked(*asked, "reports_missing", "--format", "csv").rows
    assert (row["label"], row["months"], row["due"], row["manager"]) == (
        ESTATE,
        "2026-04",
        "2026-05-10",
        "M-03",
    )
    shown = office.asked(*asked, "leads_unlocated").out
    assert f'rentalwatch estate show "{ESTATE}" shows one of them whole.' in shown
