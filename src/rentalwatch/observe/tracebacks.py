"""An exception as text for a log: where and why, without the values that it was about.

Validation errors quote their input and database errors their parameters; both would put the content of
events into logs.
"""

from __future__ import annotations

import re
import traceback

from pydantic_core import ValidationError

QUOTED = re.compile(r"^(DETAIL:|CONTEXT:|LINE \d+:|\[parameters:|\[SQL:).*", re.MULTILINE | re.DOTALL)
"""From here on a database's message quotes the rows or the statement that it was about."""


def described(error: BaseException) -> str:
    """Frames, type and reason of an exception and of those that led to it, the first one first."""
    return "\n".join(_one(e) for e in reversed(_chain(error)))


def reason(error: BaseException) -> str:
    """Type and reason in words, without values."""
    kind = type(error).__name__
    if isinstance(error, ValidationError):
        # the last part of a place may be a key that the input brought along; the kind of error is ours
        kinds = sorted({str(e["type"]) for e in error.errors(include_input=False, include_context=False)})
        return f"{kind}: {error.title}: {', '.join(kinds)}"
    text = QUOTED.sub("", str(error)).strip()
    return f"{kind}: {text}" if text else kind


def _chain(error: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    step: BaseException | None = error
    while step is not None and step not in found:
        found.append(step)
        step = step.__cause__ or (None if step.__suppress_context__ else step.__context__)
    return found


def _one(error: BaseException) -> str:
    return "".join(traceback.format_tb(error.__traceback__)) + reason(error)
