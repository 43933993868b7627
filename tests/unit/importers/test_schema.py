"""The published schema of a record says what the importer takes: of every kind, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from rentalwatch.importers.problems import RowError
from rentalwatch.importers.record import KINDS, statement
from rentalwatch.importers.schema import as_text, record_schema

DOCS = Path(__file__).parents[3] / "docs"
NOW = datetime(2026, 11, 22, tzinfo=UTC)
SCHEMA = Draft202012Validator(record_schema(), format_checker=FormatChecker())
EXAMPLES = [json.loads(line) for line in (DOCS / "record.examples.ndjson").read_text().splitlines()]
CLAIM = {"kind": "claim", "key": "1", "dwelling": "H", "on": "2026-02-11", "findings": ["partition/a"]}


def test_the_published_file_is_what_the_command_prints() -> None:
    assert (DOCS / "record.schema.json").read_text(encoding="utf-8") == as_text(), (
        "run: rentalwatch source schema > docs/record.schema.json"
    )


def test_it_is_a_valid_schema() -> None:
    Draft202012Validator.check_schema(record_schema())


def test_there_is_an_example_of_every_kind() -> None:
    assert {record["kind"] for record in EXAMPLES} == set(KINDS)


@pytest.mark.parametrize("record", EXAMPLES, ids=lambda r: r["key"])
def test_examples_fit_the_schema_and_are_taken(record: dict[str, Any]) -> None:
    SCHEMA.validate(record)
    assert statement(record, now=NOW, source="records").key == record["key"]


def changed(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in (CLAIM | fields).items() if value is not None}


GOOD = {
    "a bare date as a due instant": changed(due="2026-02-14"),
    "an instant without an offset": changed(on=None, at="2026-02-11T08:30"),
    "an instant with an offset and microseconds": changed(on=None, at="2026-02-11T08:30:00.123456+08:00"),
    "an instant in UTC": changed(on=None, at="2026-02-11T08:30:00Z"),
    "findings as text": changed(findings="partition/a; headcount/R1"),
    "a finding as an object": changed(findings=[{"ground": "partition", "key": "a"}]),
    "a key with a slash": changed(findings=["partition/a/b"]),
    "who said it": changed(by={"officer": "PD-1024"}, channel="12345"),
    "when the source knew": changed(source_recorded_at="2026-02-12"),
    "first seen": changed(first_seen=True),
    "a zone": changed(zone="America/New_York"),
    "a fact of its own": changed(fact="claim_second"),
}


@pytest.mark.parametrize("record", GOOD.values(), ids=GOOD.keys())
def test_what_the_schema_allows_is_taken(record: dict[str, Any]) -> None:
    SCHEMA.validate(record)
    assert statement(record, now=NOW, source="records").fact


WRONG = {
    "no kind": changed(kind=None),
    "an unknown kind": changed(kind="clame"),
    "no home": changed(dwelling=None),
    "no day": changed(on=None),
    "a day that is none": changed(on="2026-02-30"),
    "a day as people write it": changed(on="11/02/2026"),
    "an hour that is none": changed(on=None, at="2026-02-11T25:00"),
    "no findings": changed(findings=[]),
    "findings left out": changed(findings=None),
    "a finding without a key": changed(findings=["partition"]),
    "a finding without a ground": changed(findings=["/a"]),
    "text that is no finding": changed(findings="partition"),
    "a field of another kind": changed(access="full"),
    "free text": changed(remark="Mr Li, 13800000000"),
    "a name in place of the number": changed(by={"officer": "Li Wei"}),
    "a name in one word": changed(by={"officer": "李伟"}),
    "a name among officers": {
        "kind": "inspection", "key": "1", "dwelling": "H", "on": "2026-02-11", "access": "full",
        "inspection_id": "1", "officers": ["PD-1024", "Li"],
    },
    "names in a cell": {
        "kind": "inspection", "key": "1", "dwelling": "H", "on": "2026-02-11", "access": "full",
        "inspection_id": "1", "officers": "PD-1024; Li",
    },
    "a name beside the number": changed(by={"officer": "PD-1024", "name": "Li"}),
    "what only the ledger sets": changed(record_id="7d3f8a52-0a3b-5d6e-8f0a-3b1c9d2e4f60"),
    "a rulebook whose name is too long": changed(rulebook="x" * 201),
    "a name that is too long": changed(dwelling="x" * 201),
    "a channel that is too long": changed(channel="x" * 501),
    "a deadline that is no date": {**changed(kind="notice"), "deadline": "soon"},
    "an access that there is not": {
        "kind": "inspection", "key": "1", "dwelling": "H", "on": "2026-02-11", "access": "half",
        "inspection_id": "1",
    },
}  # fmt: skip


@pytest.mark.parametrize("record", WRONG.values(), ids=WRONG.keys())
def test_what_the_schema_refuses_is_refused(record: dict[str, Any]) -> None:
    assert not SCHEMA.is_valid(record)
    with pytest.raises(RowError) as refusal:
        statement(record, now=NOW, source="records")
    assert refusal.value.code.startswith("RW-")


def test_the_right_claim_among_the_wrong_ones_is_right() -> None:
    assert SCHEMA.is_valid(CLAIM)


def properties(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        for part in schema.values():
            yield from properties(part)


def test_no_kind_has_a_field_for_a_name_a_number_or_free_text() -> None:
    """Personal data has nowhere to go (D13)."""
    words = ("name", "phone", "mobile", "email", "text", "comment", "remark", "passport")
    assert [p for p in properties(record_schema()) if any(w in p for w in words)] == []
