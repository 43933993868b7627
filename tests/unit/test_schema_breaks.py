"""Which changes of a schema break a reader of published events, and that such a change is not published."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rentalwatch.domain.events import VERSIONED
from rentalwatch.errors import NotPermittedError
from rentalwatch.ledger import publish_schemas
from rentalwatch.ledger.publish_schemas import publish, released
from rentalwatch.ledger.schemas import Schema, breaks, schema_of

INSPECTION = "rentalwatch.InspectionRecorded.v1"

Edit = Callable[[Schema], Any]

HARMLESS: dict[str, Edit] = {
    "nothing": lambda s: None,
    "other words": lambda s: s.update(title="x", description="y", examples=[1]),
    "other words of a field": lambda s: s["properties"]["access"].update(description="y"),
    "a field more that may be left out": lambda s: s["properties"].update(new={"type": "string"}),
    "a field more of a part": lambda s: s["$defs"]["Room"]["properties"].update(new={"type": "string"}),
    "fields in another order": lambda s: s.update(properties=dict(reversed(s["properties"].items()))),
    "required in another order": lambda s: s["required"].reverse(),
    "values in another order": lambda s: s["properties"]["purpose"]["enum"].reverse(),
    "a definition under another name": lambda s: renamed(s, "Room", "Chamber"),
    "a definition written out": lambda s: s["properties"].update(by=s["$defs"]["Actor"]),
}

BREAKING: dict[str, Edit] = {
    "a field is gone": lambda s: s["properties"].pop("rooms"),
    "a field has another name": lambda s: s["properties"].update(area_m2=s["properties"].pop("rooms")),
    "a required field may be left out": lambda s: s["required"].remove("access"),
    "a field must be there that did not have to": lambda s: s["required"].append("purpose"),
    "a field more that must be there": lambda s: (
        s["properties"].update(new={"type": "string"}) or s["required"].append("new")
    ),
    "a value more": lambda s: s["properties"]["access"]["enum"].append("none"),
    "a value less": lambda s: s["properties"]["access"]["enum"].remove("partial"),
    "any value at all": lambda s: s["properties"]["access"].pop("enum"),
    "another type": lambda s: s["properties"]["index"].update(type="string"),
    "a wider type": lambda s: s["properties"]["index"].update(type="number"),
    "a type more": lambda s: s["properties"]["index"].update(type=["integer", "null"]),
    "null beside it": lambda s: s["properties"].update(
        by={"anyOf": [{"$ref": "#/$defs/Actor"}, {"type": "null"}]}
    ),
    "no type any more": lambda s: s["properties"]["index"].pop("type"),
    "another format": lambda s: s["properties"]["happened_at"].update(format="date"),
    "another default": lambda s: s["properties"]["purpose"].update(default="first"),
    "no default any more": lambda s: s["properties"]["purpose"].pop("default"),
    "a longer text": lambda s: s["properties"]["channel"].update(maxLength=501),
    "a shorter text": lambda s: s["properties"]["channel"].update(maxLength=499),
    "a smaller number": lambda s: s["properties"]["locked_rooms"].update(minimum=-1),
    "a list that may not be empty": lambda s: s["properties"]["rooms"].update(minItems=1),
    "other things in a list": lambda s: s["properties"]["officers"].update(items={"type": "integer"}),
    "anything in a list": lambda s: s["properties"]["officers"].pop("items"),
    "another type of a part": lambda s: s["$defs"]["Room"]["properties"]["beds"].update(type="string"),
    "a field of a part is gone": lambda s: s["$defs"]["SourceRef"]["properties"].pop("count"),
    "a part's field may be left out": lambda s: s["$defs"]["SourceRef"]["required"].remove("key"),
    "no field more may come": lambda s: s.update(additionalProperties=False),
}


def renamed(schema: Schema, old: str, new: str) -> None:
    text = (
        json.dumps(schema).replace(f'"#/$defs/{old}"', f'"#/$defs/{new}"').replace(f'"{old}":', f'"{new}":')
    )
    schema.clear()
    schema.update(json.loads(text))


def edited(edit: Edit) -> Schema:
    schema = copy.deepcopy(schema_of(INSPECTION))
    edit(schema)
    return schema


@pytest.mark.parametrize("edit", HARMLESS.values(), ids=HARMLESS)
def test_a_change_that_breaks_no_reader_is_let_through(edit: Edit) -> None:
    assert breaks(schema_of(INSPECTION), edited(edit)) == []


@pytest.mark.parametrize("edit", BREAKING.values(), ids=BREAKING)
def test_a_change_that_breaks_a_reader_is_found(edit: Edit) -> None:
    assert breaks(schema_of(INSPECTION), edited(edit)) != []


def test_a_break_is_named_with_its_place() -> None:
    assert breaks(schema_of(INSPECTION), edited(BREAKING["another type of a part"])) == [
        "/rooms/items/beds: type was 'integer' and became 'string'"
    ]


@pytest.mark.parametrize("edit", [BREAKING["a value more"], BREAKING["a field is gone"]])
def test_a_breaking_change_is_not_published_and_changes_no_file(
    edit: Edit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    monkeypatch.setattr(
        publish_schemas, "schema_of", lambda name: edited(edit) if name == INSPECTION else schema_of(name)
    )
    with pytest.raises(NotPermittedError, match=INSPECTION) as refused:
        publish(tmp_path)
    assert refused.value.code == "RW-SCHEMA-BREAKS"
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_field_that_was_added_is_kept_from_then_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(tmp_path)
    with monkeypatch.context() as later:
        more = HARMLESS["a field more that may be left out"]
        later.setattr(
            publish_schemas, "schema_of", lambda name: edited(more) if name == INSPECTION else schema_of(name)
        )
        publish(tmp_path)
    with pytest.raises(NotPermittedError, match="new: the field is gone"):
        publish(tmp_path)


def test_a_type_that_is_no_longer_written_keeps_its_schema(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(tmp_path)
    later = {name: model for name, model in VERSIONED.items() if name != INSPECTION}
    monkeypatch.setattr(publish_schemas, "VERSIONED", later)
    publish(tmp_path)
    assert INSPECTION in released(tmp_path)
    assert (tmp_path / "schemas" / f"{INSPECTION}.json").exists()
