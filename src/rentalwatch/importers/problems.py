"""What can be wrong with a row: where, which value, a stable code, what to do."""

from __future__ import annotations

from pydantic import ValidationError

CORRECT_THE_CELL = "correct the cell, import the file again"
"""What to do where nothing better is known."""


class RowError(Exception):
    """One row cannot be taken; nothing of it is stored, the others go on."""

    def __init__(self, code: str, *, column: str = "", value: str = "", what: str, todo: str = "") -> None:
        super().__init__(what)
        self.code = code
        self.column = column
        self.value = value[:80]
        self.what = what
        self.todo = todo or CORRECT_THE_CELL


def wrong_width(cells: int, columns: int) -> RowError:
    """A row that does not fit its header: which cell is which cannot be told."""
    return RowError(
        "RW-COLUMNS",
        what=f"has {cells} cells, the header has {columns}",
        todo="look for a stray comma or quote",
    )


def from_validation(error: ValidationError, kind: str) -> RowError:
    """The first complaint of a validation, in the words of a record's field."""
    first = error.errors(include_url=False)[0]
    field = ".".join(str(part) for part in first["loc"]) or kind
    value = "" if first["type"] == "missing" else str(first.get("input", ""))
    if first["type"] == "extra_forbidden":
        return RowError(
            "RW-FIELD-UNKNOWN",
            column=field,
            value=value,
            what=f"a {kind} record has no field {field!r}",
            todo=f"see the {kind} record in docs/record.schema.json",
        )
    what = "is missing" if first["type"] == "missing" else first["msg"]
    return RowError("RW-FIELD", column=field, value=value, what=what)
