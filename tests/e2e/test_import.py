"""`rentalwatch import`: a file into the ledger, its bad rows into a report."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

from tests.e2e.terminal import HOME, Terminal, fits

BAD = {
    2: {"inspectiondate": "2017-02-30"},
    3: {"currentstatus": "VIOLATION GONE"},
    4: {"violationid": ""},
}
Spoilt = Callable[..., Path]


def test_a_file_is_read_and_its_homes_are_known(sixty: Terminal) -> None:
    assert [row["label"] for row in sixty.asked("list", HOME, "--format", "json").json] == [HOME]
    assert len(sixty.asked("list", "--format", "csv").rows) == 60


def test_the_table_ends_with_what_was_taken(empty: Terminal, spoilt: Spoilt) -> None:
    out = empty.asked("import", spoilt({}, rows=3), "--mapping", "nyc_hpd").out
    assert out.startswith("3 rows taken → ")
    assert "refused" not in out


def test_json_says_the_same_and_again_adds_nothing(empty: Terminal, spoilt: Spoilt) -> None:
    file = spoilt({}, rows=5)
    first = fits(empty.asked("import", file, "--mapping", "nyc_hpd", "--format", "json").json, "import")
    assert (first["rows"], first["rejected"]) == (5, 0)
    assert first["events_added"] + first["already_known"] == first["records"] > 5
    again = empty.asked("import", file, "--mapping", "nyc_hpd", "--format", "json").json
    assert again == {**first, "events_added": 0, "already_known": first["records"]}


def test_once_does_nothing_the_second_time(own: Terminal, small_file: Path) -> None:
    asked = ("import", small_file, "--mapping", "nyc_hpd", "--once")
    assert "was imported before, on 20" in own.asked(*asked).out
    nothing = {"rows": 0, "records": 0, "events_added": 0, "already_known": 0, "rejected": 0}
    assert fits(own.asked(*asked, "--format", "json").json, "import") == nothing
    assert len(own.asked("imports", "--format", "json").json) == 1


def test_once_imports_what_was_not_imported(empty: Terminal, spoilt: Spoilt) -> None:
    assert empty.asked(
        "import", spoilt({}), "--mapping", "nyc_hpd", "--once", "--format", "csv"
    ).rows[0]["rows"] == "8"  # fmt: skip


def test_a_dry_run_says_what_would_happen_and_leaves_no_trace(empty: Terminal, spoilt: Spoilt) -> None:
    out = empty.asked("import", spoilt(BAD), "--mapping", "nyc_hpd", "--dry-run").out
    assert "5 rows taken" in out
    assert "3 rows refused" in out
    assert out.endswith("Trial run: nothing was stored.\n")
    assert list(empty.folder.iterdir()) == []


def test_a_dry_run_in_a_ledger_stores_nothing(own: Terminal, spoilt: Spoilt) -> None:
    before = own.asked("targets", "--format", "json").json
    file = spoilt({2: {"certifieddate": "2026-01-05T00:00:00.000"}})
    answer = own.asked("import", file, "--mapping", "nyc_hpd", "--dry-run", "--format", "json").json
    assert answer["events_added"] > 0
    assert own.asked("targets", "--format", "json").json == before
    assert len(own.asked("imports", "--format", "json").json) == 1


def test_bad_rows_are_named_and_the_rest_is_taken(empty: Terminal, spoilt: Spoilt) -> None:
    out = empty.asked("import", spoilt(BAD), "--mapping", "nyc_hpd").out
    refused = {line.split("  ")[1]: line for line in out.splitlines() if line.startswith("  row")}
    assert list(refused) == ["row 2", "row 3", "row 4"]
    assert "inspectiondate" in refused["row 2"]
    assert "'2017-02-30'" in refused["row 2"]
    assert "[RW-DATE]" in refused["row 2"]
    assert "'VIOLATION GONE'" in refused["row 3"]
    assert "[RW-VALUE-UNKNOWN]" in refused["row 3"]
    assert "[RW-BLANK]" in refused["row 4"]
    assert out.splitlines()[-1].startswith("Report: rentalwatch-data/rejected/spoilt-")


def report_of(terminal: Terminal) -> Path:
    (path,) = (terminal.data / "rejected").iterdir()
    return path


def test_the_report_holds_the_rows_as_they_were_and_why(empty: Terminal, spoilt: Spoilt) -> None:
    file = spoilt(BAD)
    empty.asked("import", file, "--mapping", "nyc_hpd")
    with file.open(newline="") as f, report_of(empty).open(newline="") as g:
        given, reported = list(csv.DictReader(f))[:3], list(csv.DictReader(g))
    assert [{name: row[name] for name in given[0]} for row in reported] == given
    assert [(row["refused_row"], row["refused_column"], row["refused_code"]) for row in reported] == [
        ("2", "inspectiondate", "RW-DATE"),
        ("3", "currentstatus", "RW-VALUE-UNKNOWN"),
        ("4", "violationid", "RW-BLANK"),
    ]
    assert all(row["refused_because"] and row["what_to_do"] for row in reported)


def test_the_corrected_report_is_a_file_to_import(empty: Terminal, spoilt: Spoilt) -> None:
    whole = spoilt({})
    good = list(csv.DictReader(whole.read_text(encoding="utf-8").splitlines()))
    empty.asked("import", spoilt(BAD), "--mapping", "nyc_hpd")
    with report_of(empty).open(newline="") as f:
        rows = list(csv.DictReader(f))
    corrected = empty.folder / "corrected.csv"
    with corrected.open("w", encoding="utf-8", newline="") as f:
        writer = csv.DictWriter(f, list(rows[0]))
        writer.writeheader()
        writer.writerows(row | right for row, right in zip(rows, good, strict=False))
    answer = empty.asked("import", corrected, "--mapping", "nyc_hpd", "--format", "json").json
    assert (answer["rows"], answer["rejected"]) == (3, 0)
    assert answer["events_added"] > 0
    again = empty.asked("import", spoilt({}), "--mapping", "nyc_hpd", "--format", "json").json
    assert (again["events_added"], again["rejected"]) == (0, 0)


def corrected(terminal: Terminal, wrong: str, right: str) -> Path:
    path = terminal.folder / "corrected.csv"
    text = report_of(terminal).read_text(encoding="utf-8")
    assert wrong in text
    path.write_text(text.replace(wrong, right), encoding="utf-8")
    return path


def test_a_corrected_report_on_records_is_a_file_to_import(empty: Terminal) -> None:
    """In NDJSON the line is a cell of the report; in CSV a record may have a `reason` of its own."""
    home = {"kind": "registration", "key": "1", "dwelling": "A", "label": "A"}
    visit = {"kind": "visit", "key": "2", "dwelling": "A", "on": "2026-02-30", "reason": "nobody"}
    lines = empty.folder / "records.ndjson"
    lines.write_text("".join(json.dumps(record) + "\n" for record in (home, visit)))
    asked = ("--format", "json")
    assert empty.asked("import", lines, *asked).json["rejected"] == 1
    fixed = corrected(empty, "2026-02-30", "2026-02-28")
    assert empty.asked("import", fixed, *asked).json["events_added"] == 1

    report_of(empty).unlink()
    table = empty.folder / "records.csv"
    table.write_text("kind,key,dwelling,on,reason\nvisit,3,A,2026-02-31,locked\n")
    assert empty.asked("import", table, *asked).json["rejected"] == 1
    fixed = corrected(empty, "2026-02-31", "2026-02-27")
    assert empty.asked("import", fixed, *asked).json["events_added"] == 1
    visits = [f for f in empty.asked("file", "A", *asked).json["facts"] if f["kind"] == "visit"]
    assert [f["reason"] for f in visits] == ["locked", "nobody"]


def test_too_many_bad_rows_stop_it(empty: Terminal, spoilt: Spoilt) -> None:
    answer = empty("import", spoilt(BAD), "--mapping", "nyc_hpd", "--max-errors", 2)
    assert answer.code == 2
    assert answer.lines[-1].startswith("Stopped after 3 refused rows (--max-errors).")
    assert empty.asked("imports", "--format", "json").json[0]["state"] == "stopped"


def test_as_many_bad_rows_as_allowed_do_not(empty: Terminal, spoilt: Spoilt) -> None:
    empty.asked("import", spoilt(BAD), "--mapping", "nyc_hpd", "--max-errors", 3)
    assert empty.asked("imports", "--format", "json").json[0]["state"] == "done"
