"""The codec reads what is on the allow-list and says plainly what it cannot read."""

import json
from pathlib import Path
from typing import Any

import pytest

from rentalwatch.domain.events import ViolationConfirmed
from rentalwatch.ledger.codec import UPCASTS, NewerVersionError, UndecodableError, decode

CONFIRMED = "rentalwatch.ViolationConfirmed.v1"
STATE = (Path(__file__).parent / "golden" / "ViolationConfirmed.v1.json").read_bytes()


@pytest.mark.parametrize("name", ["rentalwatch.ViolationConfirmed.v2", "rentalwatch.TenantSurveyed.v1"])
def test_a_version_or_type_of_a_later_release_is_newer_and_not_damaged(name):
    with pytest.raises(NewerVersionError, match="does not know") as refused:
        decode(name, STATE)
    assert refused.value.code == "RW-EVENT-NEWER"
    assert "Upgrade" in refused.value.todo


@pytest.mark.parametrize(
    "name",
    [
        "rentalwatch.domain.events:ViolationConfirmed",
        "rentalwatch.domain.events.ViolationConfirmed",
        "ViolationConfirmed",
        "os:system",
        "",
    ],
)
def test_a_python_path_or_anything_else_is_no_type_name(name):
    with pytest.raises(UndecodableError, match="not a type of event"):
        decode(name, STATE)


@pytest.mark.parametrize(
    "state",
    [
        b"",
        b"null",
        b"[]",
        STATE[:-1],
        STATE + b"}",
        STATE.replace(b'"record_id"', b'"\xff"', 1),
        STATE.replace(b'"partition"', b'""', 1),
        STATE.replace(b'"basis":"source"', b'"basis":"hearsay"'),
        STATE.replace(b'"happened_at":"2025-03-07T01:20:00Z"', b'"happened_at":"2025-03-07T01:20:00"'),
        STATE.replace(b'"implied":true', b'"implied":true,"name":"somebody"'),
    ],
    ids=[
        "empty",
        "null",
        "a list",
        "cut off",
        "one brace too many",
        "not UTF-8",
        "an empty ground",
        "an unknown basis",
        "an instant without a zone",
        "a field that is not there",
    ],
)
def test_damaged_bytes_are_undecodable(state):
    assert state != STATE
    with pytest.raises(UndecodableError) as refused:
        decode(CONFIRMED, state)
    assert refused.value.code == "RW-EVENT-DAMAGED"
    assert CONFIRMED in refused.value.what


def test_the_complaint_names_the_field():
    with pytest.raises(UndecodableError, match=r"findings\.0\.ground"):
        decode(CONFIRMED, STATE.replace(b'"partition"', b'""', 1))


@pytest.fixture
def an_older_version(monkeypatch: pytest.MonkeyPatch) -> str:
    """A version nought in which a confirmation had one ground and one key."""

    def upcast(fields: dict[str, Any]) -> dict[str, Any]:
        finding = {"ground": fields.pop("ground"), "key": fields.pop("key")}
        return {**fields, "findings": [finding]}

    monkeypatch.setitem(UPCASTS, "rentalwatch.ViolationConfirmed.v0", (CONFIRMED, upcast))
    return "rentalwatch.ViolationConfirmed.v0"


def older(**changes: Any) -> bytes:
    fields = json.loads(STATE)
    del fields["findings"]
    return json.dumps({**fields, "ground": "partition", "key": "living room", **changes}).encode()


def test_an_older_version_is_read_as_the_one_of_today(an_older_version):
    event = decode(an_older_version, older())
    assert isinstance(event, ViolationConfirmed)
    assert [(f.ground, f.key) for f in event.findings] == [("partition", "living room")]


@pytest.mark.parametrize("state", [b"{", older(ground="")])
def test_a_damaged_older_version_is_undecodable(an_older_version, state):
    with pytest.raises(UndecodableError):
        decode(an_older_version, state)
