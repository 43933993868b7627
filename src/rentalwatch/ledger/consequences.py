"""What follows from a statement: further statements that are stored in the same commit, or none of them is.

An event about two streams lies in exactly one (domain §3.1), and a file is judged from its own facts alone.
So an estate's lead that was located goes on as a lead of the home; without that it would be lost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import cast
from uuid import UUID, uuid5

from rentalwatch.domain.events import Event, LeadLocated, LeadReported, RecordRetracted
from rentalwatch.domain.facts import standing
from rentalwatch.domain.streams import identity_key
from rentalwatch.ledger.deciding import Command
from rentalwatch.ledger.reading import Reading
from rentalwatch.ledger.statements import NO_RECORD, RECORDS, Statement

MAX_FACT = 200
"""Characters of a fact's name, as an event can hold it (`Code`)."""


def consequences(said: Statement) -> tuple[Statement, ...]:
    """What follows from a statement, built from it alone; of a source's statement it is the same source's. Of
    a record from another book nothing does: what followed there comes with it."""
    follow = _FOLLOWS.get(type(said.event))
    return (follow(said),) if follow and said.record is None else ()


def with_consequences(statements: Iterable[Statement]) -> list[Statement]:
    """Every statement with what follows from it behind it."""
    return [each for said in statements for each in (said, *consequences(said))]


def may_follow(command: Command) -> bool:
    """Whether `following` may answer anything; asked of every command."""
    said = command.said
    redirects = command.correcting is not None or isinstance(said.event, RecordRetracted)
    return type(said.event) in _FOLLOWS or (said.of == "estate" and redirects)


def following(book: Reading, command: Command) -> Iterator[Command]:
    """The commands that follow from one that was just stored. Where it corrects or takes back a location,
    the lead that followed from that is corrected or taken back as well."""
    said, record_id, correcting, _ = command
    target = said.event.target if isinstance(said.event, RecordRetracted) else correcting
    before = _lead_before(book, target) if target else None
    leads = consequences(said)
    replaced = None
    if before is not None:
        home, lead = before
        if leads and book.stream_of(leads[0].subject) == home:
            replaced = lead
        else:
            yield Command(_taken_back(said.event, home, lead), _named("unlocated", record_id))
    for lead_said in leads:
        yield Command(lead_said, _named("located", record_id), replaced)


def _located(said: Statement) -> Statement:
    event = cast(LeadLocated, said.event)
    lead = LeadReported(
        record_id=NO_RECORD,
        happened_at=event.reported_at,
        by=event.by,
        channel=event.channel,
        source_recorded_at=event.source_recorded_at,
        rulebook=event.rulebook,
        ticket=event.ticket,
        due=event.due,
        answer_due=event.answer_due,
        located_from=said.subject,
    )
    return Statement(
        lead,
        subject=event.dwelling,
        of="dwelling",
        source=said.source,
        fact=_fact(said.fact),
        key=said.key,
        terms={name: due for name, due in said.terms.items() if name == "due"},
    )


_FOLLOWS: dict[type[Event], Callable[[Statement], Statement]] = {LeadLocated: _located}


def _fact(location: str) -> str:
    """The name of the lead's fact beside its location's. It must fit, and differ where those differ."""
    name = f"{location}.lead"
    return name if len(name) <= MAX_FACT else f"{uuid5(RECORDS, location)}.lead"


def _lead_before(book: Reading, record: UUID) -> tuple[str, UUID] | None:
    """The home and the record of the lead that followed from a location, if it stands."""
    found = book.outcome(record)
    events = [f.event for f in book.facts(found[0].stream_id)] if found else []
    for event in events:
        if event.record_id == record and isinstance(event, LeadLocated):
            home = book.stream_of(identity_key("dwelling", event.dwelling))
            for fact in standing(book.facts(home)):
                if _is_its_lead(fact.event, event):
                    return home, fact.event.record_id
    return None


def _is_its_lead(event: Event, location: LeadLocated) -> bool:
    return (
        isinstance(event, LeadReported)
        and bool(event.located_from)
        and (event.channel, event.ticket) == (location.channel, location.ticket)
    )


def _taken_back(act: Event, home: str, lead: UUID) -> Statement:
    gone = RecordRetracted(
        record_id=NO_RECORD,
        happened_at=act.happened_at,
        precision=act.precision,
        by=act.by,
        target=lead,
        reason="located elsewhere",
    )
    return Statement(gone, subject=home, of="dwelling")


def _named(what: str, record_id: UUID) -> UUID:
    """The id of the record that follows from another: the same however often that is handed in."""
    return uuid5(RECORDS, f"{what}\x1f{record_id}")


__all__ = ["consequences", "following", "may_follow", "with_consequences"]
