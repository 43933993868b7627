"""What the record knows of an estate's homes 档案信息, as columns: from records of kind `context`.

Of each home the context of the greatest position of the ledger holds, so that one that comes twice or after a
newer one changes nothing. Contexts are barriers: a reading is judged by those that came before it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rentalwatch.signals.columns import Homes, Ints
from rentalwatch.signals.days import LocalDays
from rentalwatch.signals.records import Context, Home
from rentalwatch.signals.snapshot import Saved

MAX_HOMES = 2**15 - 1
"""Of an estate: a reading is packed with 15 bits for its home."""
COMPLAINT_DAYS = 30
NEVER = 2**62
"""Later than any instant, in seconds."""

Columns = dict[str, NDArray[Any]]

_AMOUNTS = ("rooms", "persons", "area")
_INSTANTS = ("watch_since", "released_at", "confirmed_at", "rectified_at")
_EXEMPTIONS = ("family", "shop", "other")


class Book:
    """The homes of an estate, each at its place from 0 on; a place is never given again."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.places: dict[str, int] = {}
        """Every name of a home → its place: its own, and the keys by which sources call it."""
        self.keys: list[tuple[str, ...]] = []
        self.position: Ints = np.zeros(0, dtype=np.int64)
        self.amounts: dict[str, NDArray[np.float32]] = {n: np.zeros(0, dtype=np.float32) for n in _AMOUNTS}
        self.instants: dict[str, Ints] = {n: np.zeros(0, dtype=np.int64) for n in _INSTANTS}
        """`NEVER` where there is none."""
        self.withheld: NDArray[np.bool_] = np.zeros(0, dtype=np.bool_)
        self.complaints: dict[int, tuple[int, ...]] = {}
        self.exempt: dict[int, tuple[tuple[int, int, str], ...]] = {}

    @property
    def size(self) -> int:
        return len(self.ids)

    def would_hold(self, context: Context) -> int:
        """How many homes there would be with those of a context."""
        return len({*self.ids, *(home.dwelling for home in context.dwellings)})

    def take(self, context: Context) -> Homes:
        """Takes over what is newer than what is known; gives the places of homes of which something else is
        known now."""
        self._grow(context.dwellings)
        changed = []
        for home in context.dwellings:
            place = self.places[home.dwelling]
            if context.position > self.position[place]:
                before = self._told(place)
                self._put(place, home, context.position)
                if self._told(place) != before:
                    changed.append(place)
        self._name_all()
        return np.unique(np.array(changed, dtype=np.intp))

    def _told(self, place: int) -> tuple[Any, ...]:
        return (
            self.keys[place],
            [str(amounts[place]) for amounts in self.amounts.values()],
            [int(instants[place]) for instants in self.instants.values()],
            bool(self.withheld[place]),
            self.complaints.get(place),
            self.exempt.get(place),
        )

    def columns(self, homes: Homes, day: int, days: LocalDays) -> Columns:
        """What is known of some homes on a day, [m] each; NaN where nothing is."""
        ends, begins = days.start(day + 1), days.start(day)
        rooms, persons = self.amounts["rooms"][homes], self.amounts["persons"][homes]
        released = self.instants["released_at"][homes] < ends
        return {
            "rooms": rooms,
            "persons_a_room": persons / np.where(rooms > 0, rooms, np.nan),
            "area_a_person": self.amounts["area"][homes] / np.where(persons > 0, persons, np.nan),
            "complaints_30d": self._complaints(homes, days.start(day - COMPLAINT_DAYS + 1), ends),
            "under_watch": (self.instants["watch_since"][homes] < ends) & ~released,
            "released": released,
            **{f"exempt_{kind}": self._exempt(homes, kind, begins, ends) for kind in _EXEMPTIONS},
        }

    def put_right_since(self, second: int) -> NDArray[np.bool_]:
        """Which homes came under watch at an instant or later, [n]."""
        since = self.instants["watch_since"]
        found: NDArray[np.bool_] = (since >= second) & (since != NEVER)
        return found

    def confirmed_days(self, days: LocalDays) -> Ints:
        """The day of the confirmation of each home, [n], 0 where there is none."""
        at = self.instants["confirmed_at"]
        found = np.zeros(at.size, dtype=np.int64)
        known = np.flatnonzero(at != NEVER)
        found[known] = [days.day_of(int(second)) for second in at[known]]
        return found

    def saved(self) -> tuple[dict[str, Any], Saved]:
        """All of it: what is no array, and arrays under names."""
        lists = {
            "ids": self.ids,
            "keys": self.keys,
            "complaints": list(self.complaints.items()),
            "exempt": list(self.exempt.items()),
        }
        arrays = {"position": self.position, "withheld": self.withheld, **self.amounts, **self.instants}
        return lists, arrays

    @classmethod
    def restored(cls, lists: dict[str, Any], arrays: Saved) -> Book:
        """The inverse of `saved`."""
        found = cls()
        found.ids = lists["ids"]
        found.keys = [tuple(keys) for keys in lists["keys"]]
        found.complaints = {place: tuple(instants) for place, instants in lists["complaints"]}
        found.exempt = {place: tuple((s, u, k) for s, u, k in of) for place, of in lists["exempt"]}
        found.position, found.withheld = arrays["position"], arrays["withheld"]
        found.amounts = {name: arrays[name] for name in _AMOUNTS}
        found.instants = {name: arrays[name] for name in _INSTANTS}
        found._name_all()
        return found

    def _grow(self, homes: Iterable[Home]) -> None:
        known = set(self.ids)
        new = list(dict.fromkeys(home.dwelling for home in homes if home.dwelling not in known))
        for name in new:
            self.places[name] = len(self.ids)
            self.ids.append(name)
            self.keys.append(())
        more = (0, len(new))
        self.position = np.pad(self.position, more, constant_values=-1)
        self.amounts = {n: np.pad(v, more, constant_values=np.nan) for n, v in self.amounts.items()}
        self.instants = {n: np.pad(v, more, constant_values=NEVER) for n, v in self.instants.items()}
        self.withheld = np.pad(self.withheld, more)

    def _put(self, place: int, home: Home, position: int) -> None:
        self.position[place] = position
        self.keys[place] = tuple(sorted(set(home.keys)))
        for name, amounts in self.amounts.items():
            value = getattr(home, name)
            amounts[place] = np.nan if value is None else value
        for name, instants in self.instants.items():
            value = getattr(home, name)
            instants[place] = NEVER if value is None else value
        self.withheld[place] = home.withheld
        _keep(self.complaints, place, tuple(sorted(home.complaints)))
        _keep(
            self.exempt,
            place,
            tuple((e.start, NEVER if e.until is None else e.until, e.kind) for e in home.exempt),
        )

    def _name_all(self) -> None:
        """Of two homes that claim a key, that of the greater position has it; a home has its own name."""
        order = sorted(range(self.size), key=lambda place: (self.position[place], self.ids[place]))
        self.places = {key: place for place in order for key in self.keys[place]}
        self.places.update((name, place) for place, name in enumerate(self.ids))

    def _complaints(self, homes: Homes, first: int, ends: int) -> NDArray[np.int64]:
        found = np.zeros(homes.size, dtype=np.int64)
        for place, instants in self.complaints.items():
            _set(found, homes, place, sum(first <= at < ends for at in instants))
        return found

    def _exempt(self, homes: Homes, kind: str, begins: int, ends: int) -> NDArray[np.bool_]:
        """Which are exempt at any time of a day."""
        found = np.zeros(homes.size, dtype=np.bool_)
        for place, all_of in self.exempt.items():
            held = any(start < ends and until > begins and of == kind for start, until, of in all_of)
            _set(found, homes, place, held)
        return found


def _set(found: NDArray[Any], homes: Homes, place: int, value: int) -> None:
    """Sets the value of one home, if it is among those asked for."""
    nth = int(np.searchsorted(homes, place))
    if nth < homes.size and homes[nth] == place:
        found[nth] = value


def _keep(where: dict[int, Any], place: int, what: tuple[Any, ...]) -> None:
    """Keeps what there is: most homes have nothing of it."""
    where.pop(place, None)
    if what:
        where[place] = what
