"""What a mapping is told beside the file: an office's sheet does not repeat its estate in every row."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from rentalwatch.errors import InvalidInputError
from rentalwatch.importers import mapping as mappings


def completed(
    mapping: mappings.Mapping, header: Sequence[str], said: Mapping[str, str]
) -> tuple[list[str], Callable[[list[str]], list[str]]]:
    """The header with the given names behind it that the file lacks, and what completes a row: a given
    value stands where the file has no such column, or the cell is blank.

    Raises InvalidInputError for a name that the mapping does not ask for, one that is missing, and a value
    that does not fit."""
    unasked = sorted(said.keys() - mapping.given.keys())
    if unasked:
        asked = ", ".join(mapping.given) or "none"
        raise _wrong(f"the mapping does not ask for {', '.join(unasked)}", f"It asks for: {asked}.")
    values = {name: said.get(name, given.default) for name, given in mapping.given.items()}
    for name, given in mapping.given.items():
        if not values[name] and given.required and name not in header:
            raise _wrong(
                f"the file has no column {name}, and --set {name}=… was not given",
                f"Add --set {name}=… ({given.about})" if given.about else f"Add --set {name}=…",
            )
        if values[name] and given.pattern and not re.fullmatch(given.pattern, values[name]):
            raise _wrong(f"--set {name}={values[name]} does not fit", given.about)
    behind = [values[name] for name in values if name not in header]
    fill = [(header.index(name), value) for name, value in values.items() if name in header and value]

    def complete(row: list[str]) -> list[str]:
        if len(row) == len(header):
            row = [*row, *behind]
            for i, value in fill:
                row[i] = row[i] or value
        return row

    width = [*header, *(name for name in values if name not in header)]
    return width, complete if values else lambda row: row


def _wrong(what: str, todo: str) -> InvalidInputError:
    return InvalidInputError(what, todo=todo, code="RW-OPTIONS")
