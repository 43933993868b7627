"""Steps of a home's file: parties 关系人, exemptions 豁免, departures 租客搬离."""

from __future__ import annotations

from uuid import UUID

from rentalwatch.domain import events as ev
from rentalwatch.domain.folds.base import Step
from rentalwatch.domain.folds.dwelling.home import Home, us
from rentalwatch.domain.folds.dwelling.rounds import tag
from rentalwatch.domain.instants import FOREVER, Micros, day_end, micros
from rentalwatch.domain.judgement import Departure, Exemption, Party


def linked(home: Home, event: ev.PartyLinked, at: Micros) -> None:
    """Linked again in the same role: what was said last holds."""
    end = event.until_on
    until = FOREVER if end is None else micros(day_end(end, home.zone))
    row = Party(event.party, event.role, event.certainty, event.basis, until, at)
    home.parties.link(row)
    home.put(("party", (event.party, event.role)), row)
    if home.round is not None and event.party in home.parties.operators(at):
        home.past.run_by(event.party)
        tag(home, at)


def unlinked(home: Home, event: ev.PartyUnlinked, at: Micros) -> None:
    if not home.parties.unlink(event.party, event.role):
        home.note(event, at, "refers-to-nothing")
    home.put(("party", (event.party, event.role)), None)


def exempted(home: Home, event: ev.ExemptionGranted, at: Micros) -> None:
    """Rules are quiet from here on. An inspection is not, and nothing that ran stops."""
    record = event.record_id
    home.exemptions[record] = Exemption(str(record), event.cause, event.basis, us(event.until))
    home.put(("exemption", record), home.exemptions[record])


def exemption_ended(home: Home, event: ev.ExemptionEnded, at: Micros) -> None:
    record: UUID | None = home.holds.get(event.exemption, event.exemption)
    if record is None or home.exemptions.pop(record, None) is None:
        home.note(event, at, "refers-to-nothing")
        return
    home.put(("exemption", record), None)


def moved_out(home: Home, event: ev.TenantsMovedOut, at: Micros) -> None:
    """The only place where departures are counted."""
    voluntary = {True: "yes", False: "no", None: ""}[event.voluntary]
    home.put(
        ("departure", event.record_id),
        Departure(str(event.record_id), at, event.persons, voluntary, event.destination, event.action_id),
    )


STEPS: dict[type[ev.Event], Step] = {
    ev.PartyLinked: linked,
    ev.PartyUnlinked: unlinked,
    ev.ExemptionGranted: exempted,
    ev.ExemptionEnded: exemption_ended,
    ev.TenantsMovedOut: moved_out,
}
