"""All estates of a partition, folded together: records in, figures to judge and counts out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np

from rentalwatch.signals.batches import Batch, Refused, read
from rentalwatch.signals.columns import Ints
from rentalwatch.signals.contexts import MAX_HOMES
from rentalwatch.signals.days import is_zone
from rentalwatch.signals.estate import EstateState, Late, Touched
from rentalwatch.signals.records import Context
from rentalwatch.signals.rows import Rows
from rentalwatch.signals.treatments import Counted, Tallies


@dataclass(slots=True)
class Outcome:
    """What came of a few records. `touched`: figures of homes on open days that changed; `closed`: days that
    ended, each once and final; `late`: readings of days that had ended; `tallies`: what became of every
    reading; `changed`: estates of which the state is another than before."""

    touched: list[Rows] = field(default_factory=list)
    closed: list[Rows] = field(default_factory=list)
    late: list[Late] = field(default_factory=list)
    tallies: Tallies = field(default_factory=Counter)
    changed: set[str] = field(default_factory=set)


class District:
    """States of estates, by the estate's name."""

    def __init__(self, estates: Iterable[EstateState] = ()) -> None:
        self.estates: dict[str, EstateState] = {state.estate: state for state in estates}

    def fold(self, records: Iterable[bytes]) -> Outcome:
        """Takes records in, in their order. Nothing of them raises; what is wrong is counted."""
        return self.take(map(read, records))

    def take(self, records: Iterable[Batch | Context | Refused]) -> Outcome:
        """The same of records that were read already."""
        folding = _Folding(self.estates)
        for record in records:
            folding.take(record)
        return folding.finish()


class _Folding:
    """One call of `fold`: touched homes are judged once, at its end, or before context or closing changes
    what they are judged by."""

    def __init__(self, estates: dict[str, EstateState]) -> None:
        self.estates = estates
        self.pending: dict[str, dict[int, Ints]] = {}
        self.outcome = Outcome()

    def take(self, record: Batch | Context | Refused) -> None:
        if isinstance(record, Refused):
            self._count(record.estate, record.kind, record.treatment, record.readings)
        elif isinstance(record, Context):
            self._context(record)
        elif record.estate not in self.estates:
            self._count(record.estate, record.kind, "unknown_estate", max(1, record.size))
        else:
            self._batch(self.estates[record.estate], record)

    def finish(self) -> Outcome:
        for estate in list(self.pending):
            self._judge(self.estates[estate])
        return self.outcome

    def _batch(self, state: EstateState, batch: Batch) -> None:
        taken = state.take(batch)
        for treatment, n in taken.counted.items():
            self._count(state.estate, batch.kind, treatment, n)
        if taken.counted["taken"]:
            self.outcome.changed.add(state.estate)
        self.outcome.late.extend(taken.late)
        self._touch(state, taken.touched)
        for rows, counted in state.close():
            self.outcome.closed.append(self._tipped(state, rows))
            for (kind, treatment), n in counted.items():
                self._count(state.estate, kind, treatment, n)

    def _context(self, context: Context) -> None:
        state = self.estates.get(context.estate)
        if state is None:
            if not is_zone(context.zone):
                return self._count(context.estate, "context", "bad_field", 1)
            state = EstateState(context.estate, context.zone)
        if state.book.would_hold(context) > MAX_HOMES:
            return self._count(context.estate, "context", "too_many_homes", 1)
        self.estates[context.estate] = state
        self._judge(state)
        self._touch(state, state.learn(context))
        self.outcome.changed.add(state.estate)
        self._count(context.estate, "context", "taken", 1)
        return None

    def _touch(self, state: EstateState, touched: Touched) -> None:
        pending = self.pending.setdefault(state.estate, {})
        for day, (homes, at) in touched.items():
            last = pending.get(day)
            if last is None or last.size < state.book.size:
                last = np.pad(
                    [] if last is None else last, (0, state.book.size - (0 if last is None else last.size))
                )
                pending[day] = last = last.astype(np.int64)
            last[homes] = np.maximum(last[homes], at)

    def _judge(self, state: EstateState) -> None:
        for day, last in sorted(self.pending.pop(state.estate, {}).items()):
            homes = np.flatnonzero(last)
            self.outcome.touched.append(state.rows(day, homes, last[homes]))

    def _tipped(self, state: EstateState, rows: Rows) -> Rows:
        """A closed day with the instants of the readings that touched it in this fold."""
        last = self.pending.get(state.estate, {}).pop(rows.day, None)
        if last is None:
            return rows
        last = np.pad(last, (0, rows.size - last.size))
        return replace(rows, at=np.where(last > 0, last, rows.at))

    def _count(self, estate: str, kind: str, treatment: str, n: int) -> None:
        self.outcome.tallies[Counted(estate, kind, treatment)] += n
