"""What follows from a statement is stored in the same commit: a lead that was located is never lost."""

from __future__ import annotations

from typing import Any

import pytest

from rentalwatch.domain import events as ev
from rentalwatch.domain.facts import standing
from rentalwatch.errors import RentalwatchError
from rentalwatch.ledger.application import Command, Ledger
from rentalwatch.ledger.audit import audit
from rentalwatch.ledger.statements import NO_RECORD, Statement
from tests.unit.ledger.words import (
    HOME,
    an_id,
    began,
    day,
    home_row,
    imports,
    patrols,
    registers,
    says,
    stored,
    undoes,
)

ESTATE, OTHER = "E-7", "HOME-2"


def estate() -> Statement:
    return says(ev.EstateRegistered, ESTATE, label=ESTATE, area="sh/pudong/e7/")


def located(home: str = HOME, *, estate: str = ESTATE, ticket: str = "T-1", key: str = "") -> Statement:
    """The complaint of day 1, known on day 2 to be about `home`."""
    event = ev.LeadLocated(
        record_id=NO_RECORD, happened_at=day(2), channel="12345", ticket=ticket, dwelling=home,
        reported_at=day(1), due=day(3),
    )  # fmt: skip
    return Statement(event, subject=estate, source="hotline" if key else "", fact="location", key=key)


def leads(ledger: Ledger, home: str = HOME) -> list[ev.LeadReported]:
    facts = standing(ledger.facts(ledger.stream_of(home)))
    return [fact.event for fact in facts if isinstance(fact.event, ev.LeadReported)]


@pytest.fixture
def ledger(ledger: Ledger) -> Ledger:
    for name, said in (("estate", estate()), ("home", registers()), ("other", registers(OTHER))):
        ledger.record(said, an_id(name))
    return ledger


def test_a_located_lead_goes_on_in_the_homes_file_as_of_its_report(ledger: Ledger) -> None:
    ledger.record(located(), an_id("located"))
    (lead,) = leads(ledger)
    assert (lead.channel, lead.ticket, lead.happened_at, lead.due) == ("12345", "T-1", day(1), day(3))
    assert lead.located_from == "estate:E-7"
    location, its_lead = stored(ledger)[-2:]
    assert location.recorded_at == its_lead.recorded_at, "one commit"


def test_locating_again_adds_nothing_whatever_the_estate_is_called(ledger: Ledger) -> None:
    ledger.record(located(), an_id("located"))
    before = stored(ledger)
    assert ledger.record(located(), an_id("located")).again
    assert ledger.record(located(estate=ledger.stream_of("estate:E-7")), an_id("located")).again
    assert stored(ledger) == before


def test_a_location_that_names_no_home_of_the_book_stores_nothing(ledger: Ledger) -> None:
    before = stored(ledger)
    with pytest.raises(RentalwatchError) as refusal:
        ledger.record(located("nowhere"), an_id("located"))
    assert refusal.value.code == "RW-UNKNOWN-REFERENCE"
    assert stored(ledger) == before


def test_a_location_is_not_stored_if_what_follows_from_it_cannot_be(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lead's own append fails, as if the process had died between the two."""
    before = stored(ledger)
    run = ledger._together.run

    def dies(command: Command) -> Any:
        if isinstance(command.said.event, ev.LeadReported):
            raise KeyboardInterrupt
        return run(command)

    with monkeypatch.context() as patched:
        patched.setattr(ledger._together, "run", dies)
        with pytest.raises(KeyboardInterrupt):
            ledger.record(located(), an_id("located"))
    assert stored(ledger) == before
    assert not ledger.record(located(), an_id("located")).again
    assert len(leads(ledger)) == 1


def test_a_location_corrected_to_another_home_takes_the_lead_along(ledger: Ledger) -> None:
    ledger.record(located(), an_id("located"))
    ledger.record(located(OTHER), an_id("put right"), correcting=an_id("located"))
    assert (leads(ledger), len(leads(ledger, OTHER))) == ([], 1)
    ledger.record(located(), an_id("back again"), correcting=an_id("put right"))
    assert (len(leads(ledger)), leads(ledger, OTHER)) == (1, [])


def test_a_location_corrected_in_its_ticket_corrects_the_lead(ledger: Ledger) -> None:
    ledger.record(located(), an_id("located"))
    ledger.record(located(ticket="T-2"), an_id("put right"), correcting=an_id("located"))
    assert [lead.ticket for lead in leads(ledger)] == ["T-2"]


def test_a_location_taken_back_takes_the_lead_back(ledger: Ledger) -> None:
    ledger.record(located(), an_id("located"))
    gone = ev.RecordRetracted(
        record_id=NO_RECORD, happened_at=day(4), target=an_id("located"), reason="made in error"
    )
    ledger.record(Statement(gone, subject=ESTATE, of="estate"), an_id("gone"))
    assert leads(ledger) == []


def test_the_side_tables_follow_from_the_events(ledger: Ledger) -> None:
    began(ledger, "first")
    imports(ledger, home_row("HOME-3"), located("HOME-3", key="L-1"))
    ledger.record(located(ticket="T-9"), an_id("located"))
    ledger.record(located(OTHER, ticket="T-9"), an_id("put right"), correcting=an_id("located"))
    assert list(audit(ledger)) == []


def test_an_imported_location_is_taken_whole_and_known_the_second_time(ledger: Ledger) -> None:
    first = imports(ledger, located(key="L-1"))
    assert (first.added, len(leads(ledger))) == (2, 1)
    again = imports(ledger, located(key="L-1"), batch="second")
    assert (again.added, again.known, len(leads(ledger))) == (0, 2, 1)


def test_a_row_whose_home_is_unknown_is_refused_whole(ledger: Ledger) -> None:
    before = stored(ledger)
    taken = ledger.take_rows(
        [[located("nowhere", key="L-1")], [located(key="L-2", ticket="T-2")]],
        source="hotline", batch=an_id("first"),
    )  # fmt: skip
    assert [(i, error.code) for i, error in taken.refused] == [(0, "RW-UNKNOWN-REFERENCE")]
    assert len(stored(ledger)) == len(before) + 2


def test_a_row_revised_to_another_home_takes_the_lead_along(ledger: Ledger) -> None:
    imports(ledger, located(key="L-1"))
    imports(ledger, located(OTHER, key="L-1"), batch="second")
    assert (leads(ledger), len(leads(ledger, OTHER))) == ([], 1)


def test_an_import_undone_takes_its_leads_back(ledger: Ledger) -> None:
    began(ledger, "first")
    imports(ledger, located(key="L-1"))
    undoes(ledger, "first")
    assert leads(ledger) == []


def test_several_records_are_stored_in_one_commit(ledger: Ledger) -> None:
    told = [Command(patrols(), an_id("a")), Command(patrols(OTHER), an_id("b"))]
    first = ledger.record_together(told)
    assert len({outcome.recorded_at for outcome in first}) == 1
    again = ledger.record_together(told)
    assert [o.position for o in again] == [o.position for o in first] and all(o.again for o in again)


def test_of_several_records_none_is_stored_if_one_is_refused(ledger: Ledger) -> None:
    before = stored(ledger)
    with pytest.raises(RentalwatchError):
        ledger.record_together([Command(patrols(), an_id("a")), Command(registers(), an_id("b"))])
    assert stored(ledger) == before


def test_more_records_than_a_commit_holds_are_refused_whole(ledger: Ledger) -> None:
    before = stored(ledger)
    with pytest.raises(RentalwatchError) as refusal:
        ledger.record_together([Command(patrols(), an_id(f"patrol {n}")) for n in range(1_001)])
    assert refusal.value.code == "RW-COMMIT-TOO-LARGE"
    assert stored(ledger) == before
