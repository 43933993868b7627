"""检查记录: an office writes an empty sheet, fills it in, imports it, corrects what was refused, imports
that; the ledger says what the office said and no more."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from rentalwatch.domain import events as ev
from rentalwatch.errors import InvalidInputError
from rentalwatch.importers.mapping import load
from rentalwatch.importers.report_files import begin_report
from rentalwatch.importers.run import Rejected, Tally, plan, run
from rentalwatch.importers.spreadsheet.template import write_template
from rentalwatch.ledger.audit import audit
from rentalwatch.ledger.codec import decode
from rentalwatch.ledger.folder import open_ledger

NOW = datetime(2026, 12, 1, tzinfo=UTC)
GIVEN = {"小区": "estate-7", "区域": "pudong/jinyang"}
DAY = date(2026, 11, 3)
FOUND = {"楼号": "12", "室号": "302", "检查日期": DAY, "检查类别": "初查", "检查人编号": "10023;10047",
         "是否进入": "是", "情况代码": "1 隔断"}  # fmt: skip


def filled(path: Path, *rows: dict[str, Any]) -> Path:
    """The office's own template with these rows typed in."""
    mapping, _ = load("检查记录")
    write_template(mapping, path)
    book = load_workbook(path)
    sheet: Any = book["检查记录"]
    place = {cell.value: cell.column for cell in sheet[1]}
    for number, row in enumerate(rows, start=2):
        for name, value in row.items():
            sheet.cell(number, place[name], value)
    book.save(path)
    return path


class Taken:
    """What an import stored and what it refused."""

    def __init__(self, folder: Path, file: Path, given: dict[str, str] | None = None) -> None:
        refused: list[Rejected] = []
        planned = plan(file, "检查记录", NOW, given=GIVEN if given is None else given)
        with open_ledger(folder, create=True) as ledger:
            _, self.tally = run(ledger, planned, on_progress=_nothing, on_rejected=refused.append)
            self.events = [decode(e.type_name, e.state) for e in ledger.recorder.read_recorded(0, 10_000)]
            assert not list(audit(ledger))
        self.codes = [(r.number, r.error.code, r.error.column) for r in refused]
        self.report: Path | None = None
        if refused:
            report = begin_report(folder / "rejected", file.stem, planned)
            for r in refused:
                report.add(r)
            report.close()
            self.report = report.path

    def one(self, kind: type[ev.Event]) -> Any:
        (found,) = [e for e in self.events if isinstance(e, kind)]
        return found

    @property
    def kinds(self) -> set[str]:
        return {type(e).__name__ for e in self.events} - {"DwellingRegistered"}


def _nothing(_: Tally) -> None:
    pass


def taken(tmp_path: Path, *rows: dict[str, Any]) -> Taken:
    return Taken(tmp_path / "data", filled(tmp_path / "检查记录.xlsx", *rows))


def test_a_home_is_registered_as_the_office_calls_it(tmp_path: Path) -> None:
    home = taken(tmp_path, FOUND).one(ev.DwellingRegistered)
    assert (home.label, home.area, home.keys) == (
        "12号302室",
        "pudong/jinyang/estate-7/",
        ("estate-7/12-302",),
    )


def test_a_home_in_the_book_keeps_its_name_and_gets_what_was_found(tmp_path: Path) -> None:
    """Another source registered it before, under the same key."""
    line = '{"key": "h", "kind": "registration", "dwelling": "estate-7/12-302", "label": "金杨路12号302室"}\n'
    (tmp_path / "homes.ndjson").write_text(line)
    with open_ledger(tmp_path / "data", create=True) as ledger:
        run(ledger, plan(tmp_path / "homes.ndjson", "records", NOW), on_progress=_nothing, on_rejected=print)
    went = taken(tmp_path, FOUND)
    assert went.one(ev.DwellingRegistered).label == "金杨路12号302室"
    assert went.kinds == {"InspectionRecorded", "ViolationConfirmed"}


def test_what_was_found_in_one_inspection(tmp_path: Path) -> None:
    counted = FOUND | {"房间数": 4, "床位数": 8, "居住人数": 10}
    went = taken(tmp_path, counted, counted | {"情况代码": "3 人数超限"})
    inspection = went.one(ev.InspectionRecorded)
    assert (inspection.access, inspection.purpose, inspection.officers) == (
        "full",
        "first",
        ("10023", "10047"),
    )
    assert (inspection.rooms_found, inspection.beds_found, inspection.persons_found) == (4, 8, 10)
    confirmed = [e for e in went.events if isinstance(e, ev.ViolationConfirmed)]
    assert [e.findings[0].ground for e in confirmed] == ["partition", "headcount"]
    assert {e.inspection_id for e in confirmed} == {inspection.inspection_id}


@pytest.mark.parametrize(
    ("said", "kinds"),
    [
        ({"情况代码": "0 未发现群租"}, {"InspectionRecorded"}),
        ({"整改情况": "已责令整改"}, {"InspectionRecorded", "ViolationConfirmed", "NoticeServed"}),
        ({"整改情况": "当场整改"}, {"InspectionRecorded", "ViolationConfirmed", "RectificationVerified"}),
        ({"检查类别": "复查", "整改情况": "复查合格"}, {"InspectionRecorded", "RectificationVerified"}),
        ({"检查类别": "复查", "整改情况": "复查不合格"}, {"InspectionRecorded", "RectificationRejected"}),
        ({"是否进入": "未上门", "整改情况": "自报已整改"}, {"RectificationClaimed"}),
        ({"是否进入": "否（拒绝）", "情况代码": None}, {"VisitAttempted"}),
    ],
)
def test_a_row_becomes_what_it_says_and_no_more(
    tmp_path: Path, said: dict[str, Any], kinds: set[str]
) -> None:
    went = taken(tmp_path, FOUND | said)
    assert not went.codes
    assert went.kinds == kinds


@pytest.mark.parametrize(
    ("said", "code", "column"),
    [
        ({"检查人编号": "张三"}, "RW-PATTERN", "检查人编号"),
        ({"检查人编号": "13812345678"}, "RW-PATTERN", "检查人编号"),
        ({"楼号": "12号"}, "RW-PATTERN", "楼号"),
        ({"情况代码": None}, "RW-CONTRADICTION", "情况代码"),
        ({"情况代码": "隔断"}, "RW-VALUE-UNKNOWN", "情况代码"),
        ({"是否进入": "否"}, "RW-CONTRADICTION", "情况代码"),
        ({"是否进入": "部分", "整改情况": "复查合格"}, "RW-CONTRADICTION", "整改情况"),
        ({"整改情况": "复查合格"}, "RW-CONTRADICTION", "检查类别"),
        ({"整改情况": "自报已整改"}, "RW-CONTRADICTION", "整改情况"),
        ({"是否进入": "未上门"}, "RW-CONTRADICTION", "是否进入"),
        ({"检查日期": "2026.11.31"}, "RW-DATE", "检查日期"),
        ({"检查日期": date(2027, 3, 1)}, "RW-DATE-RANGE", "on"),
        ({"床位数": "八"}, "RW-NUMBER", "床位数"),
        ({"床位数": -1}, "RW-FIELD", "beds_found"),
        ({"检查日期": None}, "RW-BLANK", "检查日期"),
    ],
)
def test_a_row_that_cannot_be_is_refused_whole(
    tmp_path: Path, said: dict[str, Any], code: str, column: str
) -> None:
    went = taken(tmp_path, FOUND | said)
    assert went.codes == [(2, code, column)]
    assert not went.events


@pytest.mark.parametrize("day", [DAY, "2026-11-03", "2026/11/3", "2026.11.3", "2026年11月3日"])
def test_a_day_in_any_spelling_of_an_office_is_the_same_day(tmp_path: Path, day: Any) -> None:
    inspection = taken(tmp_path, FOUND | {"检查日期": day}).one(ev.InspectionRecorded)
    assert inspection.happened_at == datetime(2026, 11, 2, 16, tzinfo=UTC)


def test_the_estate_must_be_said_once(tmp_path: Path) -> None:
    file = filled(tmp_path / "s.xlsx", FOUND)
    for given in ({}, {"小区": "estate-7"}, GIVEN | {"街道": "x"}, GIVEN | {"小区": "七区"}):
        with pytest.raises(InvalidInputError) as e:
            Taken(tmp_path / "data", file, given)
        assert e.value.code == "RW-OPTIONS"


def test_refused_rows_corrected_in_the_report_are_taken(tmp_path: Path) -> None:
    run_by_excel = "=浦城管〔2026〕7号"
    notice = {"整改情况": "已责令整改", "文书编号": run_by_excel, "整改期限": date(2026, 11, 10)}
    rows = [FOUND | {"室号": "0301"}, FOUND | {"检查人编号": "李四"}, FOUND | notice | {"情况代码": "隔断"}]
    file = filled(tmp_path / "检查记录.xlsx", *rows)
    book = load_workbook(file)
    book["检查记录"].cell(4, 12).data_type = "s"
    book.save(file)

    first = Taken(tmp_path / "data", file)
    assert [code for _, code, _ in first.codes] == ["RW-PATTERN", "RW-VALUE-UNKNOWN"]
    assert first.report is not None
    book = load_workbook(first.report)
    sheet: Any = book.active
    assert [c.value for c in sheet[2]][13:16] == [3, "检查人编号", "RW-PATTERN"]
    assert sheet["C2"].is_date
    assert sheet["L3"].value == "'" + run_by_excel
    sheet["E2"], sheet["G3"] = "10023;10047", "1 隔断"
    book.save(first.report)

    second = Taken(tmp_path / "data", first.report)
    assert not second.codes
    assert second.one(ev.NoticeServed).number == run_by_excel
    assert second.tally.rejected == 0
    again = Taken(tmp_path / "data", first.report)
    assert again.tally.counts.added == 0
