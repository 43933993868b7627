"""The side tables follow from the events: whatever was written in whatever chunks (D4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from rentalwatch.domain import events as ev
from rentalwatch.domain.facts import Fact, standing
from rentalwatch.errors import NotFoundError, NotPermittedError
from rentalwatch.ledger.application import Ledger
from rentalwatch.ledger.audit import audit
from rentalwatch.ledger.rebuild import side_tables
from rentalwatch.ledger.statements import Statement, dwelling_stream
from rentalwatch.ledger.tables import SIDE_TABLES
from tests.unit.ledger.words import (
    an_id,
    began,
    home_row,
    imports,
    patrols,
    registers,
    retracts,
    row,
    says,
    stored,
    undoes,
)

HOMES = ("A", "B", "C")
STREAMS = tuple(map(dwelling_stream, HOMES))
IMPORTS = ("first", "second", "third")

rows = st.builds(
    row,
    st.sampled_from("123"),
    st.sampled_from(("noise", "fire", "smell")),
    st.sampled_from(HOMES),
    seen=st.none() | st.integers(0, 3),
)
relabelled = st.builds(home_row, st.sampled_from(HOMES), st.sampled_from(("", "other")))
chunk = st.tuples(st.just("take"), st.sampled_from(IMPORTS), st.lists(rows | relabelled, max_size=5))
undo = st.tuples(st.just("undo"), st.sampled_from(IMPORTS), st.none())
by_hand = st.tuples(st.just("retract"), st.integers(0, 20), st.none())
patrol = st.tuples(st.just("record"), st.sampled_from(HOMES), st.none())
move = st.tuples(st.sampled_from(("merge", "unmerge", "split")), st.integers(0, 20), st.none())

QUIET = settings(max_examples=150, derandomize=True, deadline=None, database=None)


def opened(folder: str) -> Ledger:
    ledger = Ledger(Path(folder) / "ledger.db", create=True)
    for name in IMPORTS:
        began(ledger, name)
    imports(ledger, *map(home_row, HOMES))
    return ledger


def act(ledger: Ledger, step: int, what: str, name: object, statements: Sequence[Statement] | None) -> None:
    try:
        if what == "take":
            imports(ledger, *statements or (), batch=str(name))
        elif what == "undo":
            undoes(ledger, str(name))
        elif what == "record":
            ledger.record(patrols(str(name)), an_id(f"patrol {step}"))
        elif what == "retract":
            home, fact = nth_fact(ledger, int(str(name)))
            ledger.record(retracts(fact.event.record_id, home), an_id(f"retraction {step}"))
        else:
            ledger.record(moved(ledger, what, int(str(name))), an_id(f"move {step}"))
    except (NotPermittedError, NotFoundError):
        pass  # a refusal stores nothing; that is part of what is tested


def nth_fact(ledger: Ledger, n: int) -> tuple[str, Fact]:
    """One of all facts that were ever stored, and the file in which it counts or did."""
    facts = [(stream, fact) for stream in STREAMS for fact in ledger.facts(stream)]
    return facts[n % len(facts)]


def moved(ledger: Ledger, what: str, n: int) -> Statement:
    """A merge of two of the homes, the undoing of one of the merges, or a record that goes elsewhere."""
    here, there = HOMES[n % 3], HOMES[(n // 3 + n + 1) % 3]
    if what == "merge":
        return says(ev.DwellingsMerged, here, into=there, reason="one home")
    if what == "split":
        home, fact = nth_fact(ledger, n)
        return says(ev.DwellingSplit, home, part=there, records=(fact.event.record_id,), reason="two homes")
    merges = [f for s in STREAMS for f in ledger.facts(s) if isinstance(f.event, ev.DwellingsMerged)]
    merge = merges[n % len(merges)].event.record_id if merges else an_id("none")
    return says(ev.MergeUndone, here, merge=merge, reason="two homes")


def side_rows_of(ledger: Ledger) -> dict[str, set[tuple[object, ...]]]:
    return {
        table: {tuple(r) for r in ledger.recorder.query(f"SELECT * FROM {table}")} for table in SIDE_TABLES
    }


def side_rows_told(ledger: Ledger) -> dict[str, set[tuple[object, ...]]]:
    told = side_tables(stored(ledger))
    return {
        "record_ids": set(told.records.values()),
        "source_facts": set(told.facts.values()),
        "identity_keys": set(told.keys.values()),
        "moved_records": set(told.moved.values()),
        "merged_streams": set(told.merged.values()),
    }


@QUIET
@given(st.lists(chunk | chunk | chunk | undo | by_hand | patrol, max_size=8))
def test_any_sequence_of_imports_and_undoing_leaves_tables_that_the_events_tell(
    steps: list[tuple[str, object, list[Statement] | None]],
) -> None:
    with TemporaryDirectory() as folder, opened(folder) as ledger:
        for step, (what, name, statements) in enumerate(steps):
            act(ledger, step, what, name, statements)
        assert side_rows_of(ledger) == side_rows_told(ledger)
        assert list(audit(ledger)) == []


@QUIET
@given(
    st.lists(chunk | chunk | move | move | undo | by_hand, max_size=10),
    st.lists(rows, max_size=4, unique_by=lambda said: said.key),
)
def test_whatever_is_merged_and_split_each_record_stands_once_and_an_import_is_known_the_second_time(
    steps: list[tuple[str, object, list[Statement] | None]], last: list[Statement]
) -> None:
    with TemporaryDirectory() as folder, opened(folder) as ledger:
        for step, (what, name, statements) in enumerate(steps):
            act(ledger, step, what, name, statements)
        # every record counts in one file at most
        counting = [f.event for s in STREAMS for f in standing(ledger.facts(s))]
        assert set(Counter((event.record_id, event.index) for event in counting).values()) <= {1}
        # what the ledger takes for standing of a source does stand
        stand = "SELECT record_id FROM source_facts WHERE record_id IS NOT NULL AND fact = 'note'"
        for (record,) in ledger.recorder.query(stand):
            assert UUID(bytes=record) in {event.record_id for event in counting}
        # importing a file again adds nothing to what importing it once did
        imports(ledger, *last, batch="third")
        end = len(stored(ledger))
        imports(ledger, *last, batch="fourth")
        assert len(stored(ledger)) == end
        assert side_rows_of(ledger) == side_rows_told(ledger)
        assert list(audit(ledger)) == []


@QUIET
@given(st.lists(rows | relabelled, min_size=1, max_size=12), st.lists(st.integers(1, 5), min_size=1))
def test_however_an_import_is_cut_into_chunks_the_same_events_are_stored(
    statements: list[Statement], sizes: list[int]
) -> None:
    whole, cut = [], []
    with TemporaryDirectory() as folder, opened(folder) as ledger:
        imports(ledger, *statements)
        whole = [event[1:5] for event in stored(ledger)]
    with TemporaryDirectory() as folder, opened(folder) as ledger:
        rest, n = statements, 0
        while rest:
            size = sizes[n % len(sizes)]
            imports(ledger, *rest[:size])
            rest, n = rest[size:], n + 1
        cut = [event[1:5] for event in stored(ledger)]
    assert cut == whole


def test_identity_keys_are_told_by_registrations(ledger: Ledger) -> None:
    ledger.record(registers("FLAT-7", "HOUSE-CODE-9"), an_id("flat"))
    ledger.record(registers("FLAT-8", "HOUSE-CODE-9", "X"), an_id("next"))
    told = side_tables(stored(ledger)).keys
    assert set(told) == {"FLAT-7", "HOUSE-CODE-9", "FLAT-8", "X"}
    assert set(told.values()) == side_rows_of(ledger)["identity_keys"]


def test_a_content_hash_is_told_although_a_rulebook_added_terms(ledger: Ledger) -> None:
    # given a patrol, and a lead whose due instant was resolved by a rulebook
    from rentalwatch.domain import events as ev
    from tests.unit.ledger.words import day, says

    plain = says(ev.LeadReported, "A", ticket="T-1")
    due = Statement(plain.event, subject="A", terms={"due": day(2)})
    ledger.record(registers("A"), an_id("home"))
    ledger.record(due, an_id("lead"))
    # when the tables are told from the events, then the hash is that of what was stated
    told = side_tables(stored(ledger)).records[an_id("lead").bytes]
    assert told[3] == plain.content_hash
    assert ledger.record(plain, an_id("lead")).again
    assert list(audit(ledger)) == []
