"""Logs of long-running processes: JSON lines, or text on a terminal; outages do not flood them.

A log says what a process did, never what an event holds.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import IO

from rentalwatch.errors import InvalidInputError
from rentalwatch.observe.tracebacks import described

NOISY = ("aiokafka", "kafka", "faust", "mode")
"""Libraries that repeat themselves while a broker is away: 65 lines a second were seen."""

ONCE_IN_SECONDS = 30.0
"""How often one of their lines is let through: often enough to show that the outage lasts."""

MOST_LINES = 1000
"""Different lines that the filter remembers; beyond that it forgets all rather than grow."""

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "left_out"}
_VARYING = re.compile(r"0x[0-9a-f]+|\d+(?:\.\d+)*")


class once_in(logging.Filter):  # noqa: N801 - reads as what it does where it is used
    """Lets a line of the noisy loggers through at most once in so many seconds, saying how many were not.

    Lines are the same if their logger and template are, whatever the numbers in them. Other loggers pass.
    """

    def __init__(
        self, seconds: float, loggers: tuple[str, ...] = NOISY, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__()
        self.seconds, self.loggers, self.clock = seconds, loggers, clock
        self._lines: dict[tuple[str, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is written; `record.left_out` says how many like it were not."""
        if record.name.partition(".")[0] not in self.loggers:
            return True
        line = record.name, _VARYING.sub("#", str(record.msg))
        now = self.clock()
        since, left_out = self._lines.get(line, (now - self.seconds, 0))
        if now - since < self.seconds:
            self._lines[line] = since, left_out + 1
            return False
        if len(self._lines) >= MOST_LINES:
            self._lines.clear()
        self._lines[line] = now, 0
        record.left_out = left_out
        return True


class JsonLines(logging.Formatter):
    """One JSON object a record, in one line: time (UTC), level, process, logger, message, extra fields."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self.process = process

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        at = datetime.fromtimestamp(record.created, UTC)
        line: dict[str, object] = {
            "time": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "process": self.process,
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {k: v for k, v in vars(record).items() if k not in _STANDARD and k not in line}
        line |= _left_out(record)
        line |= _exception(record)
        return json.dumps(line, ensure_ascii=False, default=str)


class Text(logging.Formatter):
    """A line for people; an exception follows below it."""

    def format(self, record: logging.LogRecord) -> str:
        """The line or lines, without the last end."""
        at = datetime.fromtimestamp(record.created).astimezone().strftime("%H:%M:%S")
        text = f"{at} {record.levelname.lower():7} {record.name}: {record.getMessage()}"
        for missing in _left_out(record).values():
            text += f" ({missing} like it left out)"
        return "\n".join([text, *_exception(record).values()])


def configure(kind: str = "", process: str = "rentalwatch", stream: IO[str] | None = None) -> None:
    """Sends every log of this process to standard error as `json` or `text`; "" is text on a terminal, else
    JSON. May be called again. Raises InvalidInputError (RW-OPTIONS) for another word."""
    if kind not in ("", "json", "text"):
        raise InvalidInputError(
            f"{kind!r} is no way to write logs", todo="RENTALWATCH_LOG is json or text.", code="RW-OPTIONS"
        )
    out = stream or sys.stderr
    handler = logging.StreamHandler(out)
    handler.setFormatter(Text() if kind == "text" or (not kind and out.isatty()) else JsonLines(process))
    handler.addFilter(once_in(ONCE_IN_SECONDS))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for library in NOISY:  # they tell every connection and every poll
        logging.getLogger(library).setLevel(logging.WARNING)


def _left_out(record: logging.LogRecord) -> dict[str, int]:
    count = getattr(record, "left_out", 0)
    return {"left_out": count} if count else {}


def _exception(record: logging.LogRecord) -> dict[str, str]:
    error = record.exc_info[1] if record.exc_info else None
    return {"exception": described(error)} if error is not None else {}
