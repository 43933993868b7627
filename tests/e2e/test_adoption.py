"""A district adopts its rules: from then on they say when things are due, whatever is shipped."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.terminal import Terminal

OURS = """extends: shanghai
name: my_district
scope: sh/my_district/
effective_from: 2026-07-01
clocks:
  on_site: {working_days: null, hours: 12}
"""
LEADS = """kind,dwelling,key,at,ticket,rulebook,area,label
registration,H1,r-1,,,my_district,sh/my_district/,H1
lead,H1,l-1,2026-06-30T10:00,T-1,my_district,,
lead,H1,l-2,2026-07-01T10:00,T-2,my_district,,
"""


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    path = tmp_path / "my_district.yaml"
    path.write_text(OURS, encoding="utf-8")
    return path


def due(district: Terminal, ticket: str) -> str:
    """When somebody must be on site for a lead, as its record says."""
    facts = district.asked("file", "H1", "--format", "json").json["facts"]
    (lead,) = [fact for fact in facts if fact.get("ticket") == ticket]
    return str(lead.get("due", ""))


def test_what_was_adopted_is_listed_beside_what_is_shipped(empty: Terminal, ours: Path) -> None:
    # given a book without adoptions, then only what is shipped is listed, and no folder made
    assert {r["origin"] for r in empty.asked("rulebook", "list", "--format", "csv").rows} == {"shipped"}
    assert empty("targets").code == 4

    # when a rulebook is adopted twice, then the second time is known
    first = empty.asked("rulebook", "adopt", str(ours), "--reason", "n-17", "--format", "json").json
    again = empty.asked("rulebook", "adopt", str(ours), "--format", "json").json
    assert (first["again"], again["again"], again["record_id"]) == (False, True, first["record_id"])

    # and it stands in the list, with scope, days, version, whether it holds
    def listed(*asked: str) -> list[tuple[str, ...]]:
        rows = empty.asked("rulebook", "list", "--format", "csv", *asked).rows
        return [
            (r["rulebook"], r["scope"], r["from"], r["holds"], r["reason"])
            for r in rows
            if r["origin"] == "adopted"
        ]

    assert listed() == [(first["rulebook"], "sh/my_district/", "2026-07-01", "True", "n-17")]
    assert listed("--known-at", "2026-01-01") == []
    assert empty.asked("verify").code == 0


def test_a_file_of_records_may_name_it_and_is_due_by_the_day_of_each_fact(
    empty: Terminal, ours: Path, tmp_path: Path
) -> None:
    file = tmp_path / "leads.csv"
    file.write_text(LEADS, encoding="utf-8")

    # before it is adopted nobody knows the name
    assert "RW-NO-RULEBOOK" in empty("import", str(file)).out + empty("import", str(file)).err

    # once it is, the lead of its second half year is due in twelve hours; before that no clock ran
    empty.asked("rulebook", "adopt", str(ours))
    empty.asked("import", str(file))
    assert (due(empty, "T-1"), due(empty, "T-2")) == ("", "2026-07-01T14:00:00Z")

    # and a rulebook adopted later changes nothing of it
    ours.write_text(OURS.replace("12", "36"), encoding="utf-8")
    empty.asked("rulebook", "adopt", str(ours))
    assert empty.asked("import", str(file), "--format", "json").json["already_known"] == 3
    assert due(empty, "T-2") == "2026-07-01T14:00:00Z"


def test_a_mapping_may_name_it(empty: Terminal, ours: Path, tmp_path: Path) -> None:
    mapping = tmp_path / "hotline.yaml"
    mapping.write_text(
        "mapping: 1\nsource: hotline\ntitle: Hotline\nzone: Asia/Shanghai\nrulebook: my_district\n"
        'row_key: "{no}"\ndwelling: "{home}"\ncolumns:\n  day: {type: datetime}\nrecords:\n'
        '  - {kind: registration, key: "{home}", fields: {label: "{home}"}}\n'
        '  - {kind: lead, at: day, fields: {ticket: "{no}"}}\n',
        encoding="utf-8",
    )
    calls = tmp_path / "calls.csv"
    calls.write_text("no,home,day\nT-1,H1,2026-06-30T10:00\nT-2,H1,2026-07-01T10:00\n", encoding="utf-8")

    checked = empty("source", "check", str(mapping))
    assert checked.code == 2
    assert checked.lines[0].startswith(f"{mapping}:5: rulebook: there is no rulebook 'my_district'")

    empty.asked("rulebook", "adopt", str(ours))
    assert empty("source", "check", str(mapping)).code == 0
    empty.asked("import", str(calls), "--mapping", str(mapping))
    assert (due(empty, "T-1"), due(empty, "T-2")) == ("", "2026-07-01T14:00:00Z")


def test_a_record_goes_by_what_was_adopted_where_the_home_lies(empty: Terminal, ours: Path) -> None:
    empty.asked("record", "registration", "H1", "area=sh/my_district/", "--rulebook", "shanghai")
    empty.asked("rulebook", "adopt", str(ours))

    empty.asked("record", "lead", "H1", "--at", "2026-07-01T10:00", "ticket=T-1")
    empty.asked("record", "lead", "H1", "--at", "2026-06-30T10:00", "ticket=T-2")
    empty.asked("record", "lead", "H1", "--at", "2026-07-01T10:00", "ticket=T-3", "--rulebook", "shanghai")

    # by the district's twelve hours; before they held and where Shanghai is named, two working days
    assert due(empty, "T-1") == "2026-07-01T14:00:00Z"
    assert (due(empty, "T-2"), due(empty, "T-3")) == ("2026-07-02T16:00:00Z", "2026-07-03T16:00:00Z")


def test_a_due_instant_that_rests_on_days_not_announced_is_called_provisional(
    empty: Terminal, tmp_path: Path
) -> None:
    """The own calendar of a rulebook ends with 2024."""
    text = (
        "extends: shanghai\nname: early\n"
        "calendar: {name: early, first_year: 2020, announced_through: 2024, days_off: [2024-10-01]}\n"
    )
    (tmp_path / "early.yaml").write_text(text, encoding="utf-8")
    empty.asked("rulebook", "adopt", str(tmp_path / "early.yaml"))
    empty.asked("record", "registration", "H1", "area=sh/")

    known = empty.asked("record", "lead", "H1", "--at", "2024-09-30T10:00", "ticket=T-1")
    expected = empty.asked("record", "lead", "H1", "--at", "2026-03-02T10:00", "ticket=T-2", "--lang", "zh")

    assert "provisional" not in known.out
    assert any(line.startswith("时限 2026-03-04（暂定") for line in expected.lines)


def test_the_adopted_text_can_be_read_and_asked(empty: Terminal, ours: Path) -> None:
    shown = ("rulebook", "show", "my_district", "--adopted", "--part", "clocks", "--format", "csv")
    assert empty(*shown).code == 4
    empty.asked("rulebook", "adopt", str(ours))

    assert {r["clock"]: r["length"] for r in empty.asked(*shown).rows}["on_site"] == "12 hours"
    assert empty(*shown, "--as-of", "2026-06-30").code == 4
    assert empty("rulebook", "show", "shanghai", "--as-of", "2026-06-30").code == 2
    case = ("--ground", "headcount", "--party", "individual", "--acted", "2025-08-10")
    asked = ("rulebook", "lookup", *case, "--rulebook", "my_district", "--adopted", "--format", "json")
    assert empty.asked(*asked).json["lighter"] == ["R3"]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (("atlantis",), "RW-NO-RULEBOOK"),
        (("shanghai", "--from", "soon"), "RW-DATE"),
        (("shanghai", "--from", "2026-02-01", "--until", "2026-01-01"), "RW-OPTIONS"),
        (("shanghai", "--scope", "sh//pudong"), "RW-OPTIONS"),
    ],
    ids=lambda c: " ".join(c) if isinstance(c, tuple) else c,
)
def test_what_cannot_be_adopted_is_explained(empty: Terminal, asked: tuple[str, ...], code: str) -> None:
    answer = empty("rulebook", "adopt", *asked)

    assert answer.code in (2, 4)
    assert f"[{code}]" in answer.err


def test_the_share_put_right_in_time_is_computed_once_a_rulebook_defines_it(
    empty: Terminal, ours: Path
) -> None:
    empty.asked("record", "registration", "H1", "area=sh/my_district/", "--rulebook", "shanghai")
    empty.asked("record", "confirmation", "H1", "--on", "2026-03-02", "findings=area/a", "basis=source")
    empty.asked("record", "verification", "H1", "--on", "2026-03-03", "findings=area/a", "basis=on_site")
    asked = ("targets", "--as-of", "2026-12-31", "--from", "2026-01-01")

    def growth() -> tuple[int | None, int | None]:
        found = empty.asked(*asked, "--format", "json").json["zero_growth"]
        return found["disposed_in_time"], found["due"]

    assert growth() == (None, None)
    ours.write_text(
        OURS + "timely_disposal: {timely: by_current_deadline, disposed: all_findings_verified}\n",
        encoding="utf-8",
    )
    empty.asked("rulebook", "adopt", str(ours))
    assert growth() == (1, 1)
    assert "1 of 1 put right in time" in empty.asked(*asked).out
    (row,) = empty.asked(*asked, "--list", "disposed_in_time", "--format", "csv").rows
    assert (row["label"], row["deadline"], row["extended"]) == ("H1", "", "0")
