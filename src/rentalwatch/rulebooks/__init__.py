"""Rulebooks as data: one YAML file per place, loaded by name, or from a text that was adopted.

A text may say `extends: NAME` and then only what differs from that rulebook; null takes a part out. What is
adopted, and what a version is the hash of, is the whole text with nothing left to look up elsewhere.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from rentalwatch.checked_yaml import Complaint, in_lines, line_of, parse, validate
from rentalwatch.domain.calendar import Calendar
from rentalwatch.domain.rulebook import MAX_TEXT, Rulebook, content_hash
from rentalwatch.domain.warning import Warnings
from rentalwatch.errors import InvalidInputError, NotFoundError
from rentalwatch.rulebooks.calendars import freeze

EXTENDS = "extends"


def names() -> list[str]:
    """The rulebooks that come with rentalwatch."""
    return sorted(f.name[:-5] for f in files(__name__).iterdir() if f.name.endswith(".yaml"))


@cache
def load(name: str) -> tuple[Rulebook, str]:
    """A rulebook and its version `name@hash`, with the working days known on this machine. Raises
    NotFoundError, InvalidInputError."""
    book, text = read(_shipped(name), name)
    return book, f"{name}@{content_hash(text.encode())}"


def read(text: str, name: str = "") -> tuple[Rulebook, str]:
    """A rulebook from its text, with the working days known on this machine; and its whole text: with
    everything that it takes over from another rulebook, or as it is if it takes over nothing. Raises
    InvalidInputError with the lines if it is not valid."""
    raw, node, complaints = _read(text)
    book, complaints = (None, complaints) if complaints else validate(raw, node, Rulebook)
    if book is None:
        raise _not_valid(name, complaints)
    if EXTENDS in _top(node):
        text = yaml.safe_dump(raw, allow_unicode=True, sort_keys=False, width=110)
    return _with_days(book, None), text


def read_text(name: str) -> str:
    """The text of a rulebook, by name or by path. Raises NotFoundError, InvalidInputError."""
    if name in names():
        return _shipped(name)
    path = Path(name)
    if not path.is_file():
        raise _not_found(name, "; or name a YAML file")
    try:
        if path.stat().st_size > 4 * MAX_TEXT:  # no character of UTF-8 is longer than four bytes
            raise InvalidInputError(
                f"{name} is longer than a rulebook may be ({MAX_TEXT:,} characters)",
                todo="Name a rulebook's YAML file.",
                code="RW-RULEBOOK",
            )
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as e:
        raise InvalidInputError(
            f"the rulebook {name} cannot be read: {e}", todo="Name a YAML file in UTF-8.", code="RW-RULEBOOK"
        ) from e


def check(text: str) -> tuple[Rulebook | None, list[Complaint]]:
    """A rulebook from its YAML text, or what is wrong with it, line by line; the tests inside its warning
    rules are run. What is wrong in a part that it takes over from another is told at the line that takes it
    over, or the first."""
    raw, node, complaints = _read(text)
    book, complaints = (None, complaints) if complaints else validate(raw, node, Rulebook)
    if book is not None and (failed := failed_tests(book.warning, node, "warning")):
        return None, failed
    return book, complaints


def refuse_failing(text: str) -> None:
    """Raises InvalidInputError with the lines if `check` complains, failing tests inside rules included."""
    _, complaints = check(text)
    if complaints:
        raise _not_valid("", complaints)


def resolve(text: str, calendar: Calendar | None = None) -> Rulebook:
    """A rulebook from its whole text and the calendar frozen with it; without one, as it is known on this
    machine. Raises InvalidInputError with the lines if it is not valid or not whole."""
    raw, node, complaints = parse(text)
    book, complaints = (None, complaints) if complaints else validate(raw, node, Rulebook)
    if book is None:
        raise _not_valid("", complaints)
    return _with_days(book, calendar)


def failed_tests(warnings: Warnings, node: yaml.Node | None, *below: str) -> list[Complaint]:
    """The tests inside warning rules that come out otherwise. `below`: where the rules stand in the text."""
    if not warnings.rules:
        return []
    from rentalwatch.signals.trying import failed  # arrays are slow to load, and few commands need them

    return [
        Complaint(line=line_of(node, place), where=".".join(map(str, place)), what=test.what)
        for test in failed(warnings)
        for place in [(*below, *test.place)]
    ]


def _with_days(book: Rulebook, calendar: Calendar | None) -> Rulebook:
    """With the days of the calendar that it names."""
    if book.calendar != "china":
        return book
    return book.model_copy(update={"calendar": calendar or freeze()})


def _read(text: str) -> tuple[Any, yaml.Node | None, list[Complaint]]:
    """What the text says together with what it takes over, as plain data; and its own nodes."""
    if len(text) > MAX_TEXT:
        return None, None, [Complaint(line=1, where="", what=f"is longer than {MAX_TEXT:,} characters")]
    raw, node, complaints = parse(text)
    if complaints or EXTENDS not in _top(node):
        return raw, node, complaints
    base = raw[EXTENDS]
    if base not in names():
        what = f"there is no rulebook {base!r}; known: {', '.join(names())}"
        return raw, node, [Complaint(line=line_of(node, (EXTENDS,)), where=EXTENDS, what=what)]
    return _over(_read(_shipped(base))[0], {k: v for k, v in raw.items() if k != EXTENDS}), node, []


def _top(node: yaml.Node | None) -> set[str]:
    """The names at the top of a text."""
    return {key.value for key, _ in node.value} if isinstance(node, yaml.MappingNode) else set()


def _over(below: Any, above: Any) -> Any:
    """Tables part by part, where null takes a part out; anything else is replaced whole."""
    if not (isinstance(below, dict) and isinstance(above, dict)):
        return above
    both = {**below, **{k: _over(below.get(k), v) for k, v in above.items()}}
    return {k: v for k, v in both.items() if v is not None}


@cache
def _shipped(name: str) -> str:
    if name not in names():
        raise _not_found(name)
    return (files(__name__) / f"{name}.yaml").read_text(encoding="utf-8")


def _not_found(name: str, more: str = "") -> NotFoundError:
    known = ", ".join(names())
    return NotFoundError(
        f"there is no rulebook {name!r}", todo=f"Known rulebooks: {known}{more}.", code="RW-NO-RULEBOOK"
    )


def _not_valid(name: str, complaints: list[Complaint]) -> InvalidInputError:
    return InvalidInputError(
        f"the rulebook{name and f' {name}'} is not valid:\n{in_lines(complaints)}",
        todo="Correct it; `rentalwatch rulebook check FILE` checks it again.",
        code="RW-RULEBOOK",
    )
