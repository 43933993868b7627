"""The rules that count in one ledger: what was adopted there 规则启用, else what is shipped (D11).

Whoever records names a rulebook, as a mapping does, or the area it is about; the answer is the version that
holds on the day of the fact. A due instant that it gives is stored with the fact, and stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import NamedTuple

from rentalwatch.domain.events import RulebookAdopted
from rentalwatch.domain.instants import ALWAYS, day_start, local_date, micros
from rentalwatch.domain.rulebook import Rulebook, TimelyDisposal, in_force
from rentalwatch.rulebooks import load, names
from rentalwatch.rulebooks.adoption import rules_of

Chosen = tuple[Rulebook, str]
"""A rulebook with its version `name@hash`."""
When = date | datetime | None
"""A day, an instant, or None for "since always"."""


class Whose(NamedTuple):
    """What a record is about, as far as it says whose rules hold: where it lies, and by which rulebooks its
    file has gone so far, the last first."""

    area: str
    usual: tuple[str, ...] = ()


class Rules:
    """The rulebooks that were adopted in one ledger, in the order of their adoption, and the shipped ones
    beside them."""

    def __init__(self, adopted: Iterable[RulebookAdopted] = ()) -> None:
        self.adopted = tuple(adopted)
        self._named: dict[tuple[str, str, str | None], Callable[[When], Chosen | None]] = {}

    def names(self) -> list[str]:
        """Every name that a mapping or a record may give."""
        return sorted({*names(), *(event.name for event in self.adopted)})

    def named(self, name: str, zone: str, area: str | None = None) -> Callable[[When], Chosen | None]:
        """The version of the rulebook `name` by the day of a fact: the adopted one that holds then, else the
        shipped one; None where one's own does not hold, so that no clock runs.

        `area`: where it lies; None: nobody knows at this point (an import knows homes by their keys alone),
        and then of several scopes the widest counts. Raises NotFoundError if the name is neither shipped nor
        adopted.
        """
        asked = (name, zone, area)
        if asked not in self._named:
            self._named[asked] = self._choosing(*asked)
        return self._named[asked]

    def _choosing(self, name: str, zone: str, area: str | None) -> Callable[[When], Chosen | None]:
        mine = any(event.name == name for event in self.adopted)
        shipped = load(name) if not mine or name in names() else None
        if not mine:
            return lambda when: shipped

        by_day: dict[date, Chosen | None] = {}  # files are long, and their days few

        def chosen(when: When) -> Chosen | None:
            day = _day(when, zone)
            if day not in by_day:
                by_day[day] = self.adopted_as(name, when, zone, area) or shipped
            return by_day[day]

        return chosen

    def adopted_as(self, name: str, when: When, zone: str, area: str | None = None) -> Chosen | None:
        """The adopted version of that name that holds on a day, if there is one. `area` as in `named`."""
        mine = [event for event in self.adopted if event.name == name]
        at = _instant(when, zone)
        found = in_force(mine, area, at, zone) if area is not None else _widest(mine, at, zone)
        return rules_of(found) if found else None

    def holding(self, area: str, when: When, zone: str) -> Chosen | None:
        """What was adopted for an area, whatever its name; None if nothing holds there on that day."""
        found = in_force(self.adopted, area, _instant(when, zone), zone)
        return rules_of(found) if found else None

    def timely_disposal(self, area: str, when: When, zone: str) -> TimelyDisposal | None:
        """What 及时处置 means in an area on a day, if what was adopted says it. An area that is wider than
        what any rulebook was adopted for goes by those adopted below it, if they say the same."""
        held = self.holding(area, when, zone)
        if held is not None:
            return held[0].timely_disposal
        below = {event.scope for event in self.adopted if event.scope.startswith(area)}
        said = {found[0].timely_disposal for scope in below if (found := self.holding(scope, when, zone))}
        return said.pop() if len(said) == 1 else None

    def for_record(self, name: str, whose: Whose | None, when: When, zone: str) -> Chosen | None:
        """The rules for one record: those that it names, else what was adopted for its area, else those its
        file has gone by; None where no clock runs. Raises NotFoundError as `named`."""
        if name:
            return self.named(name, zone, whose.area if whose else None)(when)
        if whose is None:
            return None
        usual = (self.named(book, zone, whose.area)(when) for book in whose.usual)
        return self.holding(whose.area, when, zone) or next((found for found in usual if found), None)


def _day(when: When, zone: str) -> date:
    if isinstance(when, datetime):
        return local_date(micros(when), zone)
    return date.min if when is None else when


def _instant(when: When, zone: str) -> datetime:
    if isinstance(when, datetime):
        return when
    return ALWAYS if when is None else day_start(when, zone)


def _widest(adopted: list[RulebookAdopted], at: datetime, zone: str) -> RulebookAdopted | None:
    """Of those that hold, the one for the most: the area is not known."""
    for scope in sorted({event.scope for event in adopted}, key=lambda s: (len(s.encode()), s)):
        found = in_force((event for event in adopted if event.scope == scope), scope, at, zone)
        if found is not None:
            return found
    return None


SHIPPED = Rules()
"""Where nothing was adopted: every rulebook as it is shipped, with the calendar known on this machine."""

__all__ = ["SHIPPED", "Chosen", "Rules", "Whose"]
