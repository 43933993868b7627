"""From figures to hits: rows of homes and days judged by the rules of a rulebook.

Rules that fire on the tipping reading are judged whenever a home's open day changed; all others, and the
combined score, once when the day is closed. What the combined score counts is judged on closed days alone,
whose figures do not depend on the order of readings; so neither does it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rentalwatch.domain.warning import COMBINED, Combined, Warnings
from rentalwatch.signals.evaluate import Hit, combine, combined_hit, counts, evaluate, hit, window_of
from rentalwatch.signals.rows import Rows
from rentalwatch.signals.snapshot import pack, unpack

MOST_DAYS = 28
"""A combined score counts rules that fired in so many days at most: as many bits are kept of each home."""
_ALL_DAYS = np.uint32((1 << MOST_DAYS) - 1)

Bits = NDArray[np.uint32]
RulesOf = Callable[[str, int], Warnings]
"""(path, local day) → the rules in force there and then."""


class Judged(NamedTuple):
    """A hit with the second of the reading by which its figures came to be, and those figures."""

    hit: Hit
    estate: str
    path: str
    at: int
    withheld: bool
    figures: dict[str, float]


class Judge:
    """The rules that fired lately in the homes of one estate, and what they say of new rows."""

    def __init__(self, fired: dict[str, Bits] | None = None, last: int = 0) -> None:
        self.fired = fired or {}
        """`rule@version` → the closed days on which it fired in each home, by the home's place in the estate:
        a bit a day, the last day's the lowest."""
        self.last = last
        """The last closed day."""
        self._said: dict[tuple[str, str, str], int] = {}
        """Hits that were handed out → the last day of their window; they would come to the same alert."""

    def judge(self, rows: Rows, warnings: Warnings) -> Iterator[Judged]:
        """What the rules say of rows, each alert once in a window as far as is remembered. Closed days come
        in their order, each with every home of the estate."""
        fired = self._judge_rows(rows, warnings)
        for name, mask in fired.items():
            if warnings.rules[name].alone:
                yield from self._handed_out(rows, warnings, name, np.flatnonzero(mask))
        if rows.closed:
            self._remember(rows, warnings, fired)
            if warnings.combined is not None:
                yield from self._combined(rows, warnings, warnings.combined)
            self._forget(rows.day)

    def _judge_rows(self, rows: Rows, warnings: Warnings) -> dict[str, NDArray[np.bool_]]:
        """Rule → where it fires: the monotone ones where anything happened, the others on closed days."""
        found = {}
        for fired in evaluate(warnings, rows.columns, None if rows.closed else "monotone"):
            mask = np.zeros(rows.size, np.bool_)
            mask[fired.rows] = True
            if fired.rule.when == "monotone":
                mask &= rows.active
            if mask.any():
                found[fired.name] = mask
        return found

    def _handed_out(
        self, rows: Rows, warnings: Warnings, name: str, fired: NDArray[np.intp]
    ) -> Iterator[Judged]:
        days = warnings.rules[name].window_days
        for row in self._new(rows, warnings.versions[name], name, days, fired):
            yield _judged(hit(warnings, name, rows.columns, row, rows.dwellings[row], rows.day), rows, row)

    def _new(
        self, rows: Rows, version: str, name: str, window_days: int, fired: NDArray[np.intp]
    ) -> Iterator[int]:
        """The rows of which nothing was said yet in this window."""
        ends = (window_of(rows.day, window_days) + 1) * window_days - 1
        for row in fired.tolist():
            key = (f"{name}@{version}", rows.dwellings[row], str(ends))
            if key not in self._said:
                self._said[key] = ends
                yield row

    def _remember(self, rows: Rows, warnings: Warnings, fired: dict[str, NDArray[np.bool_]]) -> None:
        """Takes in which rules fired on a day that is closed; only those that a combined score counts."""
        counted = warnings.combined.weights if warnings.combined is not None else {}
        names = {f"{name}@{warnings.versions[name]}": name for name in counted}
        passed = np.uint32(min(rows.day - self.last, MOST_DAYS)) if self.last else np.uint32(0)
        kept = {key: self._grown(bits, rows.size) for key, bits in self.fired.items() if key in names}
        for key, name in names.items():
            bits = (kept.get(key, np.zeros(rows.size, np.uint32)) << passed) & _ALL_DAYS
            if name in fired:
                bits |= fired[name].astype(np.uint32)
            if bits.any():
                kept[key] = bits
            else:
                kept.pop(key, None)
        self.fired, self.last = kept, rows.day

    @staticmethod
    def _grown(bits: Bits, homes: int) -> Bits:
        return np.pad(bits, (0, homes - bits.size))

    def _combined(self, rows: Rows, warnings: Warnings, combined: Combined) -> Iterator[Judged]:
        within = np.uint32((1 << combined.within_days) - 1)
        masks = {
            name: counts(combined, name, np.bitwise_count(bits & within))
            for name in combined.weights
            if (bits := self.fired.get(f"{name}@{warnings.versions[name]}")) is not None
        }
        if not masks:
            return
        score = np.broadcast_to(combine(combined, masks), (rows.size,))
        fired = np.flatnonzero(score >= combined.threshold)
        for row in self._new(rows, warnings.versions[COMBINED], COMBINED, combined.window_days, fired):
            names = [name for name, mask in masks.items() if mask[row]]
            dwelling = rows.dwellings[row]
            found = combined_hit(warnings, combined, names, float(score[row]), dwelling, rows.day)
            yield _judged(found, rows, row)

    def _forget(self, closed: int) -> None:
        """Windows that are over are asked about no more."""
        self._said = {key: ends for key, ends in self._said.items() if ends > closed}

    def to_bytes(self) -> bytes:
        """What is remembered of closed days; equal memories give equal bytes. What was handed out is not: it
        comes to the same alerts."""
        return pack(self.last, dict(self.fired))

    @classmethod
    def from_bytes(cls, packed: bytes) -> Judge:
        """The inverse of `to_bytes`. Raises InvalidInputError (RW-SIGNAL-STATE) in another format."""
        last, fired = unpack(packed)
        return cls(fired, last)


def _judged(found: Hit, rows: Rows, row: int) -> Judged:
    figures = {name: float(column[row]) for name, column in sorted(rows.columns.items())}
    known = {name: figure for name, figure in figures.items() if not np.isnan(figure)}
    return Judged(
        found, rows.estate, rows.path, int(rows.at[row]), bool(rows.withheld[row]) or found.withheld, known
    )
