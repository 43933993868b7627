"""`verify`, `rebuild`, `parked`, `source`: is everything as it must be, and how it is set right."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.e2e.terminal import DOCS, Terminal, fits


def read_models(terminal: Terminal) -> Path:
    (path,) = terminal.data.glob("read-models-*.db")
    return path


def change(path: Path, statement: str) -> int:
    with closing(sqlite3.connect(path)) as db:
        changed = db.execute(statement).rowcount
        db.commit()
    return changed


def test_a_sound_ledger_is_said_to_be_sound(own: Terminal) -> None:
    before = read_models(own).read_bytes()
    value = fits(own.asked("verify", "--format", "json").json, "verify")
    assert (value["ok"], value["streams"], value["problems"]) == (True, 60, [])
    assert own.asked("verify").out.startswith(f"All well: {value['events']:,} events in 60 files")
    assert own.asked("verify", "--lang", "zh").out.startswith("核验无误：60 份档案")
    assert own.asked("verify", "--format", "csv").out == "code,where,what\n"
    assert read_models(own).read_bytes() == before


def test_a_damaged_read_model_is_found_and_rebuilt(own: Terminal) -> None:
    board = ("targets", "--as-of", "2026-03-24", "--format", "json")
    before = own.asked(*board).json
    assert change(read_models(own), "UPDATE dwelling_states SET open_findings = open_findings + 1") > 0

    found = own("verify", "--format", "json")
    assert found.code == 6
    assert not fits(found.json, "verify")["ok"]
    assert {p["code"] for p in found.json["problems"]} == {"RW-READ-MODEL"}
    table = own("verify")
    assert (table.code, table.lines[0]) == (6, f"{len(found.json['problems'])} problems:")

    assert own.asked("rebuild").out.startswith("Read models built anew from ")
    assert fits(own.asked("verify", "--format", "json").json, "verify")["ok"]
    assert own.asked(*board).json == before


def test_an_event_that_was_changed_is_found(own: Terminal) -> None:
    changed = change(
        own.data / "ledger.db",
        "UPDATE stored_events SET state = CAST(replace(CAST(state AS TEXT), 'partial', 'full') AS BLOB) "
        "WHERE rowid = (SELECT MIN(rowid) FROM stored_events WHERE CAST(state AS TEXT) LIKE '%\"partial\"%')",
    )
    assert changed == 1
    found = own("verify", "--format", "json")
    assert found.code == 6
    assert fits(found.json, "verify")["problems"]


def test_lost_read_models_come_back_by_themselves(own: Terminal) -> None:
    before = own.asked("list", "--format", "json").json
    read_models(own).unlink()
    assert own.asked("list", "--format", "json").json == before


def test_a_rebuild_says_how_much_it_read(own: Terminal) -> None:
    events = own.asked("verify", "--format", "json").json["events"]
    assert own.asked("rebuild", "--format", "json").json == {"events": events}


def test_nothing_is_parked(sixty: Terminal) -> None:
    assert sixty.asked("parked").out == "No file is parked.\n"
    assert sixty.asked("parked", "--format", "json").json == []
    assert sixty.asked("parked", "--format", "csv").out == "file,version,position,type,reason\n"


def test_the_mappings_there_are(empty: Terminal) -> None:
    assert "nyc_hpd" in empty.asked("source", "list").out
    assert empty.asked("source", "check", "nyc_hpd").out.startswith("nyc_hpd: ")
    assert empty.asked("source", "schema").out == (DOCS / "record.schema.json").read_text(encoding="utf-8")


MAPPING = """\
mapping: 1
source: hotline
title: A hotline's export
zone: Asia/Shanghai
row_key: "{id}"
dwelling: "{home}"
columns:
  day: {type: date}
records:
  - kind: lead
    day: day
    fields: {ticket: "{id}"}
"""


def test_a_mapping_of_ones_own_is_checked_line_by_line(empty: Terminal) -> None:
    path = empty.folder / "hotline.yaml"
    path.write_text(MAPPING, encoding="utf-8")
    assert empty.asked("source", "check", "hotline.yaml").out.startswith("hotline: 1 kind")

    path.write_text(MAPPING.replace("Asia/Shanghai", "Asia/Atlantis").replace("ticket", "tikcet"))
    wrong = empty("source", "check", "hotline.yaml")
    assert wrong.code == 2
    assert [line.split(":")[:2] for line in wrong.lines] == [["hotline.yaml", "12"]]
    assert "(it has: " in wrong.out
    path.write_text(MAPPING.replace("Asia/Shanghai", "Asia/Atlantis"))
    assert empty("source", "check", "hotline.yaml").out.startswith("hotline.yaml:4: zone: ")
    refused = empty("import", path, "--mapping", "hotline.yaml")
    assert (refused.code, "line 4: zone" in refused.err) == (2, True)


def test_a_mapping_that_binds_a_persons_name_is_refused(empty: Terminal) -> None:
    path = empty.folder / "hotline.yaml"
    path.write_text(MAPPING.replace("{home}", "{owner_name}"))
    answer = empty("source", "check", "hotline.yaml", "--format", "json")
    assert answer.code == 2
    assert any("personal data" in c["what"] for c in answer.json["complaints"])


def test_a_mapping_that_is_not_there(empty: Terminal) -> None:
    answer = empty("source", "check", "nowhere")
    assert (answer.code, "[RW-NO-MAPPING]" in answer.err) == (4, True)
    assert "nyc_hpd" in answer.err
