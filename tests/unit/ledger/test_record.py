"""Commands under a caller's record id: stored once, whatever happens to the answer."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rentalwatch.domain import events as ev
from rentalwatch.errors import InvalidInputError, RentalwatchError
from rentalwatch.ledger.application import Ledger
from rentalwatch.ledger.statements import Statement
from tests.unit.ledger.words import (
    HOME,
    an_id,
    day,
    home_row,
    imports,
    notices,
    patrols,
    registers,
    retracts,
    row,
    says,
    stored,
    told,
)


@pytest.fixture
def ledger(ledger: Ledger) -> Ledger:
    ledger.record(registers(), an_id("home"))
    ledger.record(patrols(), an_id("patrol"))
    return ledger


def refused(act: Callable[[], object]) -> RentalwatchError:
    with pytest.raises(RentalwatchError) as refusal:
        act()
    return refusal.value


def test_the_same_id_and_content_is_answered_with_what_was_stored(ledger: Ledger) -> None:
    first = ledger.record(patrols(seen="unclear"), an_id("x"))
    ledger.record(patrols(), an_id("later"))
    again = ledger.record(patrols(seen="unclear"), an_id("x"))
    assert again.again and not first.again
    assert (again.stream_id, again.version, again.position) == (first.stream_id, 3, 3)
    assert len(stored(ledger)) == 4


def test_the_same_instant_in_another_zone_is_the_same_content(ledger: Ledger) -> None:
    from datetime import timedelta, timezone

    there = day(0).astimezone(timezone(timedelta(hours=8)))
    assert ledger.record(patrols(at=there), an_id("patrol")).again


def test_the_same_id_with_other_content_is_refused_and_both_hashes_shown(ledger: Ledger) -> None:
    before, now = patrols(), patrols(seen="suspicious")
    refusal = refused(lambda: ledger.record(now, an_id("patrol")))
    assert refusal.code == "RW-RECORD-ID-USED"
    assert before.content_hash in refusal.what and now.content_hash in refusal.what
    assert len(stored(ledger)) == 2


def test_the_same_id_and_content_for_another_home_is_refused(ledger: Ledger) -> None:
    ledger.record(registers("HOME-2"), an_id("home 2"))
    refusal = refused(lambda: ledger.record(patrols("HOME-2"), an_id("patrol")))
    assert refusal.code == "RW-RECORD-ID-USED"
    assert len(ledger.facts(ledger.stream_of("HOME-2"))) == 1


def test_the_same_id_and_content_correcting_another_record_is_refused(ledger: Ledger) -> None:
    ledger.record(patrols(), an_id("other"))
    fix = patrols(seen="unclear")
    ledger.record(fix, an_id("fix"), correcting=an_id("patrol"))
    assert ledger.record(fix, an_id("fix"), correcting=an_id("patrol")).again
    refusal = refused(lambda: ledger.record(fix, an_id("fix"), correcting=an_id("other")))
    assert refusal.code == "RW-RECORD-ID-USED"


def test_a_correction_is_two_events_of_one_record(ledger: Ledger) -> None:
    ledger.record(patrols(seen="unclear"), an_id("fix"), correcting=an_id("patrol"))
    correction, instead = [fact.event for fact in ledger.facts(ledger.stream_of(HOME))][-2:]
    assert isinstance(correction, ev.RecordCorrected) and correction.target == an_id("patrol")
    assert {(correction.record_id, correction.index), (instead.record_id, instead.index)} == {
        (an_id("fix"), 0),
        (an_id("fix"), 1),
    }


@pytest.mark.parametrize(
    ("said", "correcting", "code"),
    [
        (patrols("NOWHERE"), None, "RW-NO-DWELLING"),
        (registers(), None, "RW-REGISTERED-ALREADY"),
        (notices("N-1"), None, "RW-NOTICE-NUMBER-USED"),
        (patrols(), an_id("never stored"), "RW-NO-RECORD"),
        (retracts(an_id("never stored")), None, "RW-NO-RECORD"),
        (retracts(an_id("retraction")), None, "RW-NO-RECORD"),
        (says(ev.ConfirmationAnnulled, confirmation=an_id("patrol"), reason="r"), None, "RW-NO-RECORD"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_not_permitted_is_refused_and_stores_nothing(
    ledger: Ledger, said: Statement, correcting: object, code: str
) -> None:
    ledger.record(notices("N-1"), an_id("notice"))
    ledger.record(retracts(an_id("notice")), an_id("retraction"))
    before = stored(ledger)
    assert refused(lambda: ledger.record(said, an_id("refused"), correcting=correcting)).code == code  # type: ignore[arg-type]
    assert stored(ledger) == before
    assert ledger.outcome(an_id("refused")) is None


def test_the_same_notice_number_may_be_given_in_another_file(ledger: Ledger) -> None:
    ledger.record(registers("HOME-2"), an_id("home 2"))
    ledger.record(notices("N-1"), an_id("1"))
    assert ledger.record(notices("N-1", "HOME-2"), an_id("2")).version == 2


def test_a_home_may_be_named_by_any_key_or_by_its_stream(ledger: Ledger) -> None:
    home = ledger.record(registers("FLAT-7", "HOUSE-CODE-9", "OLD-KEY"), an_id("flat")).stream_id
    for name in ("FLAT-7", "HOUSE-CODE-9", "OLD-KEY", home):
        assert ledger.stream_of(name) == home
        assert ledger.record(patrols(name), an_id(name)).stream_id == home
    again = ledger.record(registers(home), an_id("label"), correcting=an_id("flat"))
    assert again.stream_id == home


def test_a_sources_statement_is_not_recorded_under_an_id_of_ones_own(ledger: Ledger) -> None:
    with pytest.raises(InvalidInputError):
        ledger.record(row("1", "noise"), an_id("1"))
    assert len(stored(ledger)) == 2


def test_after_a_hand_made_retraction_importing_again_adds_again(ledger: Ledger) -> None:
    # given an imported fact that was revised once
    imports(ledger, home_row("B"), row("1", "noise", "B"))
    imports(ledger, row("1", "fire", "B"))
    file = ledger.stream_of("B")
    for n, content in enumerate(["fire", "noise", "noise"]):
        # when the record that stands is retracted by hand
        standing = ledger.facts(file)[-1].event.record_id
        ledger.record(retracts(standing, "B"), an_id(f"retraction {n}"))
        assert told(ledger, "B") == []
        # then importing the source's row adds it, once
        assert imports(ledger, row("1", content, "B")).added == 1
        assert imports(ledger, row("1", content, "B")).known == 1
        assert told(ledger, "B") == [content]


def test_retracting_what_was_retracted_before_leaves_the_new_record_alone(ledger: Ledger) -> None:
    imports(ledger, home_row("B"), row("1", "noise", "B"))
    first = ledger.facts(ledger.stream_of("B"))[-1].event.record_id
    ledger.record(retracts(first, "B"), an_id("retraction"))
    imports(ledger, row("1", "noise", "B"))
    ledger.record(retracts(first, "B"), an_id("retraction again"))
    assert imports(ledger, row("1", "noise", "B")).known == 1
    assert told(ledger, "B") == ["noise"]
