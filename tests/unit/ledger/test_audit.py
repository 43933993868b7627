"""Each kind of damage, made by hand past the ledger, is found; a whole ledger has none."""

from __future__ import annotations

from pathlib import Path

import pytest

from rentalwatch.ledger import audit as auditing
from rentalwatch.ledger.application import Ledger
from rentalwatch.ledger.audit import audit
from rentalwatch.ledger.store import MAX_EVENTS
from tests.unit.ledger.words import HOME, an_id, by_hand, home_row, imports, patrols, row, stored


@pytest.fixture
def ledger(ledger: Ledger) -> Ledger:
    """1 registration, 2-4 rows, 5-6 a correction, 7-8 patrols."""
    imports(ledger, home_row(), row("1", "noise"), row("2", "fire"), row("3", "smell"))
    imports(ledger, row("2", "water"))
    for name in ("patrol", "another"):
        ledger.record(patrols(), an_id(name))
    return ledger


def found(ledger: Ledger) -> set[tuple[str, str]]:
    """(code, first word of where, or the position) of every problem."""
    return {(p.code, " ".join(p.where.split()[: 2 if "position" in p.where else 1])) for p in audit(ledger)}


def test_a_whole_ledger_has_no_problems(ledger: Ledger) -> None:
    assert len(stored(ledger)) == 8
    assert list(audit(ledger)) == []


def test_an_empty_ledger_has_no_problems(path: Path) -> None:
    with Ledger(path, create=True) as empty:
        assert list(audit(empty)) == []


AT = "WHERE rowid ="
DAMAGE = {
    "an event is lost": (f"DELETE FROM stored_events {AT} 3", ("RW-VERIFY-VERSION", "position 4")),
    "the first event is lost": (f"DELETE FROM stored_events {AT} 1", ("RW-VERIFY-VERSION", "position 2")),
    "the last event is lost": (f"DELETE FROM stored_events {AT} 8", ("RW-VERIFY-SIDE", "record_ids")),
    "a version is skipped": (
        f"UPDATE stored_events SET originator_version=99 {AT} 8",
        ("RW-VERIFY-VERSION", "position 8"),
    ),
    "a record is torn": (f"DELETE FROM stored_events {AT} 6", ("RW-VERIFY-RECORD", "position 5")),
    "a record begins in the middle": (
        f"DELETE FROM stored_events {AT} 5",
        ("RW-VERIFY-RECORD", "position 6"),
    ),
    "a record lies in two commits": (
        f"UPDATE stored_events SET recorded_at=recorded_at+1 {AT} 6",
        ("RW-VERIFY-RECORD", "position 6"),
    ),
    "a record id is used twice": (
        f"UPDATE stored_events SET state=(SELECT state FROM stored_events {AT} 7) {AT} 8",
        ("RW-VERIFY-RECORD", "position 8"),
    ),
    "bytes that are no event": (
        f"UPDATE stored_events SET state=x'00' {AT} 7",
        ("RW-EVENT-DAMAGED", "position 7"),
    ),
    "no bytes at all": (f"UPDATE stored_events SET state=NULL {AT} 7", ("RW-EVENT-DAMAGED", "position 7")),
    "a foreign type": (
        f"UPDATE stored_events SET topic='os:system' {AT} 7",
        ("RW-EVENT-DAMAGED", "position 7"),
    ),
    "a newer type": (
        f"UPDATE stored_events SET topic='rentalwatch.PatrolRecorded.v9' {AT} 7",
        ("RW-EVENT-NEWER", "position 7"),
    ),
    "time runs backwards": (
        f"UPDATE stored_events SET recorded_at=5 {AT} 8",
        ("RW-VERIFY-TIME", "position 8"),
    ),
    "no time": (f"UPDATE stored_events SET recorded_at=NULL {AT} 8", ("RW-VERIFY-TIME", "position 8")),
    "a record id is forgotten": (
        "DELETE FROM record_ids WHERE version=7",
        ("RW-VERIFY-SIDE", "record_ids"),
    ),
    "a record id points elsewhere": (
        "UPDATE record_ids SET version=8 WHERE version=7",
        ("RW-VERIFY-SIDE", "record_ids"),
    ),
    "a record's hash is changed": (
        "UPDATE record_ids SET content_hash='x' WHERE version=7",
        ("RW-VERIFY-SIDE", "record_ids"),
    ),
    "a record id is made up": (
        "INSERT INTO record_ids VALUES (x'ff', 'dwelling-1', 1, 'x', NULL, NULL)",
        ("RW-VERIFY-SIDE", "record_ids"),
    ),
    "a record is said to count elsewhere": (
        "INSERT INTO moved_records VALUES (x'ff', 'dwelling-1')",
        ("RW-VERIFY-SIDE", "moved_records"),
    ),
    "a file is said to be merged": (
        "INSERT INTO merged_streams VALUES ('dwelling-1', 'dwelling-2')",
        ("RW-VERIFY-SIDE", "merged_streams"),
    ),
    "a standing fact is forgotten": (
        "DELETE FROM source_facts WHERE key='3'",
        ("RW-VERIFY-SIDE", "source_facts"),
    ),
    "an old fact stands again": (
        "UPDATE source_facts SET count=0 WHERE key='2'",
        ("RW-VERIFY-SIDE", "source_facts"),
    ),
    "a fact is made up": (
        "INSERT INTO source_facts VALUES ('zzz', 'f', 'k', NULL, 'h', 't', 0, NULL)",
        ("RW-VERIFY-SIDE", "source_facts"),
    ),
    "a key points to another home": (
        "UPDATE identity_keys SET stream_id='dwelling-1'",
        ("RW-VERIFY-SIDE", "identity_keys"),
    ),
    "a key is forgotten": ("DELETE FROM identity_keys", ("RW-VERIFY-SIDE", "identity_keys")),
    "a key is made up": (
        "INSERT INTO identity_keys VALUES ('ZZZ', 'dwelling-1')",
        ("RW-VERIFY-SIDE", "identity_keys"),
    ),
}


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("page", [2, auditing.PAGE])
def test_damage_is_found_where_it_is(
    ledger: Ledger, path: Path, damage: str, page: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    statement, problem = DAMAGE[damage]
    monkeypatch.setattr(auditing, "PAGE", page)
    with by_hand(path) as connection:
        assert connection.execute(statement).rowcount == 1
    assert problem in found(ledger)


def test_more_events_than_a_commit_may_hold_at_one_instant_are_found(ledger: Ledger, path: Path) -> None:
    imports(ledger, *(row(f"a {n}", "x") for n in range(MAX_EVENTS)))
    assert list(audit(ledger)) == []
    imports(ledger, row("b", "x"))
    with by_hand(path) as connection:
        connection.execute("UPDATE stored_events SET recorded_at=recorded_at+1000000000 WHERE rowid > 8")
        last = "(SELECT MIN(recorded_at) FROM stored_events WHERE rowid > 8)"
        connection.execute(f"UPDATE stored_events SET recorded_at={last} WHERE rowid > 8")
    assert found(ledger) == {("RW-VERIFY-TIME", f"position {8 + MAX_EVENTS + 1}")}


def test_an_audit_sees_one_snapshot_while_writers_go_on(
    ledger: Ledger, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a damaged ledger whose audit has begun
    with by_hand(path) as connection:
        connection.execute("UPDATE stored_events SET recorded_at=5 WHERE rowid=4")
    monkeypatch.setattr(auditing, "PAGE", 2)
    problems = audit(ledger)
    first = next(problems)
    # when a writer goes on meanwhile
    ledger.record(patrols(HOME), an_id("meanwhile"))
    # then the audit ends with what it began with
    assert first.code == "RW-VERIFY-TIME"
    assert list(problems) == []
