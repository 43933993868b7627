"""`rentalwatch file`, `list`, `overdue`: one home's life, and which homes there are."""

from __future__ import annotations

import json

import pytest

from tests.e2e.terminal import HOME, Terminal, begins_at

THEN = ("--as-of", "2023-12-31")
LIFE = [
    ("2019-01-04", "inspection, 2 findings (lead paint)", ""),
    ("2019-01-07", "notice for 1 finding, deadline 2019-02-04", ""),
    ("2019-02-01", "owner claims 2 findings rectified", "✗ refuted 2019-07-03"),
    ("2019-03-06", "not rectified: 2 findings (not complied)", ""),
    ("2019-07-03", "inspection, 1 finding (lead paint)", ""),
    ("2023-11-09", "inspection, 5 findings (lead paint)", ""),
    ("2023-12-12", "owner claims 5 findings rectified", "? unchecked"),
]


def test_the_life_of_a_home(sixty: Terminal) -> None:
    lines = sixty.asked("file", HOME, *THEN).lines
    assert lines[0] == f"{HOME} · nyc/bronx/cb12/71757/    as of 2023-12-31, known now"
    assert "  round 1 (original), open since 2019-01-04" in lines
    assert "  deadline 2019-02-04 passed 1,791 days ago" in lines
    assert "  a claim waits to be checked since 2023-12-12" in lines
    shown = [tuple(part.strip() for part in line.split("  ") if part.strip()) for line in lines]
    for at, what, fate in LIFE:
        assert tuple(part for part in (at, what, fate) if part) in shown
    days = [line[2:12] for line in lines if line.startswith("  20")]
    assert days == sorted(days)
    assert days[-1] == "2023-12-12"


def test_what_was_yet_to_come_is_counted(sixty: Terminal) -> None:
    lines = sixty.asked("file", HOME, *THEN).lines
    later = next(line for line in lines if line.startswith("Not yet happened then: "))
    assert later.endswith("(--as-of 2024-01-16 shows the next).")
    facts = sixty.asked("file", HOME, "--format", "csv").rows
    then = sixty.asked("file", HOME, *THEN, "--format", "csv").rows
    assert f": {len(facts) - len(then)} (" in later


def test_a_claim_is_unchecked_until_it_is_found_out(sixty: Terminal) -> None:
    before = sixty.asked("file", HOME, "--as-of", "2019-03-05").out
    assert "✗" not in before
    assert "? unchecked" in before


def test_the_life_in_chinese(sixty: Terminal) -> None:
    lines = sixty.asked("file", HOME, *THEN, "--lang", "zh").lines
    out = "\n".join(lines)
    for words in ("首发", "责令改正 1 项，限期 2019-02-04", "✗ 2019-07-03 查为假整改", "（含铅油漆）"):
        assert words in out
    fates = {begins_at(line, mark) for line in lines for mark in "✗?" if f"  {mark} " in line}
    assert len(fates) == 1


def test_the_life_for_programs(sixty: Terminal) -> None:
    value = sixty.asked("file", HOME, *THEN, "--format", "json").json
    assert value["dwelling"]["label"] == HOME
    assert value["as_of"] == "2024-01-01T00:00:00-05:00"
    assert value["state"]["state"] == "noticed"
    assert [r["opening"] for r in value["rounds"]] == ["original"]
    assert {c["status"] for c in value["claims"]} >= {"refuted", "pending"}
    rows = sixty.asked("file", HOME, *THEN, "--format", "csv").rows
    assert [r["record_id"] for r in rows] == [f["record_id"] for f in value["facts"]]
    assert {r["kind"] for r in rows} >= {"registration", "inspection", "confirmation", "notice", "claim"}


def test_nothing_was_known_before_the_import(sixty: Terminal) -> None:
    assert "Nothing was known" in sixty.asked("file", HOME, *THEN, "--known-at", "2020-01-01").out


def test_a_home_has_a_key_and_an_id_beside_its_label(sixty: Terminal) -> None:
    stream = sixty.asked("list", HOME, "--format", "csv").rows[0]["stream_id"]
    by_label = sixty.asked("file", HOME, *THEN).out
    for name in (stream, "nyc_hpd:71757/1", HOME.lower()):
        assert sixty.asked("file", name, *THEN).out == by_label


def test_a_home_that_is_not_there_is_met_with_suggestions(sixty: Terminal) -> None:
    answer = sixty("file", "718 EAST 232 STREET / 9Z")
    assert (answer.code, answer.out) == (4, "")
    assert "[RW-NO-DWELLING]" in answer.err
    assert f"Did you mean: {HOME}?" in answer.err
    stranger = sixty("file", "nowhere", "--lang", "zh")
    assert stranger.code == 4
    assert "查无此户" in stranger.err


def test_homes_are_found_by_part_of_their_label_and_by_state(sixty: Terminal) -> None:
    every = sixty.asked("list", "--format", "json").json
    assert len(every) == 60
    claimed = sixty.asked("list", "--state", "claimed", "--format", "json").json
    assert claimed == [row for row in every if row["state"] == "claimed"] != []
    assert [r["label"] for r in sixty.asked("list", "718 east", "--format", "json").json] == [HOME]
    assert sixty.asked("list", "no such street").out == "No home fits.\n"


@pytest.mark.parametrize("asked", [("list", "--state", "cofirmed"), ("overdue", "--clock", "dedline")])
def test_a_mistyped_word_is_not_none(sixty: Terminal, asked: tuple[str, ...]) -> None:
    answer = sixty(*asked)
    assert answer.code == 2
    assert "One of: " in answer.err


def test_what_is_overdue_comes_longest_first(sixty: Terminal) -> None:
    rows = sixty.asked("overdue", "--as-of", "2026-03-24", "--format", "json").json
    over = [row["days_over"] for row in rows]
    assert over == sorted(over, reverse=True)
    assert min(over) >= 0
    claims = sixty.asked("overdue", "--as-of", "2026-03-24", "--clock", "verification", "--format", "json")
    assert claims.json == [row for row in rows if row["kind"] == "verification"] != []
    lines = sixty.asked("overdue", "--as-of", "2026-03-24", "--limit", 2).lines
    assert len(lines) == 4
    assert lines[-1] == f"2 of {len(rows)} shown; --limit 0 shows all."


LIVING = "partition/living"
STORY = [
    {"kind": "registration", "label": "12-302", "area": "sh/e7/"},
    {"kind": "party", "on": "2026-01-05", "party": "S-17", "role": "sublandlord", "basis": "lease",
     "certainty": "documented", "until_on": "2026-12-31"},
    {"kind": "inspection", "at": "2026-02-02T09:00", "inspection_id": "I-1", "access": "full",
     "officers": ["PD-1"]},
    {"kind": "confirmation", "at": "2026-02-02T09:30", "inspection_id": "I-1", "findings": LIVING},
    {"kind": "departure", "at": "2026-02-02T11:00", "persons": 10},
    {"kind": "verification", "at": "2026-02-02T12:00", "basis": "on_site", "findings": LIVING},
    {"kind": "lead", "at": "2026-02-04T20:00", "ticket": "T-9", "channel": "12345"},
    {"kind": "inspection", "at": "2026-02-05T10:00", "inspection_id": "I-2", "access": "full",
     "officers": ["PD-1", "PD-2"]},
    {"kind": "confirmation", "at": "2026-02-05T10:30", "inspection_id": "I-2", "findings": LIVING},
    {"kind": "exemption", "at": "2026-03-01T09:00", "cause": "family", "basis": "register"},
    {"kind": "alert", "at": "2026-03-02T08:00", "rule": "card_passes", "rule_version": "1",
     "due": "2026-03-03T08:00"},
]  # fmt: skip


@pytest.fixture(scope="module")
def relapsed(tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    """A home let again three days after it was seen gone, upon a complaint."""
    terminal = Terminal(tmp_path_factory.mktemp("relapsed"))
    lines = [json.dumps({"key": str(n), "dwelling": "12-302", **row}) for n, row in enumerate(STORY)]
    (terminal.folder / "records.ndjson").write_text("\n".join(lines), encoding="utf-8")
    terminal.asked("import", "records.ndjson", "--mapping", "records")
    return terminal


def test_a_relapse_is_shown_with_its_tags_and_the_file_with_its_parties(relapsed: Terminal) -> None:
    lines = [line.strip() for line in relapsed.asked("file", "12-302", "--as-of", "2026-06-30").lines]
    tags = "caught by: complaint; ground the same; operator the same; 3 days after verification, under watch"
    assert f"round 2, relapse 2026-02-05: {tags}" in lines
    assert "sublandlord S-17 (documented), until 2026-12-31" in lines
    assert "rules are quiet here: a large family" in lines
    assert any(line.endswith("tenants moved out: 10") for line in lines)
    assert any(line.endswith("? unanswered") for line in lines)
    zh = relapsed.asked("file", "12-302", "--as-of", "2026-06-30", "--lang", "zh").out
    for words in (
        "发现途径：投诉；违法情形相同；经营人相同；距复查合格 3 天，回头看期间",
        "二房东 S-17（有据），至 2026-12-31",
    ):
        assert words in zh
    assert (
        "S-17 (documented)"
        not in relapsed.asked("file", "12-302", "--as-of", "2027-01-01").out.split("\n\n")[0]
    )


def test_what_does_not_fit_is_shown_with_its_article(relapsed: Terminal) -> None:
    out = relapsed.asked("file", "12-302").out
    assert "inspected by one officer (行政处罚法 art. 42)  1 ×, first 2026-02-02" in out
    assert "检查人员少于两人（行政处罚法第四十二条）" in relapsed.asked("file", "12-302", "--lang", "zh").out
    (odd,) = relapsed.asked("file", "12-302", "--format", "json").json["irregular"]
    assert (odd["code"], odd["article"], odd["at"][:16]) == (
        "one-officer",
        "行政处罚法 art. 42",
        "2026-02-02T09:00",
    )


def test_the_rows_for_programs_have_the_rest_of_the_file(relapsed: Terminal) -> None:
    value = relapsed.asked("file", "12-302", "--as-of", "2026-06-30", "--format", "json").json
    assert [(r["caught_by"], r["days_since"]) for r in value["rounds"]] == [("", None), ("complaint", 3)]
    assert [p["party"] for p in value["parties"]] == ["S-17"]
    assert [(d["persons"], d["voluntary"]) for d in value["departures"]] == [(10, "")]
    assert [(a["status"], a["missed"], a["answered_at"]) for a in value["alerts"]] == [("unhandled", 0, None)]
    assert relapsed.asked("file", "12-302", "--as-of", "2027-01-31", "--format", "json").json["parties"] == []
