"""What was stored once can be read for ever: one example of each type of event, byte for byte.

A file here is never changed. A new type adds one; a new version of a type adds one and an upcast, and the
older file stays. A type that gets fields later, each with a default, has a second example in `added/`.
`defaults.json` is what a field means that was left out: changing it would change what stored events say.
"""

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from uuid import UUID

import pytest

from rentalwatch.domain.events import VERSIONED, Event, SourceRef
from rentalwatch.ledger.codec import UPCASTS, decode, encode, hashes, payload

GOLDEN = Path(__file__).parent / "golden"
CONTENT_HASHES = {
    "ViolationConfirmed.v1": ("ccc669f2b114bb1c1d996c7dfd64f27a", "1b81edddccc438c86a45b069ea4eb1bd"),
    "InspectionRecorded.v1": ("7039aa291cd8f0bfe027c30f70216636", "8f19961446a8ae54f3fc4aa9d731e6cd"),
}


def golden(name: str) -> bytes:
    return (GOLDEN / f"{name}.json").read_bytes()


def examples(type_name: str) -> list[bytes]:
    """The event as it was first stored, and with the fields that came later."""
    later = GOLDEN / "added" / f"{short(type_name)}.json"
    return [golden(short(type_name))] + ([later.read_bytes()] if later.exists() else [])


def short(type_name: str) -> str:
    return type_name.removeprefix("rentalwatch.")


def test_every_type_of_event_has_a_golden_file_and_every_file_a_type():
    files = {path.name.removesuffix(".json") for path in GOLDEN.glob("*.v*.json")}
    assert files == {short(name) for name in (*VERSIONED, *UPCASTS)}


@pytest.mark.parametrize("type_name", VERSIONED)
def test_a_stored_event_reads_back_and_encodes_to_the_same_bytes(type_name):
    for state in examples(type_name):
        event = decode(type_name, state)
        assert type(event) is VERSIONED[type_name]
        assert encode(event) == (type_name, state)


@pytest.mark.parametrize("type_name", VERSIONED)
def test_the_golden_event_says_something_in_every_field_of_its_own(type_name):
    own = set(VERSIONED[type_name].model_fields) - set(Event.model_fields)
    left_out = own.difference(*map(json.loads, examples(type_name)))
    assert left_out == set()


@pytest.mark.parametrize("type_name", VERSIONED)
def test_a_field_left_out_means_what_it_always_meant(type_name):
    state = json.loads(golden(short(type_name)))
    defaults = json.loads((GOLDEN / "defaults.json").read_bytes())[type_name]
    required = {name: value for name, value in state.items() if name not in defaults}
    read = json.loads(decode(type_name, json.dumps(required).encode()).model_dump_json())
    assert {name: value for name, value in read.items() if name not in required} == defaults


@pytest.mark.parametrize("name", CONTENT_HASHES)
def test_the_hash_of_what_was_stated_never_changes(name):
    event = decode(f"rentalwatch.{name}", golden(name))
    said = payload(event)
    assert hashes(f"rentalwatch.{name}", said, event.happened_at, event.precision) == CONTENT_HASHES[name]


def test_the_hash_covers_the_instant_and_not_its_spelling():
    event = decode("rentalwatch.ViolationConfirmed.v1", golden("ViolationConfirmed.v1"))

    def hashed(moment: datetime, precision: str = "instant") -> tuple[str, str]:
        return hashes("rentalwatch.ViolationConfirmed.v1", payload(event), moment, precision)

    content, timeless = hashed(event.happened_at)
    assert hashed(event.happened_at.astimezone(timezone(timedelta(hours=8)))) == (content, timeless)
    for moment, precision in [
        (event.happened_at + timedelta(microseconds=1), "instant"),
        (event.happened_at, "day"),
    ]:
        other, other_timeless = hashed(moment, precision)
        assert (other != content, other_timeless) == (True, timeless)


@pytest.mark.parametrize(
    "handed_in",
    [
        {"record_id": UUID(int=1), "index": 0},
        {"rulebook": "pudong@000000000000"},
        {"source": SourceRef(name="x", key="x", fact="x", content_hash="x", timeless_hash="x")},
        {"source_recorded_at": datetime(2026, 1, 1, tzinfo=UTC)},
        {"superseded_by": UUID(int=2)},
        {"content_hash": ""},
    ],
    ids=lambda handed_in: ", ".join(handed_in),
)
def test_the_hash_leaves_out_which_import_or_record_handed_it_in(handed_in):
    event = decode("rentalwatch.ViolationConfirmed.v1", golden("ViolationConfirmed.v1"))
    other = event.model_copy(update=handed_in)
    assert other != event
    assert payload(other) == payload(event)


@pytest.mark.parametrize(
    "stated", [{"by": None}, {"channel": "12345"}, {"implied": False}, {"stated": ""}, {"onset_on": None}]
)
def test_the_hash_covers_everything_that_was_stated(stated):
    event = decode("rentalwatch.ViolationConfirmed.v1", golden("ViolationConfirmed.v1"))
    assert payload(event.model_copy(update=stated)) != payload(event)
