"""`rentalwatch imports`, and `import --retract`: what was brought in, and how it is undone."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.terminal import Terminal

WHY = ("--reason", "wrong_file")


def test_the_list_names_every_import(sixty: Terminal) -> None:
    header, row = sixty.asked("imports").lines
    assert header.split() == ["import", "file", "begun", "state", "rows", "events", "known", "refused"]
    assert "sixty_homes.csv" in row
    assert "done" in row
    (listed,) = sixty.asked("imports", "--format", "json").json
    assert row.startswith(listed["batch"][:8])
    assert sixty.asked("imports", "--format", "csv").rows[0]["events"] == str(listed["events_added"])


def test_the_list_speaks_chinese(sixty: Terminal) -> None:
    header, row = sixty.asked("imports", "--lang", "zh").lines
    assert header.split() == ["批次", "文件", "开始", "状态", "行数", "事件", "已有", "未采纳"]
    assert "完成" in row


def test_times_are_in_the_zone_of_the_homes(sixty: Terminal) -> None:
    (listed,) = sixty.asked("imports", "--format", "json").json
    assert listed["started_at"][-6:] in ("-05:00", "-04:00")


def test_an_import_is_undone_and_brought_back(own: Terminal, small_file: Path) -> None:
    board = ("targets", "--as-of", "2026-03-24", "--format", "json")
    before = own.asked(*board).json
    (listed,) = own.asked("imports", "--format", "json").json

    undone = own.asked("import", "--retract", listed["batch"][:8], *WHY)
    assert undone.out.startswith(f"Import {listed['batch'][:8]} undone: {listed['events_added']:,} ")
    assert own.asked(*board).json["zero_omission"]["omitted"] is None
    assert own.asked("imports", "--format", "json").json[0]["state"] == "retracted"

    again = own.asked("import", small_file, "--mapping", "nyc_hpd", "--once", "--format", "json").json
    assert again["events_added"] == listed["events_added"]
    after = own.asked(*board).json
    beside = before["beside"] | {"retractions": listed["events_added"]}  # taking it back stays to be seen
    assert after == before | {"known_at": after["known_at"], "beside": beside}
    own.asked("verify")


def test_it_cannot_be_undone_twice(own: Terminal) -> None:
    (listed,) = own.asked("imports", "--format", "json").json
    first = own.asked("import", "--retract", listed["batch"], *WHY, "--format", "json").json
    assert first == {"batch": listed["batch"], "events_added": listed["events_added"]}
    second = own("import", "--retract", listed["batch"], *WHY)
    assert second.code == 3
    assert "[RW-BATCH-RETRACTED]" in second.err
    assert "Import the file again" in second.err


def test_undoing_needs_a_reason_and_an_import_that_there_is(own: Terminal) -> None:
    (listed,) = own.asked("imports", "--format", "json").json
    silent = own("import", "--retract", listed["batch"])
    assert (silent.code, "--reason" in silent.err) == (2, True)
    unknown = own("import", "--retract", "ffffffff-0", *WHY)
    assert (unknown.code, "[RW-NO-BATCH]" in unknown.err) == (4, True)
    assert own.asked("imports", "--format", "json").json[0]["state"] == "done"
