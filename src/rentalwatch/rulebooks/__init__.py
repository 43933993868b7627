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

from rentalwatch.checked_yaml import Complaint, in_lines, parse, validate
from rentalwatch.domain.calendar import Calendar
from rentalwatch.domain.rulebook import MAX_TEXT, Rulebook, content_hash
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
    text = whole(_shipped(name), name)
    return resolve(text), f"{name}@{content_hash(text.encode())}"


def read_text(name: str) -> str:
    """The text of a rulebook, by name or by path. Raises NotFoundError, InvalidInputError."""
    if name in names():
        return _shipped(name)
    path = Path(name)
    if not path.is_file():
        raise _not_found(name, "; or name a YAML file")
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as e:
        raise InvalidInputError(
            f"the rulebook {name} cannot be read: {e}", todo="Name a YAML file in UTF-8.", code="RW-RULEBOOK"
        ) from e


def check(text: str) -> tuple[Rulebook | None, list[Complaint]]:
    """A rulebook from its YAML text, or what is wrong with it, line by line. What is wrong in a part that it
    takes over from another is told at the line that takes it over, or the first."""
    if len(text) > MAX_TEXT:
        return None, [Complaint(line=1, where="", what=f"is longer than {MAX_TEXT:,} characters")]
    raw, node, complaints = parse(text)
    if not complaints:
        raw, complaints = _laid_over(raw, text)
    return (None, complaints) if complaints else validate(raw, node, Rulebook)


def whole(text: str, name: str = "") -> str:
    """The text with everything that it takes over from another rulebook; as it is if it takes over nothing.
    Raises InvalidInputError with the lines if it is not valid."""
    book, complaints = check(text)
    if book is None:
        raise _not_valid(name, complaints)
    raw, _, _ = parse(text)
    if EXTENDS not in raw:
        return text
    full, _ = _laid_over(raw, text)
    return yaml.safe_dump(full, allow_unicode=True, sort_keys=False, width=110)


def resolve(text: str, calendar: Calendar | None = None) -> Rulebook:
    """A rulebook from its whole text and the calendar frozen with it; without one, as it is known on this
    machine. Raises InvalidInputError with the lines if it is not valid or not whole."""
    raw, node, complaints = parse(text)
    book, complaints = (None, complaints) if complaints else validate(raw, node, Rulebook)
    if book is None:
        raise _not_valid("", complaints)
    if book.calendar != "china":
        return book
    return book.model_copy(update={"calendar": calendar or freeze()})


def _laid_over(raw: Any, text: str) -> tuple[Any, list[Complaint]]:
    """`raw` over the rulebook that it extends, if it does."""
    if not isinstance(raw, dict) or EXTENDS not in raw:
        return raw, []
    base = raw[EXTENDS]
    if base not in names():
        line = next((n for n, s in enumerate(text.splitlines(), 1) if s.startswith(EXTENDS)), 1)
        what = f"there is no rulebook {base!r}; known: {', '.join(names())}"
        return raw, [Complaint(line=line, where=EXTENDS, what=what)]
    below, _, _ = parse(whole(_shipped(base), base))
    return _over(below, {k: v for k, v in raw.items() if k != EXTENDS}), []


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
        f"the rulebook {name} is not valid:\n{in_lines(complaints)}",
        todo="Correct it; `rentalwatch rulebook check FILE` checks it again.",
        code="RW-RULEBOOK",
    )
