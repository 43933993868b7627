"""A message of the events topic says all that is stored of an event, in CloudEvents, and nothing else passes
for one."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from uuid import UUID, uuid5

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rentalwatch.domain.events import VERSIONED
from rentalwatch.domain.instants import micros
from rentalwatch.ledger.codec import UndecodableError
from rentalwatch.ledger.messages import (
    HEADERS,
    MOST,
    Message,
    UnreadableRecordError,
    event_id,
    message_of,
    recorded_of,
)
from rentalwatch.ledger.store import Recorded

GOLDEN = Path(__file__).parents[1] / "domain" / "golden"
STATES = {name: (GOLDEN / f"{name.removeprefix('rentalwatch.')}.json").read_bytes() for name in VERSIONED}
CONFIRMED = "rentalwatch.ViolationConfirmed.v1"
LAST_MICROSECOND = micros(datetime.fromisoformat("9999-12-31T23:59:59.999999Z"))

rows = st.builds(
    Recorded,
    position=st.integers(1, MOST),
    stream_id=st.text(st.characters(codec="utf-8"), min_size=1),
    version=st.integers(1, MOST),
    type_name=st.text(st.characters(codec="utf-8"), min_size=1),
    state=st.sampled_from([*STATES.values()]),
    recorded_at=st.integers(0, LAST_MICROSECOND),
)
epochs = st.integers(0, MOST)


def a_row() -> Recorded:
    return Recorded(812, "dwelling-1", 3, CONFIRMED, STATES[CONFIRMED], 1_758_000_000_000_001)


def with_header(message: Message, name: str, text: bytes | None) -> Message:
    return message._replace(headers=[(n, text if n == name else t) for n, t in message.headers])


@given(rows, epochs)
def test_a_message_gives_back_the_row_and_the_epoch_it_was_made_of(row: Recorded, epoch: int) -> None:
    assert recorded_of(*message_of(row, epoch)) == (row, epoch)


@pytest.mark.parametrize("type_name", VERSIONED)
def test_the_value_is_what_the_ledger_stores_byte_for_byte(type_name: str) -> None:
    row = a_row()._replace(type_name=type_name, state=STATES[type_name])
    message = message_of(row, 1)
    assert message.value == STATES[type_name]
    assert recorded_of(*message) == (row, 1)


def test_the_headers_are_those_of_cloudevents_in_binary_mode() -> None:
    message = message_of(a_row(), epoch=7)
    assert message.key == b"dwelling-1"
    assert dict(message.headers) == {
        "content-type": b"application/json",
        "ce_specversion": b"1.0",
        "ce_id": str(uuid5(UUID("14d8149a-5e06-552e-8d1d-8c83253ff351"), "1")).encode(),
        "ce_source": b"urn:rentalwatch:ledger",
        "ce_type": b"rentalwatch.ViolationConfirmed.v1",
        "ce_subject": b"dwelling-1",
        "ce_time": b"2025-09-16T05:20:00.000001Z",
        "ce_dataschema": b"urn:rentalwatch:schema:rentalwatch.ViolationConfirmed.v1",
        "ce_position": b"812",
        "ce_version": b"3",
        "ce_epoch": b"7",
    }


@given(st.uuids(), st.integers(0, MOST))
def test_the_id_of_an_event_is_uuid5_of_its_record_and_its_index(record_id: UUID, index: int) -> None:
    assert event_id(str(record_id), index) == str(uuid5(record_id, str(index)))


@given(st.permutations([*json.loads(STATES[CONFIRMED]).items()]), st.booleans())
def test_the_id_does_not_depend_on_how_the_json_is_written(
    fields: list[tuple[str, object]], spaced: bool
) -> None:
    state = json.dumps(dict(fields), separators=None if spaced else (",", ":")).encode()
    made = dict(message_of(a_row()._replace(state=state), 1).headers)
    assert made["ce_id"] == dict(message_of(a_row(), 1).headers)["ce_id"]


@pytest.mark.parametrize("index", [b'"index":1', b'"index" : 1', b'"\\u0069ndex":1'])
def test_an_index_that_stands_later_is_seen(index: bytes) -> None:
    record_id = "14d8149a-5e06-552e-8d1d-8c83253ff351"
    state = b'{"record_id":"%s","happened_at":"2025-03-07T01:20:00Z",%s}' % (record_id.encode(), index)
    assert dict(message_of(a_row()._replace(state=state), 1).headers)["ce_id"] == (
        event_id(record_id, 1).encode()
    )


@pytest.mark.parametrize("state", [b"", b"no json", b"[]", b"{}", b'{"record_id":"x"}', b'{"record_id":7}'])
def test_a_damaged_event_is_not_published(state: bytes) -> None:
    with pytest.raises(UndecodableError, match="position 812"):
        message_of(a_row()._replace(state=state), 1)


@given(
    st.none() | st.binary(),
    st.none() | st.binary(),
    st.none() | st.lists(st.tuples(st.sampled_from(HEADERS) | st.text(), st.none() | st.binary())),
)
def test_any_other_record_is_refused_with_one_kind_of_error(
    key: bytes | None, value: bytes | None, headers: list[tuple[str, bytes | None]] | None
) -> None:
    with pytest.raises(UnreadableRecordError):
        recorded_of(key, value, headers)


@given(st.sampled_from(HEADERS), st.none() | st.binary(max_size=40) | st.text(max_size=40).map(str.encode))
def test_a_message_with_one_header_changed_never_passes_for_another_event(
    name: str, text: bytes | None
) -> None:
    given_message = message_of(a_row(), 7)
    assume(text != dict(given_message.headers)[name])
    try:
        row, epoch = recorded_of(*with_header(given_message, name, text))
    except UnreadableRecordError:
        return
    assert name in ("ce_position", "ce_version", "ce_epoch", "ce_time")
    assert message_of(row, epoch) == with_header(given_message, name, text)


@given(st.binary() | st.dictionaries(st.text(), st.none() | st.text()).map(json.dumps).map(str.encode))
def test_a_message_with_another_value_is_refused(value: bytes) -> None:
    with pytest.raises(UnreadableRecordError):
        recorded_of(*message_of(a_row(), 1)._replace(value=value))


@pytest.mark.parametrize("name", HEADERS)
def test_a_header_that_is_missing_or_stands_twice_is_refused(name: str) -> None:
    key, value, headers = message_of(a_row(), 1)
    for changed in ([h for h in headers if h[0] != name], [*headers, (name, dict(headers)[name])]):
        with pytest.raises(UnreadableRecordError, match=name):
            recorded_of(key, value, changed)


def test_a_message_cut_short_is_refused() -> None:
    key, value, headers = message_of(a_row(), 1)
    for length in range(len(value)):
        with pytest.raises(UnreadableRecordError):
            recorded_of(key, value[:length], headers)


def test_a_header_of_a_later_release_is_passed_over() -> None:
    key, value, headers = message_of(a_row(), 1)
    assert recorded_of(key, value, [*headers, ("ce_traceparent", b"00-1")]) == (a_row(), 1)


def test_messages_are_made_without_a_client_of_kafka() -> None:
    said = "import sys, rentalwatch.ledger.messages; print([m for m in sys.modules if 'kafka' in m])"
    done = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
