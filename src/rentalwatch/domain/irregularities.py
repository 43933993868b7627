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


def _penalties(number: int, chinese: str, *more: tuple[int, str]) -> Article:
    """Articles of the Law on Administrative Penalties 行政处罚法."""
    found = ((number, chinese), *more)
    return Article(
        f"行政处罚法 art. {', '.join(str(n) for n, _ in found)}",
        f"行政处罚法{'、'.join(f'第{zh}条' for _, zh in found)}",
    )


PRACTICE = Article("practice", "工作要求")

IRREGULARITIES: dict[str, Article] = {
    # a home's file
    "after-deregistration": PRACTICE,
    "alert-as-evidence": _penalties(41, "四十一"),
    "closed-without-inspection": PRACTICE,
    "confirmed-without-inspection": _penalties(40, "四十"),
    "exempt-without-exemption": PRACTICE,
    "extended-before-notice": _penalties(28, "二十八"),
    "finding-not-open": PRACTICE,
    "noticed-before-confirmation": _penalties(28, "二十八"),
    "one-officer": _penalties(42, "四十二"),
    "refers-to-nothing": PRACTICE,
    "released-early": PRACTICE,
    "released-without-watch": PRACTICE,
    "unfounded-without-observation": PRACTICE,
    "verified-by-photograph": _penalties(46, "四十六"),
    "verified-without-full-access": PRACTICE,
    # an estate
    "manager-not-in-charge": PRACTICE,
    "report-before-month-end": PRACTICE,
    # a programme
    "amended-by-one": PRACTICE,
    "answered-without-order": PRACTICE,
    "roll-fixed-again": PRACTICE,
    "roll-part-missing": PRACTICE,
    # a penalty case
    "amount-outside-range": _penalties(4, "四", (32, "三十二")),
    "case-not-open": _penalties(54, "五十四"),
    "case-of-one-officer": _penalties(42, "四十二"),
    "decided-against-review": _penalties(58, "五十八"),
    "decided-before-defence": _penalties(45, "四十五"),
    "decided-before-hearing": _penalties(63, "六十三", (64, "六十四")),
    "decided-before-notified": _penalties(44, "四十四"),
    "decided-late": _penalties(60, "六十"),
    "decided-twice": _penalties(29, "二十九"),
    "decided-without-review": _penalties(58, "五十八"),
    "filed-beyond-limitation": _penalties(36, "三十六"),
    "fined-twice-for-one-act": _penalties(29, "二十九"),
    "nothing-decided": _penalties(57, "五十七"),
    "regime-not-applicable": _penalties(37, "三十七", (38, "三十八")),
    "served-late": _penalties(61, "六十一"),
    "withdrawn-after-decision": _penalties(57, "五十七"),
}
"""Code → article. Its words are `irregular_…` in cli/words.py; docs/names.md lists it."""
