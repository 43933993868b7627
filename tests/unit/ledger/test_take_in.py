"""Imports: what is new, known, revised or older than what stands (D4)."""

from __future__ import annotations

import pytest

from rentalwatch.domain import events as ev
from rentalwatch.errors import NotPermittedError
from rentalwatch.ledger.application import Ledger
from rentalwatch.ledger.intake import Counts
from rentalwatch.ledger.statements import Statement
from tests.unit.ledger.words import HOME, an_id, home_row, imports, row, stored, told


def first_seen(stated: str, seen: int) -> Statement:
    """A row whose source says no date: it happened when it was first seen, on day `seen`."""
    from tests.unit.ledger.words import day

    event = ev.NoteRecorded(
        record_id=an_id("none"), happened_at=day(seen), precision="first_seen", code=stated
    )
    return Statement(event, subject=HOME, source="hotline", fact="note", key="1")


def test_an_equal_statement_is_known_whoever_brings_it(ledger: Ledger) -> None:
    imports(ledger, home_row(), row("1", "noise"), batch="first")
    assert imports(ledger, home_row(), row("1", "noise"), batch="second") == Counts(known=2)
    assert imports(ledger, row("1", "noise", seen=9), batch="third") == Counts(known=1)
    assert len(stored(ledger)) == 2


def test_an_equal_statement_within_one_chunk_is_known(ledger: Ledger) -> None:
    counts = imports(ledger, home_row(), row("1", "noise"), home_row(), row("1", "noise"))
    assert counts == Counts(added=2, known=2)


def test_a_revised_statement_corrects_what_stands_in_one_record(ledger: Ledger) -> None:
    # given a fact of a source
    imports(ledger, home_row(), row("1", "noise"))
    # when the source says otherwise
    assert imports(ledger, row("1", "fire")) == Counts(corrected=1)
    # then a correction and the fact lie in one record, and the change is counted
    said, correction, instead = [fact.event for fact in ledger.facts(ledger.stream_of(HOME))][1:]
    assert isinstance(correction, ev.RecordCorrected) and correction.target == said.record_id
    assert (correction.record_id, correction.index) == (instead.record_id, 0)
    assert (instead.index, instead.source and instead.source.count) == (1, 1)
    assert instead.record_id == row("1", "fire").record_id(1)
    assert told(ledger) == ["fire"]


def test_a_source_may_change_its_mind_back_and_forth(ledger: Ledger) -> None:
    imports(ledger, home_row(), row("1", "noise"))
    for stated in ("fire", "noise", "fire", "noise"):
        assert imports(ledger, row("1", stated)).corrected == 1
        assert told(ledger) == [stated]
    imports(ledger, row("1", "fire"), row("1", "noise"), row("1", "smell"))
    assert told(ledger) == ["smell"]


def test_an_older_statement_is_stored_as_superseded_and_twice_adds_nothing(ledger: Ledger) -> None:
    imports(ledger, home_row(), row("1", "fire", seen=5))
    assert imports(ledger, row("1", "noise", seen=2)) == Counts(superseded=1)
    assert told(ledger) == ["fire"]
    standing, late = [fact.event for fact in ledger.facts(ledger.stream_of(HOME))][1:]
    assert late.superseded_by == standing.record_id
    assert imports(ledger, row("1", "noise", seen=2)) == Counts(known=1)
    assert imports(ledger, row("1", "noise", seen=2), row("1", "noise", seen=2)) == Counts(known=2)


def test_an_old_file_imported_again_after_two_revisions_adds_nothing(ledger: Ledger) -> None:
    files = [row("1", "noise", seen=1), row("1", "fire", seen=2), row("1", "smell", seen=3)]
    imports(ledger, home_row())
    for file in files:
        imports(ledger, file)
    before = stored(ledger)
    assert [imports(ledger, file) for file in files] == [Counts(known=1)] * 3
    assert stored(ledger) == before


def test_a_superseded_statement_stays_known_after_a_revision(ledger: Ledger) -> None:
    imports(ledger, home_row(), row("1", "fire", seen=5), row("1", "noise", seen=2))
    imports(ledger, row("1", "smell", seen=6))
    assert imports(ledger, row("1", "noise", seen=2)) == Counts(known=1)


def test_a_first_seen_restatement_that_adds_nothing_is_known(ledger: Ledger) -> None:
    imports(ledger, home_row(), first_seen("open", seen=1))
    assert imports(ledger, first_seen("open", seen=30)) == Counts(known=1)
    assert imports(ledger, first_seen("closed", seen=60)) == Counts(corrected=1)


def test_an_exact_date_revises_one_known_only_by_first_seen(ledger: Ledger) -> None:
    imports(ledger, home_row(), first_seen("open", seen=1))
    assert imports(ledger, row("1", "open")) == Counts(corrected=1)
    assert imports(ledger, first_seen("open", seen=30)) == Counts(known=1)


def test_a_chunk_with_an_unknown_home_is_refused_whole(ledger: Ledger) -> None:
    with pytest.raises(NotPermittedError) as refusal:
        imports(ledger, home_row(), row("1", "noise"), row("2", "noise", "NOWHERE"))
    assert refusal.value.code == "RW-UNKNOWN-DWELLING"
    assert stored(ledger) == []
    assert imports(ledger, home_row(), row("1", "noise")).added == 2


def test_a_trial_counts_as_usual_and_stores_nothing(ledger: Ledger) -> None:
    # given a ledger with one fact
    imports(ledger, home_row(), row("1", "noise"))
    before = stored(ledger)
    # when chunks that build on each other are tried
    with ledger.trial():
        counts = imports(ledger, home_row("B"), row("2", "noise", "B"))
        counts += imports(ledger, row("1", "fire"), row("2", "noise", "B"))
    # then they are counted as if they had been stored, and nothing was
    assert counts == Counts(added=2, corrected=1, known=1)
    assert stored(ledger) == before
    assert imports(ledger, home_row("B")).added == 1


def test_a_trial_that_fails_stores_nothing_either(ledger: Ledger) -> None:
    with pytest.raises(NotPermittedError), ledger.trial():
        imports(ledger, home_row())
        imports(ledger, row("1", "noise", "NOWHERE"))
    assert stored(ledger) == []
    assert imports(ledger, home_row()).added == 1
