"""The text of a message: one notification as it is, several of one place under one heading."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from rentalwatch.delivery.notification import Notification

LISTED = 20
"""Titles under a heading; nobody reads more on a phone, the rest is counted."""

_HEADING = {"en": "{n} notifications: {place}", "zh": "{place} 共 {n} 条提醒"}
_MORE = {"en": "… and {n} more", "zh": "……另有 {n} 条"}
_DUE = {"en": "Answer by {at}", "zh": "请于 {at} 前反馈"}
_SEVERITY = {
    "en": {1: "Notice", 2: "Warning", 3: "Urgent"},
    "zh": {1: "提示", 2: "预警", 3: "紧急"},
}


def title(told: Sequence[Notification], lang: str) -> str:
    """One line that says what it is about."""
    first = told[0]
    what = first.title.of(lang) if len(told) == 1 else _heading(told, lang)
    left, right = ("【", "】") if lang == "zh" else ("[", "] ")
    return f"{left}{_SEVERITY[lang][first.severity]}{right}{what}".replace("\n", " ")


def text(told: Sequence[Notification], lang: str, zone: str, limit: int) -> str:
    """The whole, of at most `limit` bytes in UTF-8; where it is cut, it says so."""
    return cut("\n".join([title(told, lang), *lines(told, lang, zone)]), limit)


def lines(told: Sequence[Notification], lang: str, zone: str) -> list[str]:
    """What stands below the title."""
    if len(told) == 1:
        below = [told[0].body.of(lang)] if told[0].body.of(lang) else []
    else:
        below = [f"{nth}. {n.title.of(lang)}" for nth, n in enumerate(told[:LISTED], start=1)]
        below += [_MORE[lang].format(n=len(told) - LISTED)] if len(told) > LISTED else []
    due = min((n.due for n in told if n.due is not None), default=None)
    at = due.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M") if due else ""
    return below + ([_DUE[lang].format(at=at)] if at else [])


def cut(said: str, limit: int) -> str:
    """A text of at most so many bytes in UTF-8, no character torn; with … where something is missing."""
    whole = said.encode()
    if len(whole) <= limit:
        return said
    return whole[: max(0, limit - len("…".encode()))].decode(errors="ignore") + "…"


def _heading(told: Sequence[Notification], lang: str) -> str:
    place = (told[0].place or told[0].area).strip("/").replace("/", " / ")
    return _HEADING[lang].format(n=len(told), place=place)
