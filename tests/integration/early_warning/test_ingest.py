"""A file of signals into a data folder: alerts in the ledger, nothing twice, nothing lost on the way."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rentalwatch.domain.events import AlertRaised
from rentalwatch.domain.instants import instant
from rentalwatch.early_warning.ingest import Ingested, ingest
from rentalwatch.early_warning.tables import EVIDENCE, SAVED
from rentalwatch.errors import InvalidInputError
from tests.integration.early_warning.watched_estate import (
    DAY,
    ESTATE,
    HOUR,
    MONDAY,
    Pass,
    Warned,
    busy_weeks,
    copied,
    home,
    passes,
    registered,
    warned,
)

DAYS = [[p for p in busy_weeks(7) if p.at // DAY == day] for day in range(MONDAY // DAY, MONDAY // DAY + 10)]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return registered(tmp_path_factory.mktemp("ingest") / "data")


@pytest.fixture
def it(made: Path, tmp_path: Path) -> Iterator[Warned]:
    with warned(copied(made, tmp_path / "data")) as opened:
        yield opened


def written(path: Path, records: list[bytes]) -> Path:
    body = b"".join(record + b"\n" for record in records)
    path.write_bytes(gzip.compress(body) if path.suffix == ".gz" else body)
    return path


def taken(it: Warned, path: Path, **more: Any) -> Ingested:
    return ingest(it.ledger, it.models, it.signals, str(path), it.rules(), **more)


def test_alerts_are_in_the_ledger_with_reasons_window_and_a_due_instant(it: Warned, tmp_path: Path) -> None:
    # given a card that passes eleven times on each of three days
    often = [[Pass(0, MONDAY + d * DAY + n * HOUR, 1) for n in range(11)] for d in range(3)]
    told = taken(it, written(tmp_path / "s.ndjson", list(map(passes, often))))
    # then one alert of that home, raised by the eleventh pass of the third day
    (raised,) = told.raised
    (event,) = it.alerts().values()
    assert isinstance(event, AlertRaised)
    assert (event.rule, event.rule_version) == ("same_card_often", raised.hit.version)
    assert event.happened_at == instant((MONDAY + 2 * DAY + 10 * HOUR) * 1_000_000)
    assert event.reasons == ("often_run=3>=3",)
    assert event.due > event.happened_at
    assert event.window_from is not None
    assert event.window_from <= event.happened_at < (event.window_to or event.happened_at)
    assert event.rulebook.startswith("pudong@")
    # and what it rests on is kept beside it
    (kept,) = it.rows(EVIDENCE)
    assert kept["alert"] == str(event.record_id)
    assert json.loads(kept["figures"])["most_passes"] == 11.0


def test_the_same_file_again_adds_nothing_packed_or_not(it: Warned, tmp_path: Path) -> None:
    records = list(map(passes, DAYS))
    first = taken(it, written(tmp_path / "s.ndjson", records))
    before = it.alerts(), it.counts(), it.tallies()
    again = taken(it, written(tmp_path / "other.ndjson.gz", records))
    assert first.raised
    assert (again.records, again.raised) == (0, [])
    assert (it.alerts(), it.counts(), it.tallies()) == before
    assert it.rows(SAVED) == []


def test_readings_that_come_again_in_another_file_are_known(it: Warned, tmp_path: Path) -> None:
    days = DAYS[:1]
    taken(it, written(tmp_path / "s.ndjson", list(map(passes, days))))
    before = it.alerts()
    other = taken(it, written(tmp_path / "t.ndjson", [*map(passes, days), b""]))
    assert other.raised == []
    assert other.tallies["gate_pass", "duplicate"] == sum(map(len, days))
    assert it.alerts() == before


def test_broken_off_and_taken_up_again_it_comes_to_the_same(made: Path, tmp_path: Path, it: Warned) -> None:
    records = [passes([p]) for day in DAYS for p in day]
    path = written(tmp_path / "s.ndjson", records)
    with warned(copied(made, tmp_path / "whole")) as whole:
        taken(whole, path)
        expected = set(whole.alerts()), whole.counts(), whole.tallies()
    # when it is broken off after the first batch, and run again
    first = taken(it, path, stop=lambda: True)
    assert first.broken_off
    assert 0 < first.records < len(records)
    second = taken(it, path)
    # then it goes on there, and all is as if nothing had happened
    assert second.records == len(records) - first.records
    assert (set(it.alerts()), it.counts(), it.tallies()) == expected


def test_a_damaged_file_is_said_and_what_came_before_is_kept(it: Warned, tmp_path: Path) -> None:
    whole = written(tmp_path / "s.ndjson.gz", list(map(passes, DAYS))).read_bytes()
    path = tmp_path / "cut.ndjson.gz"
    path.write_bytes(whole[: len(whole) - 20])
    with pytest.raises(InvalidInputError) as refused:
        taken(it, path)
    assert refused.value.code == "RW-FILE-TRUNCATED"


def test_context_from_a_file_is_refused_unless_it_is_asked_for(it: Warned, tmp_path: Path) -> None:
    told = {"dwelling": "dwelling-x", "keys": ["somebody"]}
    record = {"v": 1, "kind": "context", "estate": ESTATE, "zone": "Asia/Shanghai", "path": "sh/",
              "position": 10**9, "dwellings": [told]}  # fmt: skip
    path = written(tmp_path / "s.ndjson", [json.dumps(record).encode()])
    assert taken(it, path).tallies["context", "foreign_context"] == 1


def test_an_alert_of_a_home_that_the_ledger_does_not_know_stops_nobody(it: Warned, tmp_path: Path) -> None:
    stranger = "dwelling-00000000-0000-5000-8000-000000000001"
    told = {"dwelling": stranger, "keys": ["99号"], "rooms": 1}
    context = {"v": 1, "kind": "context", "estate": ESTATE, "zone": "Asia/Shanghai",
               "path": "sh/pudong/weifang/e7/", "position": 10**9, "dwellings": [told]}  # fmt: skip
    many = [Pass(h, MONDAY + d * DAY + n * HOUR, h) for d in range(3) for n in range(11) for h in (0, 1)]
    sent = passes(many, dwellings=[home(0), "99号"])
    path = written(tmp_path / "s.ndjson", [json.dumps(context).encode(), sent])
    went = taken(it, path, foreign=True)
    assert went.refused == 1
    assert {one.hit.dwelling for one in went.raised} == {it.ledger.stream_of(home(0))}


def test_of_one_alert_the_first_content_stands(it: Warned, tmp_path: Path) -> None:
    # given alerts, and tables of signals that were lost
    taken(it, written(tmp_path / "s.ndjson", list(map(passes, DAYS))))
    before = it.alerts()
    it.signals.dispose()
    for lost in it.folder.glob("signals.sqlite*"):
        lost.unlink()
    # when the same readings come in another order, so that others tip the rules
    with warned(it.folder) as anew:
        turned = [sorted(day, key=lambda p: -p.at) for day in DAYS]
        told = taken(anew, written(tmp_path / "t.ndjson", list(map(passes, turned))))
        # then the same alerts are found, and the ledger keeps what it has
        assert told.raised == []
        assert {row["alert"] for row in anew.rows(EVIDENCE)} == set(before)
        assert anew.alerts() == before
