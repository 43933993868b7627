"""What the published schema takes is taken, and what it refuses is refused or counted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from rentalwatch.signals.batches import Batch, Refused, read
from rentalwatch.signals.records import Context
from tests.unit.signals.sending import MONDAY, Pass, context, encoded, head, record

DOCS = Path(__file__).parents[3] / "docs"
SCHEMA = Draft202012Validator(json.loads((DOCS / "signals.schema.json").read_text("utf-8")))


def meter(**more: Any) -> dict[str, Any]:
    columns = {"dwelling": [0, 0], "value": [1.5, 2]}
    return {**head("electricity", [MONDAY, MONDAY + 60], dwellings=["a"], unit="kWh"), **columns, **more}


def listing(**more: Any) -> dict[str, Any]:
    columns = {"dwelling": [0], "ad": ["x"], "by_bed": [1], "rooms": [4]}
    return {**head("listing", [MONDAY], dwellings=["a"]), **columns, **more}


GOOD = [meter(), listing(), record([Pass(0, MONDAY, 1)]), json.loads(context())]

BAD: list[tuple[dict[str, Any], str]] = [
    (meter(face=[1, 2]), "refused_field"),
    (meter(id_number="31010119900307123X"), "refused_field"),
    (meter(unit="m3"), "bad_field"),
    (meter(dwellings="a"), "bad_field"),
    (meter(value={"a": 1}), "bad_field"),
    (meter(estate=""), "bad_field"),
    (meter(source="a b"), "bad_field"),
    (meter(sent_at=True), "bad_field"),
    (meter(kind="faces"), "unknown_kind"),
    (meter(kind=["gas"]), "unknown_kind"),
    (meter(v=2), "unknown_version"),
    (meter(v=True), "unknown_version"),
    (listing(ad=[7]), "bad_field"),
    (listing(ad=["x" * 65]), "bad_field"),
    ({k: v for k, v in meter().items() if k != "value"}, "missing_field"),
    ({k: v for k, v in meter().items() if k != "unit"}, "missing_field"),
    ({k: v for k, v in meter().items() if k != "kind"}, "missing_field"),
    (record([Pass(0, MONDAY, 0)], cards=["not hexadecimal!"]), "bad_field"),
    (record([Pass(0, MONDAY, 0)], direction=["through"]), "bad_field"),
    ({**json.loads(context()), "zone": 8}, "bad_field"),
    ({**json.loads(context()), "owner": "x"}, "refused_field"),
]


@pytest.mark.parametrize("sent", GOOD, ids=lambda r: str(r["kind"]))
def test_what_the_schema_takes_is_taken(sent: dict[str, Any]) -> None:
    SCHEMA.validate(sent)
    assert isinstance(read(encoded(sent)), Batch | Context)


@pytest.mark.parametrize(("sent", "treatment"), BAD)
def test_what_the_schema_refuses_is_refused(sent: dict[str, Any], treatment: str) -> None:
    assert not SCHEMA.is_valid(sent)
    refused = read(encoded(sent))
    assert isinstance(refused, Refused)
    assert refused.treatment == treatment
    assert "31010119900307123X" not in repr(refused)


def test_examples_of_the_page_are_taken() -> None:
    page = (DOCS / "signals.md").read_text("utf-8")
    block = page.split("```json\n")[1].split("```")[0]
    sent = [json.loads(text) for text in block.replace("\n{", "\x00{").split("\x00")]
    assert [r["kind"] for r in sent] == ["gate_pass", "electricity", "listing"]
    for one in sent:
        SCHEMA.validate(one)
        batch = read(encoded(one))
        assert isinstance(batch, Batch)
        assert not batch.no_number.any()
        assert not batch.bad_index.any()
