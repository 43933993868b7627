"""Undoing an import by compensating events: nothing is deleted, and the same file may come again."""

from __future__ import annotations

import pytest

from rentalwatch.domain import events as ev
from rentalwatch.errors import NotFoundError, NotPermittedError
from rentalwatch.ledger import batches
from rentalwatch.ledger.application import Ledger
from rentalwatch.ledger.audit import audit
from rentalwatch.ledger.intake import Counts
from rentalwatch.ledger.store import MAX_EVENTS
from tests.unit.ledger.words import HOME, an_id, began, home_row, imports, row, stored, told, undoes


@pytest.fixture
def ledger(ledger: Ledger) -> Ledger:
    for name in ("first", "second", "third"):
        began(ledger, name)
    imports(ledger, home_row(), row("1", "noise"), batch="first")
    return ledger


def test_what_an_import_stated_first_is_retracted(ledger: Ledger) -> None:
    imports(ledger, row("2", "fire"), batch="second")
    assert undoes(ledger, "second") == [1]
    assert told(ledger) == ["noise"]
    assert isinstance(ledger.facts(ledger.stream_of(HOME))[-1].event, ev.RecordRetracted)


def test_what_an_import_corrected_is_stated_as_it_was_before(ledger: Ledger) -> None:
    imports(ledger, row("1", "fire", seen=3), batch="second")
    assert undoes(ledger, "second") == [2]
    assert told(ledger) == ["noise"]
    assert imports(ledger, row("1", "noise"), batch="third") == Counts(known=1)


def test_importing_again_after_a_retraction_adds_again(ledger: Ledger) -> None:
    rows = [row("1", "fire"), row("2", "smell"), row("3", "water")]
    imports(ledger, *rows, batch="second")
    undoes(ledger, "second")
    assert imports(ledger, *rows, batch="third") == Counts(added=2, corrected=1)
    assert told(ledger) == ["fire", "smell", "water"]
    undoes(ledger, "third")
    assert told(ledger) == ["noise"]


def test_imports_undone_in_reverse_order_leave_nothing(ledger: Ledger) -> None:
    imports(ledger, row("1", "fire"), batch="second")
    imports(ledger, row("1", "smell"), batch="third")
    for name, left in (("third", ["fire"]), ("second", ["noise"]), ("first", [])):
        undoes(ledger, name)
        assert told(ledger) == left


def test_imports_undone_in_the_order_they_came_restore_nothing_undone(ledger: Ledger) -> None:
    imports(ledger, row("1", "fire"), batch="second")
    imports(ledger, row("1", "smell"), batch="third")
    for name, left in (("first", ["smell"]), ("second", ["smell"]), ("third", [])):
        undoes(ledger, name)
        assert told(ledger) == left


def test_a_fact_stated_and_revised_by_one_import_is_undone_wholly(ledger: Ledger) -> None:
    imports(ledger, row("2", "fire"), batch="second")
    imports(ledger, row("2", "smell"), batch="second")
    undoes(ledger, "second")
    assert told(ledger) == ["noise"]


def test_a_restored_fact_still_knows_when_its_source_stated_it(ledger: Ledger) -> None:
    imports(ledger, row("2", "fire", seen=5), batch="first")
    imports(ledger, row("2", "smell", seen=6), batch="second")
    undoes(ledger, "second")
    assert imports(ledger, row("2", "noise", seen=4), batch="third") == Counts(superseded=1)
    assert told(ledger) == ["fire", "noise"]


def test_a_retraction_is_repeatable_after_it_was_cut_off(ledger: Ledger) -> None:
    # given an import larger than a commit, over several homes, one of them larger than a commit
    homes = [f"H{n}" for n in range(3)]
    imports(ledger, *map(home_row, homes), batch="second")
    for start in range(0, 1_200, 300):
        imports(ledger, *(row(f"big {n}", "x", "H0") for n in range(start, start + 300)), batch="second")
    imports(ledger, *(row(f"{h} {n}", "x", h) for h in homes[1:] for n in range(200)), batch="second")
    note = batches.find(ledger, str(an_id("second")))

    # when its retraction is cut off after the first commit, and run again
    steps = batches.retract(ledger, note, reason="cut off", at=1)
    first = next(steps)
    steps.close()  # type: ignore[attr-defined]
    assert batches.find(ledger, str(an_id("second"))).state == "open"
    rest = undoes(ledger, "second")

    # then every fact was undone once, in commits that are not too large
    assert first + sum(rest) == 3 + 1_200 + 400
    assert max(first, *rest) <= MAX_EVENTS
    retracted = [e for e in stored(ledger) if e.type_name.endswith("RecordRetracted.v1")]
    assert len(retracted) == first + sum(rest)
    assert len({e.recorded_at for e in retracted}) == 1 + len([n for n in rest if n])
    assert list(audit(ledger)) == []


def test_each_step_of_a_retraction_is_stored_when_it_is_told(ledger: Ledger) -> None:
    note = batches.find(ledger, str(an_id("first")))
    before = len(stored(ledger))
    for added in batches.retract(ledger, note, reason="r", at=1):
        before += added
        assert len(stored(ledger)) == before
        imports(ledger, home_row("another"))  # the lock is free meanwhile
        before += 1


def test_retracting_twice_is_refused(ledger: Ledger) -> None:
    undoes(ledger, "first")
    before = stored(ledger)
    with pytest.raises(NotPermittedError) as refusal:
        undoes(ledger, "first")
    assert refusal.value.code == "RW-BATCH-RETRACTED"
    assert stored(ledger) == before


def test_an_import_that_nobody_began_cannot_be_retracted(ledger: Ledger) -> None:
    with pytest.raises(NotFoundError):
        undoes(ledger, "unheard of")
