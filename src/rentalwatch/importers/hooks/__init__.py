"""What a mapping cannot say: named hooks of at most 40 lines, one a file (D17).

A hook is a function `records(change, held)`: one change of one row of a source, and what the source had
shown before, to canonical records without their key, home and time, which the import adds. It is pure;
a ValueError refuses the row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from rentalwatch.importers.held import Change, Held

Hook = Callable[[Change, Held], Iterator[dict[str, Any]]]


def names() -> list[str]:
    """The hooks that there are."""
    return sorted(module.name for module in iter_modules(__path__))


def load(name: str) -> Hook:
    """A hook by name, which a mapping was checked for."""
    found: Hook = import_module(f"{__name__}.{name}").records
    return found
