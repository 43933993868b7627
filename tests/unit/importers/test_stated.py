"""What stands is stated again as records, and whoever takes those judges as before."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given as for_all
from hypothesis import settings
from jsonschema import Draft202012Validator, FormatChecker

from rentalwatch.domain.events import Event, NoticeServed, RecordRetracted, SourceRef
from rentalwatch.domain.facts import Fact
from rentalwatch.domain.judge import judge
from rentalwatch.domain.judgement import Span
from rentalwatch.domain.marks import LateEntry
from rentalwatch.domain.streams import identity_key
from rentalwatch.importers.record import KIND_OF, KINDS, statement
from rentalwatch.importers.record_files import _cell, _text
from rentalwatch.importers.report import harmless, restored
from rentalwatch.importers.schema import record_schema
from rentalwatch.importers.standing_records import Wanted, standing_records
from rentalwatch.importers.stated import About, Record, as_record, called, origin_of
from rentalwatch.ledger.codec import decode
from tests.unit.domain.lives import lives

GOLDEN = Path(__file__).parents[1] / "domain" / "golden"
NOW = datetime(2030, 1, 1, tzinfo=UTC)
HOME = f"dwelling-{UUID(int=7)}"
SCHEMA = Draft202012Validator(record_schema(), format_checker=FormatChecker())
STATED_AGAIN = [cls for cls in KINDS.values() if cls is not RecordRetracted]
ENVELOPE = {"record_id", "index", "source", "superseded_by", "moved_from", "content_hash"}
"""What the ledger adds, or does not state again."""


def golden(cls: type[Event]) -> Iterator[Event]:
    for folder in (GOLDEN, GOLDEN / "added"):
        path = folder / f"{cls.__name__}.v1.json"
        if path.exists():
            yield decode(f"rentalwatch.{cls.__name__}.v1", path.read_bytes())


def about(event: Event, **said: Any) -> About:
    of = event.STREAMS[0]
    keys = getattr(event, "keys", ())
    name = called(of, identity_key(of, keys[0])) if keys else "n-1"
    return About(of, name, ("Asia/Shanghai", "UTC"), lambda stream: stream, lambda record: record, **said)


def stated(event: Event) -> Record:
    return as_record(event, about(event), ("k", KIND_OF[type(event)]), UUID(int=5))


def said(event: Event) -> dict[str, Any]:
    """What an event states: keys as the ledger names them."""
    told = {name: value for name, value in event if name not in ENVELOPE}
    if "keys" in told:
        told["keys"] = {identity_key(event.STREAMS[0], key) for key in told["keys"]}
    return told


@pytest.mark.parametrize("cls", STATED_AGAIN, ids=lambda c: c.__name__)
def test_every_kind_of_event_comes_back_from_its_record_and_from_the_cells_of_a_row(cls: type[Event]) -> None:
    for event in golden(cls):
        record = stated(event)
        SCHEMA.validate(record)
        cells = {name: restored(harmless(_text(_cell(name, value)))) for name, value in record.items()}

        for form in (json.loads(json.dumps(record)), cells):
            again = statement(form, now=NOW, source="records")
            mine = said(again.event)
            if "keys" in mine and not getattr(event, "keys", ()):
                mine["keys"] = set()
            assert mine == said(event)
            assert again.record == UUID(int=5)
            assert again.terms == {}


def spans(facts: list[Fact]) -> list[Span]:
    """What is judged, but for when somebody wrote it down: that does not come along."""
    return [span for span in judge(facts).spans if not isinstance(span.row, LateEntry)]


@settings(derandomize=True, database=None, deadline=None, max_examples=200)
@for_all(home=lives())
def test_the_records_of_a_life_are_judged_as_the_life_was(home: list[Fact]) -> None:
    opening, others = standing_records(HOME, home, Wanted(), ["UTC"], {})
    assert opening[0]["kind"] == "registration"

    taken = [statement(record, now=NOW, source="records") for record in opening + others]
    assert len({(s.key, s.fact) for s in taken}) == len(taken)
    again = [
        Fact(
            s.event.model_copy(update={"record_id": s.record}),
            version=n,
            position=n,
            recorded_at=home[-1].recorded_at,
        )
        for n, s in enumerate(taken, start=1)
    ]

    assert spans(again) == spans(home)
    assert {(i.at, i.record, i.code) for i in judge(again).irregular} == {
        (i.at, i.record, i.code) for i in judge(home).irregular
    }


@settings(derandomize=True, database=None, deadline=None, max_examples=50)
@for_all(home=lives())
def test_a_home_that_was_registered_later_than_asked_is_not_told(home: list[Fact]) -> None:
    first = home[0].at
    assert standing_records(HOME, home, Wanted(asked=first), [], {}) == ([], [])
    assert standing_records(HOME, home, Wanted(known_at=home[0].recorded_at), [], {}) == ([], [])
    _, told = standing_records(HOME, home, Wanted(asked=first + 1), [], {})
    assert told == []


def test_a_record_is_known_again_by_what_its_source_called_it() -> None:
    ref = SourceRef(name="nyc_hpd", key="v-1", fact="notice", content_hash="c", timeless_hash="t")
    first = UUID(int=9)

    assert origin_of(first, "claim", None) == (str(first), "claim")
    assert origin_of(first, "notice", ref) == ("nyc_hpd:v-1", "notice")
    assert origin_of(first, "notice", ref.model_copy(update={"name": "records"})) == ("v-1", "notice")
    assert origin_of(first, "notice", ref.model_copy(update={"key": "v" * 200})) == (str(first), "notice")


def test_a_day_is_told_in_the_zone_in_which_it_was_meant() -> None:
    day = {"kind": "notice", "dwelling": "H", "key": "1", "findings": ["a/b"], "on": "2026-03-24"}
    event = statement(day | {"zone": "America/New_York"}, now=NOW).event
    elsewhere = About("dwelling", "H", ("Asia/Shanghai",), str, lambda record: record)

    here = as_record(
        event, elsewhere._replace(zones=("Asia/Shanghai", "America/New_York")), ("1", "notice"), UUID(int=1)
    )
    assert (here["on"], here["zone"]) == ("2026-03-24", "America/New_York")
    nowhere = as_record(event, elsewhere, ("1", "notice"), UUID(int=1))
    assert statement(nowhere, now=NOW).event.happened_at == event.happened_at


def test_lists_and_findings_that_a_cell_cannot_hold_plainly_come_back() -> None:
    odd = ["a/b", "c;d/e", " f/g", "h/i/j"]
    for value in (odd, odd[:1], [{"ground": "a/b", "key": "c"}], ["[a]/b"]):
        record = {"kind": "notice", "dwelling": "H", "key": "1", "on": "2026-03-24", "findings": value}
        cells = {name: _text(_cell(name, part)) for name, part in record.items()}
        event = statement(cells, now=NOW).event
        assert isinstance(event, NoticeServed)
        assert event == statement(record, now=NOW).event
