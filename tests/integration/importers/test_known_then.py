"""What was known then stays; what is known now changes: on the ledger's axis and on the source's (D8)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from projections import follow
from projections.spans import SOURCE
from rentalwatch.domain.instants import DAY, micros, upper_bound
from rentalwatch.importers.record import statement
from rentalwatch.ledger.application import Ledger
from rentalwatch.ledger.folder import open_ledger
from tests.integration.importing import NOW, as_of, closing_engine, figures, takes
from tests.unit.ledger.words import an_id

SHANGHAI = "Asia/Shanghai"
TODAY = micros(NOW)
HOME = {"dwelling": "12-302", "kind": "registration", "key": "home", "label": "12 / 302"}
FOUND = {
    "dwelling": "12-302",
    "kind": "confirmation",
    "key": "found",
    "on": "2026-01-10",
    "findings": "partition/1",
    "basis": "source",
}
NOTICE = {
    "dwelling": "12-302",
    "kind": "notice",
    "key": "notice",
    "on": "2026-01-11",
    "findings": "partition/1",
    "deadline": "2026-01-31",
}
VERIFIED = {
    "dwelling": "12-302",
    "kind": "verification",
    "key": "verified",
    "on": "2026-02-10",
    "findings": "partition/1",
    "basis": "on_site",
}


def ndjson(path: Path, *records: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(r) + "\n" for r in records), encoding="utf-8")
    return path


@pytest.fixture
def today() -> list[int]:
    """The ledger's clock, which a story may move on."""
    return [TODAY - 40 * DAY]


@pytest.fixture
def ledger(folder: Path, today: list[int]) -> Iterator[Ledger]:
    with open_ledger(folder, create=True, clock=lambda: today[0]) as opened:
        yield opened


def late(ledger: Ledger, folder: Path, day: str, known_at: str = "", axis: int = 1) -> int | None:
    """Homes past a deadline as of a day, as known before the end of another."""
    with closing_engine(follow.open_read_models(folder)) as engine:
        follow.catch_up(ledger, engine)
        known = {"known_at": upper_bound(known_at, SHANGHAI)} if known_at else {}
        return figures(engine, as_of(day, zone=SHANGHAI, axis=axis, **known))["b2"]


def test_an_entry_of_today_about_last_month_changes_what_is_known_now_not_what_was_known_then(
    ledger: Ledger, folder: Path, tmp_path: Path, today: list[int]
) -> None:
    takes(ledger, ndjson(tmp_path / "a.ndjson", HOME, FOUND, NOTICE), "records")
    assert late(ledger, folder, "2026-02-28") == 1

    today[0] = TODAY
    ledger.record(statement({**VERIFIED, "key": ""}, now=NOW), an_id("late entry"))

    assert late(ledger, folder, "2026-02-28") == 0
    assert late(ledger, folder, "2026-02-28", known_at="2026-02-28") == 1
    assert late(ledger, folder, "2026-02-28", known_at="2026-03-24") == 1
    assert late(ledger, folder, "2026-02-09") == 1


def test_before_anything_was_recorded_nothing_was_known(ledger: Ledger, folder: Path, tmp_path: Path) -> None:
    takes(ledger, ndjson(tmp_path / "a.ndjson", HOME, FOUND, NOTICE), "records")

    assert late(ledger, folder, "2026-03-01", known_at="2026-02-01") is None


def test_a_correction_restates_the_past_and_keeps_what_it_was(
    ledger: Ledger, folder: Path, tmp_path: Path, today: list[int]
) -> None:
    takes(ledger, ndjson(tmp_path / "a.ndjson", HOME, FOUND), "records")
    said = {**NOTICE, "key": ""}
    ledger.record(statement(said, now=NOW), an_id("notice"))

    today[0] = TODAY
    longer = statement({**said, "deadline": "2026-03-10"}, now=NOW)
    ledger.record(longer, an_id("typing error"), correcting=an_id("notice"))

    assert late(ledger, folder, "2026-02-28") == 0
    assert late(ledger, folder, "2026-03-12") == 1
    assert late(ledger, folder, "2026-02-28", known_at="2026-03-01") == 1


def known_to_source(record: dict[str, Any], day: str) -> dict[str, Any]:
    return {**record, "source_recorded_at": f"{day}T09:00:00+08:00"}


def test_what_the_source_knew_then_is_told_by_its_own_dates(
    ledger: Ledger, folder: Path, tmp_path: Path
) -> None:
    records = [
        known_to_source(HOME, "2026-01-01"),
        known_to_source(FOUND, "2026-01-12"),
        known_to_source(NOTICE, "2026-01-13"),
        known_to_source(VERIFIED, "2026-02-20"),
    ]
    takes(ledger, ndjson(tmp_path / "a.ndjson", *records), "records")

    assert late(ledger, folder, "2026-02-12") == 0
    assert late(ledger, folder, "2026-02-12", known_at="2026-02-12", axis=SOURCE) == 1
    assert late(ledger, folder, "2026-02-12", known_at="2026-02-20", axis=SOURCE) == 0
    assert late(ledger, folder, "2026-02-12", known_at="2026-02-10") is None


def test_an_older_statement_that_comes_late_changes_only_what_the_source_knew_then(
    ledger: Ledger, folder: Path, tmp_path: Path
) -> None:
    home = known_to_source(HOME, "2026-01-01")
    found = known_to_source(FOUND, "2026-01-12")
    newer = known_to_source({**NOTICE, "deadline": "2026-03-15"}, "2026-02-20")
    older = known_to_source(NOTICE, "2026-01-13")

    takes(ledger, ndjson(tmp_path / "new.ndjson", home, found, newer), "records")
    assert late(ledger, folder, "2026-02-12", known_at="2026-02-12", axis=SOURCE) is None
    went = takes(ledger, ndjson(tmp_path / "old.ndjson", older), "records")

    assert (went.tally.counts.superseded, went.tally.counts.corrected) == (1, 0)
    assert late(ledger, folder, "2026-02-12") == 0
    assert late(ledger, folder, "2026-02-12", known_at="2026-02-12", axis=SOURCE) == 1
    assert late(ledger, folder, "2026-02-12", known_at="2026-02-20", axis=SOURCE) == 0


def test_a_file_without_dates_of_its_source_is_alike_on_both_axes(
    ledger: Ledger, folder: Path, tmp_path: Path
) -> None:
    takes(ledger, ndjson(tmp_path / "a.ndjson", HOME, FOUND, NOTICE), "records")

    assert late(ledger, folder, "2026-02-12", axis=SOURCE) == late(ledger, folder, "2026-02-12") == 1
