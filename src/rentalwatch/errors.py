"""Errors for people: a stable code, what is wrong, where, and what to do about it.

Every code is listed in `docs/errors.md`; a test fails when one is missing there.
"""

from __future__ import annotations


class RentalwatchError(Exception):
    """A refusal that a person can act on. Nothing was half-applied when it is raised.

    `code` is stable and may be relied on by scripts; `what` and `todo` are sentences for people; `facts`
    are the names and numbers in them, for saying the same in another language.
    """

    code = "RW-ERROR"
    exit_code = 1

    def __init__(self, what: str, *, todo: str = "", code: str | None = None, **facts: object) -> None:
        super().__init__(what)
        self.what = what
        self.todo = todo
        self.facts = facts
        if code is not None:
            self.code = code

    def __str__(self) -> str:
        return f"{self.what}  [{self.code}]" + (f"\n{self.todo}" if self.todo else "")


class InvalidInputError(RentalwatchError):
    """What was handed in cannot be understood: a field, a file, a date."""

    code = "RW-INPUT"
    exit_code = 2


class NotPermittedError(RentalwatchError):
    """The ledger refuses the record as it stands (a used id, a used notice number, no such file)."""

    code = "RW-REFUSED"
    exit_code = 3


class NotFoundError(RentalwatchError):
    """What was asked for is not there."""

    code = "RW-NOT-FOUND"
    exit_code = 4


class StorageError(RentalwatchError):
    """The disk, the database or another process stood in the way; nothing was stored by this step."""

    code = "RW-STORAGE"
    exit_code = 5


class DamageError(RentalwatchError):
    """`verify` found something that must not be."""

    code = "RW-DAMAGED"
    exit_code = 6


class MisplacedError(ValueError):
    """What is wrong with a text, and where below the part that was looked at. Raised by the validators of
    what people write as YAML; they meet it as a complaint with a line (`checked_yaml`)."""

    def __init__(self, what: str, *where: str | int) -> None:
        super().__init__(what)
        self.where = where
