"""What a rulebook adds to records about estates."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from rentalwatch.domain.rulebook import Rulebook
from rentalwatch.importers.record import build, statement
from rentalwatch.ledger.consequences import consequences
from rentalwatch.rulebooks import load, read

NOW = datetime(2026, 12, 1, tzinfo=UTC)
EARLIER = """
extends: shanghai
name: own
title: Own
clocks:
  monthly_report: {day_of_next_month: 5, origin: own practice}
"""


def test_a_located_lead_has_the_time_that_ran_from_its_report() -> None:
    said = statement(
        {
            "kind": "location", "estate": "e-7", "at": "2026-03-09T15:00", "ticket": "T-1",
            "dwelling": "12-302", "reported_at": "2026-03-02T09:00", "rulebook": "pudong",
        },
        now=NOW,
    )  # fmt: skip
    (lead,) = consequences(said)
    assert said.terms == lead.terms == {"due": datetime(2026, 3, 3, 1, tzinfo=UTC)}, "24 hours in Pudong"


def sent(book: Rulebook, **stated: Any) -> dict[str, Any]:
    """The terms of a list of rectified homes under a rulebook."""
    said = build(
        "rectified_list",
        {"month": "2026-03", **stated},
        subject="e-7",
        when=date(2026, 3, 5),
        first_seen=False,
        zone="Asia/Shanghai",
        book=(book, "own@1"),
        place=("", "rectified_list", ""),
        now=NOW,
    )
    return said.terms


def test_the_rulebook_says_by_which_day_the_manager_reports() -> None:
    earlier, _ = read(EARLIER, "own")
    assert sent(earlier) == {"report_day": 5}
    assert sent(earlier, report_day="12") == {}, "what the record says goes first"
    assert sent(load("shanghai")[0]) == {}, "the 10th, as ever"
