"""One partition of the topic of signals, or one file: its estates, and what of them is not kept yet.

Pure but for asking for states that were kept: records go in with their places, hits come out, and what is to
be kept. The same records give the same hits, whatever they are cut into and wherever a reader took up again.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from rentalwatch.domain.features import EVALUATOR
from rentalwatch.early_warning.store import ClosedDay, Kept, Late, SavedState, Tally
from rentalwatch.errors import InvalidInputError
from rentalwatch.signals.batches import Batch, Refused, read
from rentalwatch.signals.days import DAY
from rentalwatch.signals.district import District, Outcome
from rentalwatch.signals.estate import EstateState
from rentalwatch.signals.judging import Judge, Judged, RulesOf
from rentalwatch.signals.records import Context
from rentalwatch.signals.rows import Rows

NOBODY = ""
"""The estate under which is counted what belongs to none that is known. It has no state."""

NO_DAY = -1
"""The day of what cannot be read."""

_LENGTH_BYTES = 8

log = logging.getLogger(__name__)

Read = Batch | Context | Refused
StatesOf = Callable[[Collection[str]], Iterable[SavedState]]
"""Asks for the states of some estates that were kept; those that have none are left out."""


class Placed(NamedTuple):
    """A record, where it lies, and the second in which it came in, if whoever keeps it says so."""

    offset: int
    record: bytes
    received_at: int | None = None


@dataclass
class _Unkept:
    """What is new of an estate since it was kept, and from where on."""

    since: int
    begun: int
    """How many readings the partition had taken when this began."""
    tallies: Counter[tuple[str, str, int]] = field(default_factory=Counter)
    days: list[ClosedDay] = field(default_factory=list)
    late: Counter[tuple[int, str, str]] = field(default_factory=Counter)


class Partition:
    """The estates of a partition as its records left them."""

    def __init__(
        self,
        states: StatesOf,
        rules: RulesOf,
        saved: Mapping[str, int] | None = None,
        *,
        foreign: bool = True,
    ) -> None:
        """`saved`: up to where each estate's state holds the records of this partition. `foreign`: context
        that comes among the records is taken."""
        self._states_of, self._rules, self._foreign = states, rules, foreign
        self.saved = dict(saved or {})
        self.district = District()
        self.judges: dict[str, Judge] = {}
        self.unkept: dict[str, _Unkept] = {}
        self.readings = 0
        self.became: Counter[str] = Counter()
        """What became of every reading so far, kept or not: for who watches a running process."""
        self._absent: set[str] = set()
        """Estates that have no state."""
        self.upto = 0

    def take(self, records: Sequence[Placed], upto: int) -> list[Judged]:
        """Takes records in, in their order; what rules say of what changed. `upto`: with these, everything
        before it was taken."""
        told = [(placed.offset, self._read(placed)) for placed in records]
        self._load({said.estate for _, said in told})
        judged = [one for day, stretch in self._stretches(told) for one in self._fold(day, stretch)]
        self.upto = upto
        return judged

    def learn(self, contexts: Sequence[bytes]) -> list[Judged]:
        """Takes context in that has no place among the records: it holds from here on. Records of another
        kind are left out."""
        told = [said for said in map(read, contexts) if isinstance(said, Context)]
        self._load({said.estate for said in told})
        for said in told:
            self._new(said.estate, self.upto)
        days = [NO_DAY if said.sent_at is None else said.sent_at // DAY for said in told]
        return [one for day, said in zip(days, told, strict=True) for one in self._fold(day, [said])]

    def to_keep(self, most_unkept: int = 0, *, before: int | None = None) -> list[Kept]:
        """What is to be written now: estates of which nothing was kept for so many readings of the partition
        or more, 0: all that changed; or that changed by a record `before` a place. `kept` is to be called
        once it is written."""
        due = [
            estate
            for estate, new in self.unkept.items()
            if self.readings - new.begun >= most_unkept or (before is not None and new.since < before)
        ]
        # together with any other, so that no record is passed over there that is not counted here
        return [self._kept(estate) for estate in sorted({*due, NOBODY})] if due else []

    def kept(self, written: Iterable[Kept]) -> None:
        """What was written is not new any more."""
        for one in written:
            self.saved[one.estate] = one.upto
            self.unkept.pop(one.estate, None)

    @property
    def replay_from(self) -> int:
        """From where the partition must be read again by whoever has nothing but what was kept."""
        return min((new.since for new in self.unkept.values()), default=self.upto)

    # -- records in --------------------------------------------------------------------------------

    def _read(self, placed: Placed) -> Read:
        said = read(placed.record, placed.received_at)
        if isinstance(said, Context) and not self._foreign:
            return Refused(said.estate, said.kind, "foreign_context")
        return said

    def _load(self, named: set[str]) -> None:
        asked = named - self.district.estates.keys() - self._absent - {NOBODY}
        if not asked:
            return
        found = list(self._states_of(asked))  # all of them before anything is said of any: it may break off
        self._absent |= asked
        for saved in found:
            try:
                state, judge = _unpacked(saved.snapshot)
            except InvalidInputError as e:
                log.warning("a state cannot be used and begins anew: %s", e.what)
                continue
            self.district.estates[saved.estate], self.judges[saved.estate] = state, judge
            self._absent.discard(saved.estate)

    def _stretches(self, told: Sequence[tuple[int, Read]]) -> Iterator[tuple[int, list[Batch | Context]]]:
        """What is folded together: records sent on one day, one after the other. What is refused is counted
        at once; what a state holds already is passed over."""
        stretch: list[Batch | Context] = []
        day = NO_DAY
        for offset, said in told:
            if not self._concerns(offset, said):
                continue
            assert not isinstance(said, Refused)
            sent = day if said.sent_at is None else said.sent_at // DAY
            first = said.estate not in self.district.estates
            if stretch and (sent != day or first):
                yield day, stretch
                stretch = []
            day = sent
            stretch.append(said)
            if first:  # it makes an estate known: who comes next is looked at after it
                yield day, stretch
                stretch = []
        if stretch:
            yield day, stretch

    def _concerns(self, offset: int, said: Read) -> bool:
        """Whether a record is to be folded. One that is refused, or of no known estate, is counted."""
        known = said.estate in self.district.estates
        if known or isinstance(said, Context):
            if offset < self.saved.get(said.estate, 0):
                return False
            self._new(said.estate, offset)
            if isinstance(said, Refused):
                self._tally(said.estate, said.kind, said.treatment, NO_DAY, said.readings)
            return not isinstance(said, Refused)
        if offset >= self.saved.get(NOBODY, 0):
            self._new(NOBODY, offset)
            if isinstance(said, Refused):
                self._tally(NOBODY, said.kind, said.treatment, NO_DAY, said.readings)
            else:
                self._tally(NOBODY, said.kind, "unknown_estate", said.sent_at // DAY, max(1, said.size))
        return False

    def _tally(self, estate: str, kind: str, treatment: str, day: int, readings: int) -> None:
        self.unkept[estate].tallies[(kind, treatment, day)] += readings
        self.became[treatment] += readings

    def _new(self, estate: str, offset: int) -> _Unkept:
        """What is new of an estate, from this record on if nothing was."""
        if estate not in self.unkept:
            self.unkept[estate] = _Unkept(offset, self.readings)
        return self.unkept[estate]

    # -- what came of them -------------------------------------------------------------------------

    def _fold(self, day: int, stretch: Sequence[Batch | Context]) -> list[Judged]:
        self.readings += sum(max(1, said.size) for said in stretch if isinstance(said, Batch))
        outcome = self.district.take(stretch)
        self._count(outcome, day)
        judged: list[Judged] = []
        for rows in (*outcome.touched, *outcome.closed):
            judge = self.judges.setdefault(rows.estate, Judge())
            judged += judge.judge(rows, self._rules(rows.path, rows.day))
            if rows.closed:
                self.unkept[rows.estate].days.append(_closed_day(rows))
        return judged

    def _count(self, outcome: Outcome, day: int) -> None:
        for (estate, kind, treatment), readings in outcome.tallies.items():
            self._tally(estate, kind, treatment, day, readings)
        for late in outcome.late:
            counted = self.unkept[late.estate].late
            for dwelling, readings in zip(late.dwellings, late.readings.tolist(), strict=True):
                counted[(late.day, late.kind, dwelling)] += readings

    def _kept(self, estate: str) -> Kept:
        new = self.unkept.get(estate) or _Unkept(self.upto, self.readings)
        tallies = [Tally(*key, readings) for key, readings in sorted(new.tallies.items())]
        late = [Late(*key, readings) for key, readings in sorted(new.late.items())]
        return Kept(estate, self.upto, self._state(estate), tallies, tuple(new.days), late)

    def _state(self, estate: str) -> SavedState | None:
        state = self.district.estates.get(estate)
        if state is None:  # its context was refused
            return None
        return SavedState(estate, EVALUATOR, _packed(state, self.judges.get(estate, Judge())))


def _closed_day(rows: Rows) -> ClosedDay:
    return ClosedDay(rows.day, EVALUATOR, rows.size, rows.to_bytes())


def _packed(state: EstateState, judge: Judge) -> bytes:
    first = state.to_bytes()
    return len(first).to_bytes(_LENGTH_BYTES, "little") + first + judge.to_bytes()


def _unpacked(snapshot: bytes) -> tuple[EstateState, Judge]:
    """Raises InvalidInputError (RW-SIGNAL-STATE) for one in another format."""
    end = _LENGTH_BYTES + int.from_bytes(snapshot[:_LENGTH_BYTES], "little")
    state = EstateState.from_bytes(snapshot[_LENGTH_BYTES:end])
    return state, Judge.from_bytes(snapshot[end:])
