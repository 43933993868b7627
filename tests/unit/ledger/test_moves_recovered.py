"""Merges in a ledger that is mended: taken out of it, or stored again behind what others had."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from uuid import UUID

import pytest

from rentalwatch.ledger.application import Ledger
from rentalwatch.ledger.codec import decode
from rentalwatch.ledger.rebuild import side_tables
from rentalwatch.ledger.relay.again import Again, submit
from rentalwatch.ledger.relay.tail import forget
from rentalwatch.ledger.relay.taking import take
from rentalwatch.ledger.store import Recorded
from tests.unit.ledger.test_merge import HERE, THERE, codes, merge, sound, two_homes, undo
from tests.unit.ledger.words import an_id, home_row, imports, patrols, row, stored

LATER = 2_000_000_000_000_000


@pytest.fixture
def mended(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger(tmp_path / "mended.db", create=True) as opened:
        yield opened


def takes(ledger: Ledger, events: list[Recorded]) -> None:
    with ledger.recorder.writing() as tx:
        take(tx, iter(events), lambda _: None)


def stores_again(ledger: Ledger, events: list[Recorded]) -> Again:
    with ledger.recorder.joined() as tx:
        behind = stored(ledger)[-1]
        return submit(tx, behind, events, LATER)


def record_of(row: Recorded) -> UUID:
    return decode(row.type_name, row.state).record_id


@pytest.mark.parametrize("undoing", [False, True])
@pytest.mark.parametrize("nth", range(4, 9))
def test_whichever_record_a_tail_begins_with_the_files_are_as_before(
    ledger: Ledger, mended: Ledger, nth: int, undoing: bool
) -> None:
    two_homes(ledger)
    merge(ledger)
    imports(ledger, row("1", "smoke"), batch="second")
    if undoing:
        undo(ledger)
    records = [list(rows) for _, rows in groupby(stored(ledger), key=record_of)]
    takes(mended, [event for record in records[:nth] for event in record])
    went = stores_again(mended, [event for record in records[nth:] for event in record])
    assert went.refused == []
    assert [codes(mended, s) for s in (HERE, THERE)] == [codes(ledger, s) for s in (HERE, THERE)]
    assert sound(mended)


def test_a_merge_of_a_file_that_others_wrote_to_is_refused_with_what_was_taken_over(
    ledger: Ledger, mended: Ledger
) -> None:
    two_homes(ledger)
    takes(mended, stored(ledger))
    merge(ledger)
    mended.record(patrols(), an_id("theirs"))
    went = stores_again(mended, stored(ledger)[4:])
    assert went.stored == 0
    assert len(went.refused) == 2
    assert all("[RW-FILE-CHANGED]" in sentence for sentence in went.refused)
    assert [codes(mended, s) for s in (HERE, THERE)] == [["noise"], ["fire"]]
    assert sound(mended)


def test_an_undoing_is_refused_if_the_other_file_was_merged_meanwhile(ledger: Ledger, mended: Ledger) -> None:
    two_homes(ledger)
    imports(ledger, home_row("HOME-3"))
    merge(ledger)
    takes(mended, stored(ledger))
    end = len(stored(ledger))
    undo(ledger)
    merge(mended, "HOME-2", "HOME-3", name="theirs")
    went = stores_again(mended, stored(ledger)[end:])
    assert (went.stored, len(went.refused)) == (0, 2)
    assert sound(mended)


def test_what_is_said_of_a_file_that_others_closed_is_refused(ledger: Ledger, mended: Ledger) -> None:
    two_homes(ledger)
    takes(mended, stored(ledger))
    ledger.record(patrols(), an_id("ours"))
    merge(mended)
    went = stores_again(mended, stored(ledger)[4:])
    assert [s.rpartition(" ")[2] for s in went.refused] == ["[RW-FILE-CLOSED]"]
    assert sound(mended)


@pytest.mark.parametrize("fork", range(4, 11))
def test_a_merge_that_is_taken_out_leaves_what_the_rest_tells(ledger: Ledger, fork: int) -> None:
    two_homes(ledger)
    merge(ledger)
    imports(ledger, row("1", "smoke"), batch="second")
    undo(ledger)
    merge(ledger, name="again")
    events = stored(ledger)
    with ledger.recorder.joined() as tx:
        forget(tx, fork, iter(events[fork:]), iter(events[:fork]))
    assert len(stored(ledger)) == fork
    told = side_tables(stored(ledger))
    tables = {"moved_records": told.moved, "merged_streams": told.merged, "identity_keys": told.keys}
    for name, rows in tables.items():
        assert {tuple(r) for r in ledger.recorder.query(f"SELECT * FROM {name}")} == set(rows.values()), name
