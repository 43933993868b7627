"""Whatever comes in, nothing stops: it is taken, refused or counted, and the schema says which."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from rentalwatch.signals.batches import Batch, Refused, read
from rentalwatch.signals.district import District
from rentalwatch.signals.door import passed
from rentalwatch.signals.treatments import TREATMENTS
from tests.unit.signals.sending import MONDAY, Ad, Pass, Register, context, record, records

DOCS = Path(__file__).parents[3] / "docs"
SCHEMA = Draft202012Validator(json.loads((DOCS / "signals.schema.json").read_text("utf-8")))

GOOD: list[dict[str, Any]] = [
    record([Pass(0, MONDAY, 1), Pass(1, MONDAY + 5, 0)]),
    record([Register(0, MONDAY, 1.5), Register(1, MONDAY + 5, 2)]),
    record([Register(0, MONDAY, 1.5, "gas", "l"), Register(1, MONDAY + 5, 2, "gas", "l")]),
    record([Ad(0, MONDAY, "a"), Ad(1, MONDAY + 5, "b", 1, 3)]),
    json.loads(context(2, exempt=[{"from": MONDAY, "kind": "shop"}], complaints=[MONDAY], sent_at=MONDAY)),
]

numbers = st.one_of(
    st.sampled_from([0, 1, -1, 2, 1.0, 1.5, -0.0, 10**400, 2**53, 2**63, 2**64, -(2**63), 1e308, 5e-324]),
    st.integers(MONDAY - 10**8, MONDAY + 10**8),
    st.integers(),
    st.floats(),
)
anything = st.recursive(
    st.one_of(
        st.none(), st.booleans(), numbers, st.text(max_size=12), st.sampled_from(["in", "kWh", "gas", "1"])
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=2)
    ),
    max_leaves=6,
)


@st.composite
def almost_good(draw: st.DrawFn) -> dict[str, Any]:
    """A good record in which one to three things are something else."""
    sent = deepcopy(draw(st.sampled_from(GOOD)))
    for _ in range(draw(st.integers(1, 3))):
        field = draw(st.sampled_from([*sent, "face"]))
        value = sent.get(field)
        if isinstance(value, list) and value and draw(st.booleans()):
            value[draw(st.integers(0, len(value) - 1))] = draw(st.one_of(numbers, anything))
        elif draw(st.booleans()):
            sent.pop(field, None)
        else:
            sent[field] = draw(anything)
    return sent


def accepted(sent: dict[str, Any]) -> bool:
    """Whether a record, and every reading of it, can be read."""
    found = read(json.dumps(sent).encode())
    if isinstance(found, Refused):
        return False
    if not isinstance(found, Batch):
        return True
    beyond = passed(found, dict.fromkeys(found.names, 0)).counted
    return not any(beyond[reason] for reason in ("not_a_number", "bad_index", "negative", "too_large"))


@given(almost_good())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_is_read_is_what_the_schema_takes(sent: dict[str, Any]) -> None:
    if accepted(sent):
        SCHEMA.validate(sent)


@given(almost_good())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_the_schema_takes_is_not_refused(sent: dict[str, Any]) -> None:
    sent = as_whole(sent)
    found = read(json.dumps(sent).encode())
    if isinstance(found, Refused) and SCHEMA.is_valid(sent):
        assert found.treatment == "unequal_columns"


def as_whole(said: Any) -> Any:
    """With 7 for 7.0: to a schema they are the same, in what is no column we want the first."""
    if isinstance(said, list):
        return [as_whole(inner) for inner in said]
    if isinstance(said, dict):
        return {name: as_whole(inner) for name, inner in said.items()}
    return int(said) if isinstance(said, float) and said.is_integer() else said


@given(almost_good())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_nothing_stops_and_everything_is_counted(sent: dict[str, Any]) -> None:
    before = District().fold([context()]).tallies
    outcome = District().fold([context(), json.dumps(sent).encode(), *records([Pass(2, MONDAY, 1)])])
    assert {counted.treatment for counted in outcome.tallies} <= TREATMENTS
    assert outcome.tallies.total() >= before.total() + 2


@given(st.one_of(st.binary(max_size=60), anything.map(lambda said: json.dumps(said).encode())))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_refused_or_taken(sent: bytes) -> None:
    assert isinstance(read(sent), Refused)
    assert District().fold([sent]).tallies.total() == 1
