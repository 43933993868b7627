"""New York's records: what was imported is what the file says, counted twice by different code."""

from __future__ import annotations

from collections import defaultdict

import pytest
import sqlalchemy as sa

from projections.targets import listed
from rentalwatch.domain import events as ev
from rentalwatch.ledger.application import Ledger, as_fact
from tests.integration.importers import recount
from tests.integration.importing import CsvRow, as_of, board, figures

STATED = {
    "confirmations": 18_838,
    "homes": 6_424,
    "homes, unit unknown": 13,
    "notices": 8_244,
    "findings without a notice": 10,
    "claims": 926,
    "findings claimed": 1_951,
    "failed visits": 1_568,
    "findings with a failed visit": 4_127,
    "findings extended": 3_717,
    "findings extended, date unknown": 2_649,
    "extensions refused": 347,
    "findings rejected": 7_125,
    "findings rejected, no dated claim": 6_630,
    "claims refuted": 115,
    "homes with a refuted claim": 109,
}
"""What SOURCE.md says of the file."""


@pytest.fixture(scope="module")
def counted(city_rows: list[CsvRow]) -> dict[str, int]:
    return recount.counts(city_rows)


@pytest.fixture(scope="module")
def told(new_york: Ledger, new_york_models: sa.Engine) -> dict[str, int]:
    """The same figures from the events and the read models."""
    said: dict[type, list[tuple[str, ev.Event]]] = defaultdict(list)
    for row in new_york.recorder.read_recorded(0, 1_000_000):
        event = as_fact(row).event
        said[type(event)].append((row.stream_id, event))

    def dates(kind: type) -> int:
        return len({(stream, event.happened_at) for stream, event in said[kind]})

    def findings(kind: type) -> list[ev.Finding]:
        return [finding for _, event in said[kind] for finding in event.findings]

    notices = said[ev.NoticeServed]
    granted = [event for _, event in said[ev.DeadlineExtended] if event.granted]
    noticed = {f for _, event in notices if event.number for f in event.findings}
    claimed = set(findings(ev.RectificationClaimed))
    with new_york_models.connect() as connection:
        refuted = listed(connection, "claims_refuted", as_of("2026-03-24"))
    return {
        "confirmations": len(said[ev.ViolationConfirmed]),
        "homes": len({stream for stream, _ in said[ev.ViolationConfirmed]}),
        "homes, unit unknown": sum(event.unit_unknown for _, event in said[ev.DwellingRegistered]),
        "notices": len({(stream, event.number) for stream, event in notices if event.number}),
        "findings without a notice": len(set(findings(ev.ViolationConfirmed)) - noticed),
        "claims": dates(ev.RectificationClaimed),
        "findings claimed": len(findings(ev.RectificationClaimed)),
        "failed visits": dates(ev.VisitAttempted),
        "findings with a failed visit": len(findings(ev.VisitAttempted)),
        "findings extended": len(granted),
        "findings extended, date unknown": sum(e.precision == "first_seen" for e in granted),
        "extensions refused": len(said[ev.DeadlineExtended]) - len(granted),
        "findings rejected": len(findings(ev.RectificationRejected)),
        "findings rejected, no dated claim": len(set(findings(ev.RectificationRejected)) - claimed),
        "claims refuted": len(refuted),
        "homes with a refuted claim": len({row["stream_id"] for row in refuted}),
    }


@pytest.mark.parametrize("name", STATED)
def test_the_ledger_holds_what_the_file_states(
    name: str, counted: dict[str, int], told: dict[str, int]
) -> None:
    assert (counted[name], told[name]) == (STATED[name], STATED[name])


def test_the_targets_as_of_the_day_the_file_was_fetched(new_york_models: sa.Engine) -> None:
    shown = figures(new_york_models, as_of("2026-03-24"))

    assert {name: shown[name] for name in ("b2", "b3", "omitted", "known")} == {
        "b2": 5_823,
        "b3": 564,
        "omitted": 6_315,
        "known": 6_424,
    }


def test_nothing_was_verified_so_relapses_are_not_applicable(new_york_models: sa.Engine) -> None:
    shown = figures(new_york_models, as_of("2026-03-24"))

    assert [shown[name] for name in ("relapses", "relapse_incidents", "revisits_due")] == [None] * 3
    assert shown["claims_unverified"] == STATED["claims"]
    assert shown["verified"] == 0


def test_figures_without_a_clock_in_this_city_are_not_applicable(new_york_models: sa.Engine) -> None:
    shown = figures(new_york_models, as_of("2026-03-24"))

    assert [shown[name] for name in ("a", "due", "handled", "b1", "c")] == [None] * 5


@pytest.mark.parametrize(
    "asked",
    ["2004-08-11", "2008-02-29", "2012-12-31", "2019-07-04", "2023-11-05", "2025-06-30", "2026-03-24"],
)
def test_the_targets_of_any_day_are_what_the_file_says_of_that_day(
    asked: str, city_rows: list[CsvRow], new_york_models: sa.Engine
) -> None:
    late, unchecked = recount.omitted(city_rows, asked)
    shown = board(new_york_models, as_of(asked)).counts

    assert (shown["b2"], shown["b3"], shown["omitted"]) == (
        len(late),
        len(unchecked),
        len(late | unchecked),
    )


def test_a_home_of_eight_inspections_is_one_file_and_one_round(new_york_models: sa.Engine) -> None:
    with new_york_models.connect() as connection:
        rows = listed(connection, "open", as_of("2026-03-24"))
    found = [row for row in rows if row["area"].endswith("/71757/") and row["label"].endswith("/ 1")]

    assert [(row["round_no"], row["opening"]) for row in found] == [(1, "original")]
