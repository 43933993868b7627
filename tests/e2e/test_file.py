"""`rentalwatch file`, `list`, `overdue`: one home's life, and which homes there are."""

from __future__ import annotations

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
