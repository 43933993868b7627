"""What is published of events is true, and keeps its word to those who read an older version of it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from jsonschema import Draft7Validator, Draft202012Validator

from rentalwatch.domain.events import VERSIONED
from rentalwatch.domain.facts import Fact
from rentalwatch.ledger.codec import UPCASTS, encode
from rentalwatch.ledger.messages import HEADERS, message_of
from rentalwatch.ledger.publish_schemas import made, released
from rentalwatch.ledger.relay.progress import Progress, nothing_published
from rentalwatch.ledger.schemas import Schema, breaks, schema_of
from rentalwatch.ledger.store import Recorded
from rentalwatch.ledger.wanted_topics import wanted
from tests.unit.domain.lives import lives

DOCS = Path(__file__).parents[2] / "docs"
GOLDEN = Path(__file__).parent / "domain" / "golden"
ASYNCAPI = Path(__file__).parents[1] / "schemas" / "asyncapi-3.0.0.json"
COMMAND = "run `python -m rentalwatch.ledger.publish_schemas`"
INSPECTION = "rentalwatch.InspectionRecorded.v1"


def published(type_name: str) -> Schema:
    schema: Schema = json.loads((DOCS / "schemas" / f"{type_name}.json").read_text(encoding="utf-8"))
    return schema


def golden(type_name: str) -> bytes:
    return (GOLDEN / f"{type_name.removeprefix('rentalwatch.')}.json").read_bytes()


VALIDATORS = {
    name: Draft202012Validator(published(name), format_checker=Draft202012Validator.FORMAT_CHECKER)
    for name in VERSIONED
}


def described() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((DOCS / "asyncapi.yaml").read_text(encoding="utf-8"))
    return document


def test_what_is_published_is_what_the_models_say() -> None:
    for name, text in made(released(DOCS)).items():
        assert (DOCS / name).read_text(encoding="utf-8") == text, f"docs/{name} is not up to date: {COMMAND}"


def test_every_type_ever_stored_has_a_schema_and_every_schema_a_type() -> None:
    files = {path.stem for path in (DOCS / "schemas").glob("rentalwatch.*.json")}
    assert files == {*VERSIONED, *UPCASTS}
    assert set(released(DOCS)) == files


def test_no_reader_of_a_published_schema_breaks() -> None:
    before = released(DOCS)
    broken = {name: breaks(before[name], schema_of(name)) for name in before if name in VERSIONED}
    assert {name: what for name, what in broken.items() if what} == {}


@pytest.mark.parametrize("type_name", VERSIONED)
def test_each_schema_is_one_of_2020_12_under_its_own_name(type_name: str) -> None:
    Draft202012Validator.check_schema(published(type_name))
    row = Recorded(1, "dwelling-1", 1, type_name, golden(type_name), 0)
    assert published(type_name)["$id"] == dict(message_of(row, 1).headers)["ce_dataschema"].decode()


@pytest.mark.parametrize("type_name", VERSIONED)
def test_a_stored_event_is_what_its_schema_says(type_name: str) -> None:
    VALIDATORS[type_name].validate(json.loads(golden(type_name)))


@pytest.mark.parametrize("type_name", VERSIONED)
def test_an_event_with_a_field_of_a_later_release_is_accepted(type_name: str) -> None:
    VALIDATORS[type_name].validate(json.loads(golden(type_name)) | {"of_a_later_release": {"x": 1}})


@pytest.mark.parametrize("type_name", VERSIONED)
def test_required_fields_are_in_every_event_and_no_field_is_ever_null(type_name: str) -> None:
    schema, event = published(type_name), json.loads(golden(type_name))
    for name in schema["properties"]:
        without = {key: value for key, value in event.items() if key != name}
        assert VALIDATORS[type_name].is_valid(without) is (name not in schema["required"])
        assert not VALIDATORS[type_name].is_valid(event | {name: None})


@given(lives())
def test_whatever_is_recorded_is_what_its_schema_says(life: list[Fact]) -> None:
    for fact in life:
        type_name, state = encode(fact.event)
        VALIDATORS[type_name].validate(json.loads(state))


def test_the_description_is_valid_asyncapi() -> None:
    Draft7Validator(json.loads(ASYNCAPI.read_text(encoding="utf-8"))).validate(described())


def test_every_reference_of_the_description_leads_somewhere() -> None:
    document = described()
    for reference in references(document):
        file, _, pointer = reference.partition("#")
        found: Any = document if not file else json.loads((DOCS / file).read_text(encoding="utf-8"))
        for part in pointer.split("/")[1:]:
            found = found[part]
        assert found


def references(part: Any) -> list[str]:
    if isinstance(part, list):
        return [found for one in part for found in references(one)]
    if not isinstance(part, dict):
        return []
    own = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
    return own + [found for one in part.values() for found in references(one)]


def test_the_description_names_every_type_header_and_topic() -> None:
    document = described()
    assert set(document["channels"]["events"]["messages"]) == {*VERSIONED, *UPCASTS}
    headers = document["components"]["messageTraits"]["cloudEvent"]["headers"]
    assert [*headers["properties"]] == headers["required"] == [*HEADERS]
    assert [channel["address"] for channel in document["channels"].values()] == [
        topic.name for topic in wanted("{prefix}")
    ]


def test_the_headers_of_a_message_are_what_the_description_says() -> None:
    headers = described()["components"]["messageTraits"]["cloudEvent"]["headers"]
    row = Recorded(812, "dwelling-1", 3, INSPECTION, golden(INSPECTION), 1_758_000_000_000_001)
    said = {name: text.decode() for name, text in message_of(row, 7).headers}
    Draft202012Validator(headers, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(said)


def test_the_progress_of_the_relay_is_what_the_description_says() -> None:
    payload = described()["components"]["messages"]["progress"]["payload"]
    for progress in (nothing_published(1, "a topic"), Progress(1, "a topic", 812, "ab" * 32, 1)):
        written = json.loads(progress.to_bytes())
        Draft202012Validator(payload).validate(written)
        assert [*written] == payload["required"] == [*payload["properties"]]


def test_the_page_for_people_names_every_header_and_topic() -> None:
    page = (DOCS / "messages.md").read_text(encoding="utf-8")
    first_cells = re.findall(r"^\| `([^`]+)` \|", page, re.MULTILINE)
    assert first_cells == [topic.name for topic in wanted("rentalwatch")] + [*HEADERS]
