"""How a message is shown: in a list, and whole."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from rentalwatch.cli.show import say, stamp, table
from rentalwatch.cli.words import Words
from rentalwatch.delivery.figures import Attempt, Line, Shown
from rentalwatch.delivery.notification import Notification, Severity
from rentalwatch.domain.instants import Micros, instant
from rentalwatch.settings import settings

HEADER = (
    "id",
    "channel",
    "state",
    "severity",
    "place",
    "notifications",
    "opened_at",
    "next_at",
    "tries",
    "last",
)
FIELDS = Line._fields


def line_data(line: Line) -> dict[str, Any]:
    """A message as data: instants with their zone, the severity as its word."""
    zone = settings().zone
    times = {"opened_at": stamp(line.opened_at, zone), "next_at": stamp(line.next_at, zone)}
    return line._asdict() | times | {"severity": Severity(line.severity).word}


def line_row(w: Words, line: Line) -> list[Any]:
    """A message as a row of a table."""
    waits = line.state == "waiting"
    return [
        line.id, line.channel, w(f"delivery_{line.state}"), w(f"severity_{Severity(line.severity).word}"),
        line.place, line.notifications, _minute(line.opened_at), _minute(line.next_at) if waits else "",
        line.tries, outcome(w, line.outcome, line.status, line.code, under_way=line.state == "sending"),
    ]  # fmt: skip


def untold_row(w: Words, notification: Notification) -> list[Any]:
    """A notification that nobody took."""
    n = notification
    return [n.id, w(f"level_{n.level}"), n.area, w(f"severity_{n.severity.word}"), n.title.of(w.lang)]


def show_message(w: Words, shown: Shown) -> None:
    """A message whole: what it tells, and every try."""
    line = shown.line
    say(f"{line.id} · {line.channel} · {w(f'delivery_{line.state}')} · {line.place}")
    for told in shown.told:
        say(f"  {told.id}: {told.title.of(w.lang)}")
    if shown.attempts:
        last = shown.attempts[-1].number if line.state == "sending" else 0
        header = [w(f"delivery_{k}") for k in ("number", "at", "last", "seconds")]
        table(header, [_attempt(w, a, under_way=a.number == last) for a in shown.attempts])
    say()


def _attempt(w: Words, attempt: Attempt, *, under_way: bool) -> list[Any]:
    seconds = "" if attempt.seconds is None else f"{attempt.seconds:.2f}"
    told = outcome(w, attempt.outcome, attempt.status, attempt.code, under_way=under_way)
    return [attempt.number, _second(attempt.at), told, seconds]


def outcome(w: Words, said: str, status: int | None, code: str, *, under_way: bool) -> str:
    """What became of a try, in words, with the number and the code that were given."""
    if not said:
        return ""
    if under_way and said == "unknown":
        return w("outcome_under_way")
    return " ".join([w(f"outcome_{said}"), *(str(part) for part in (status, code) if part)])


def _minute(at: Micros) -> str:
    return instant(at).astimezone(ZoneInfo(settings().zone)).strftime("%Y-%m-%d %H:%M")


def _second(at: Micros) -> str:
    return instant(at).astimezone(ZoneInfo(settings().zone)).strftime("%Y-%m-%d %H:%M:%S")
