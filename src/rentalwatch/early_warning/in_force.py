"""Which warning rules hold where and when, and the clocks that their alerts open (D11).

What was adopted for an area holds there; where nothing was, the one that was asked for, or the shipped
rulebook that is meant for it. Rules are chosen by where an estate lies and by the day that is judged, never
by today.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from rentalwatch.domain.rulebook import Rulebook
from rentalwatch.domain.warning import Warnings
from rentalwatch.errors import InvalidInputError
from rentalwatch.rulebooks import load, names
from rentalwatch.rulebooks.rules import Chosen, Rules

_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_NONE = Warnings()


class InForce:
    """The rulebooks of one ledger as warning rules need them."""

    def __init__(self, rules: Rules, zone: str, fallback: str = "") -> None:
        """`fallback`: the rulebook where nothing was adopted, "" for the shipped one of the area. Raises
        NotFoundError, and InvalidInputError (RW-RULEBOOK) if its alerts would have no due instant."""
        self._rules, self._zone = rules, zone
        self._fallback = load(fallback) if fallback else None
        if self._fallback is not None:
            _refuse_timeless(self._fallback)
        self._known: dict[tuple[str, int], Chosen | None] = {}

    def renew(self, rules: Rules) -> None:
        """What was adopted since counts from here on."""
        if rules.adopted != self._rules.adopted:
            self._rules, self._known = rules, {}

    def __call__(self, path: str, day: int) -> Warnings:
        """The rules that judge an estate's day. `day`: local days since 1970-01-01."""
        found = self.book(path, day)
        return found[0].warning if found else _NONE

    def book(self, path: str, day: int) -> Chosen | None:
        """The rulebook that holds for an estate on a day; None: nothing judges there. Raises
        InvalidInputError (RW-RULEBOOK) as above."""
        if (path, day) not in self._known:
            when = date.fromordinal(_EPOCH_ORDINAL + day)
            found = self._rules.holding(path, when, self._zone) or self._fallback or _shipped_for(path)
            if found is not None:
                _refuse_timeless(found)
            self._known[path, day] = found
        return self._known[path, day]


@lru_cache(maxsize=1024)
def _shipped_for(path: str) -> Chosen | None:
    """Of the shipped rulebooks that are meant for an area, that of the narrowest scope."""
    meant = [found for found in map(load, names()) if found[0].scope and path.startswith(found[0].scope)]
    return max(meant, key=lambda found: len(found[0].scope), default=None)


def _refuse_timeless(chosen: Chosen) -> None:
    book, version = chosen
    if _raises(book) and "alert_answer" not in book.clocks:
        raise InvalidInputError(
            f"the rulebook {version} has warning rules, and no clock by which an alert must be answered",
            todo="Give it the clock `alert_answer`, and adopt it anew.",
            code="RW-RULEBOOK",
        )


def _raises(book: Rulebook) -> bool:
    return bool(book.warning.rules)
