"""What does not fit the lawful order: every code there is, and the article that says what would fit.

A record that breaks the order is stored and judged all the same; it is said, never refused (domain §3).
行政处罚法 is the law of 2021. What no article rules is practice: the plan of the watch, the order of a file.
"""

from __future__ import annotations

from typing import NamedTuple


class Article(NamedTuple):
    """Where it stands, as each language cites it."""

    en: str
    zh: str


def _penalties(number: int, chinese: str) -> Article:
    """An article of the Law on Administrative Penalties 行政处罚法."""
    return Article(f"行政处罚法 art. {number}", f"行政处罚法第{chinese}条")


PRACTICE = Article("practice", "工作要求")

IRREGULARITIES: dict[str, Article] = {
    # a home's file
    "confirmed-without-inspection": _penalties(40, "四十"),
    "extended-before-notice": _penalties(28, "二十八"),
    "finding-not-open": PRACTICE,
    "released-early": PRACTICE,
    "released-without-watch": PRACTICE,
    "verified-without-full-access": PRACTICE,
    # an estate
    "lead-unknown": PRACTICE,
    "manager-not-in-charge": PRACTICE,
    "report-before-month-end": PRACTICE,
    # a penalty case
}
"""Code → article. Its words are `irregular_…` in cli/words.py; docs/names.md lists it."""
