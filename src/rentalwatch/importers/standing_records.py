"""What stands in one stream, as canonical records: those that register it, and the others in the order in
which they are judged.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from rentalwatch.domain.events import Event, RecordCorrected
from rentalwatch.domain.facts import Fact, counted, held_by, standing
from rentalwatch.domain.instants import FOREVER, Micros
from rentalwatch.domain.streams import kind_of
from rentalwatch.importers.record import DEFAULT_ZONE, KIND_OF
from rentalwatch.importers.stated import About, Record, as_record, called, origin_of


@dataclass(frozen=True)
class Wanted:
    """Which facts are told: those that lie in [`begin`, `asked`), as known before `known_at`; of these kinds
    of record, or of all. A registration is told whenever it was, if it lies before `asked`."""

    begin: Micros = -FOREVER
    asked: Micros = FOREVER
    known_at: Micros = FOREVER
    kinds: Collection[str] = ()


def standing_records(
    stream: str, facts: Sequence[Fact], wanted: Wanted, zones: Sequence[str], names: Mapping[str, str]
) -> tuple[list[Record], list[Record]]:
    """(those that register it, one a source; the others) of what stands in a stream. Nothing of a stream that
    was not opened by then, or that another one took over.

    `zones`: in which a day may have been meant where the stream does not say; `names`: what other streams
    are called.
    """
    known = [fact for fact in facts if fact.recorded_at < wanted.known_at]
    stand = standing(known)
    opening = next((f for f in stand if f.event.OPENS), None)
    if opening is None or opening.at >= wanted.asked:
        return [], []
    keys = all_keys(counted(known))
    about = _about(stream, opening.event, keys, known, zones, names)
    said = _Said(known)
    openings: list[Record] = []
    others: list[Record] = []
    for fact in (f for f in stand if _is_wanted(f, wanted)):
        event = fact.event.model_copy(update={"keys": keys}) if fact is opening else fact.event
        (openings if event.OPENS else others).append(
            as_record(event, about, said.origin(event), event.record_id)
        )
    return openings, others


def all_keys(facts: Iterable[Fact]) -> tuple[str, ...]:
    """Every identity key that a stream was ever known by, the first one first."""
    found = [key for f in facts if f.event.OPENS for key in getattr(f.event, "keys", ())]
    return tuple(dict.fromkeys(found))


def name_of(stream: str, facts: Iterable[Fact]) -> str:
    """What a stream is called in records: its first identity key, or its id if it has none."""
    keys = all_keys(facts)
    return called(kind_of(stream), keys[0]) if keys else stream


def _about(
    stream: str,
    opening: Event,
    keys: tuple[str, ...],
    known: Sequence[Fact],
    zones: Sequence[str],
    names: Mapping[str, str],
) -> About:
    holds = held_by(known)
    own = str(getattr(opening, "zone", DEFAULT_ZONE))
    of = kind_of(stream)
    return About(
        of=of,
        name=called(of, keys[0]) if keys else stream,
        zones=tuple(dict.fromkeys((own, *zones))),
        named=lambda other: names.get(other, other),
        holder=lambda record: holds.get(record) or record,
    )


def _is_wanted(fact: Fact, wanted: Wanted) -> bool:
    kind = KIND_OF.get(type(fact.event))
    if kind is None or (wanted.kinds and kind not in wanted.kinds):
        return False
    return fact.at < wanted.asked and (fact.event.OPENS or fact.at >= wanted.begin)


class _Said:
    """Which record said first what stands by now, through all corrections."""

    def __init__(self, known: Sequence[Fact]) -> None:
        self.corrects = {
            f.event.record_id: f.event.target for f in known if isinstance(f.event, RecordCorrected)
        }
        self.sources = {f.event.record_id: f.event.source for f in known}

    def origin(self, event: Event) -> tuple[str, str]:
        """(key, fact) by which a record is known again."""
        first = self._first(event.record_id)
        source = event.source if first == event.record_id else self.sources.get(first)
        return origin_of(first, KIND_OF[type(event)], source)

    def _first(self, record: UUID) -> UUID:
        seen = {record}
        while record in self.corrects and self.corrects[record] not in seen:
            record = self.corrects[record]
            seen.add(record)
        return record


__all__ = ["Wanted", "all_keys", "name_of", "standing_records"]
