"""A source that says of another home what it said of one: the fact moves, both files say so."""

from __future__ import annotations

from rentalwatch.domain.facts import standing
from rentalwatch.ledger.application import Ledger
from rentalwatch.ledger.audit import audit
from tests.unit.ledger.words import HOME, home_row, imports, row

OTHER = "HOME-2"


def _codes(ledger: Ledger, home: str) -> list[str]:
    facts = standing(ledger.facts(ledger.stream_of(home)))
    return [f.event.code for f in facts if hasattr(f.event, "code")]


def test_a_fact_that_moves_to_another_home_stands_there_and_nowhere_else(ledger: Ledger) -> None:
    # given a fact of one home
    imports(ledger, home_row(), home_row(OTHER), row("1", "noise"), batch="first")
    # when the source says the very same of another home
    counts = imports(ledger, row("1", "noise", OTHER), batch="second")
    # then it stands there, the first home's file says that it was taken back, and nothing else changed
    assert counts.corrected == 1
    assert (_codes(ledger, HOME), _codes(ledger, OTHER)) == ([], ["noise"])
    assert list(audit(ledger)) == []


def test_a_fact_may_move_there_and_back(ledger: Ledger) -> None:
    imports(ledger, home_row(), home_row(OTHER), row("1", "noise"), batch="first")
    imports(ledger, row("1", "noise", OTHER), batch="second")
    imports(ledger, row("1", "noise"), batch="third")
    assert (_codes(ledger, HOME), _codes(ledger, OTHER)) == (["noise"], [])
    assert imports(ledger, row("1", "noise"), batch="fourth").known == 1
    assert list(audit(ledger)) == []


def test_two_rows_of_one_file_cannot_say_it_of_two_homes(ledger: Ledger) -> None:
    from tests.unit.ledger.words import an_id

    rows = [[home_row()], [home_row(OTHER)], [row("1", "noise")], [row("1", "noise", OTHER)]]
    taken = ledger.take_rows(rows, source="hotline", batch=an_id("first"))
    assert [(i, e.code) for i, e in taken.refused] == [(3, "RW-SAME-ID")]
    assert _codes(ledger, HOME) == ["noise"]
