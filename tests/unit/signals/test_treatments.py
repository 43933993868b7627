"""Readings come late, twice, out of order, with gaps, with clocks off, in jumps and in other units: each has
a treatment, and each is counted."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from rentalwatch.signals.batches import Batch, read
from rentalwatch.signals.district import District, Outcome
from rentalwatch.signals.records import MAX_BYTES
from rentalwatch.signals.rows import Rows
from rentalwatch.signals.treatments import TREATMENTS
from tests.unit.signals.sending import (
    DAY,
    ESTATE,
    FIRST,
    HOUR,
    MONDAY,
    Ad,
    Pass,
    Register,
    Sent,
    context,
    encoded,
    record,
    records,
)

CLOSING = Pass(5, MONDAY + 60 * DAY, 0)
"""A reading of another home, long after, that closes every day before it."""


def counts(outcome: Outcome, kind: str = "electricity") -> dict[str, int]:
    """What was counted of the estate, but for what was simply taken."""
    assert {c.treatment for c in outcome.tallies} <= TREATMENTS
    return {c.treatment: n for c, n in outcome.tallies.items() if c.kind == kind and c.treatment != "taken"}


def told(*sent: bytes, homes: int = 6, **of_each: Any) -> tuple[District, Outcome]:
    """A district that knows the estate, and what comes of records."""
    district = District()
    district.fold([context(homes, **of_each)])
    return district, district.fold(sent)


def of_one(sent: dict[str, Any]) -> dict[str, int]:
    _, outcome = told(encoded(sent))
    return counts(outcome, sent["kind"] if isinstance(sent["kind"], str) else "unknown")


def hourly(
    home: int, kwh: float, *, since: int = MONDAY, hours: int = 48, start: float = 100.0
) -> list[Register]:
    """A meter that is read at each full hour and uses as much in each."""
    return [Register(home, since + n * HOUR, round(start + n * kwh, 3)) for n in range(hours)]


def days(sent: list[Sent]) -> dict[int, Rows]:
    """The closed days that readings come to."""
    _, outcome = told(*records(sorted(sent, key=lambda s: s.at)), *records([CLOSING]))
    return closing(outcome)


def closing(outcome: Outcome) -> dict[int, Rows]:
    return {rows.day: rows for rows in outcome.closed}


def figure(rows: Rows, name: str, home: int) -> float:
    found = rows.columns.get(name)
    return float("nan" if found is None else found[rows.dwellings.index(f"dwelling-{home}")])


def test_a_reading_that_comes_twice_counts_once() -> None:
    twice = [Pass(0, MONDAY + 60, 1)] * 2
    district, outcome = told(*records(twice), *records(twice))
    assert counts(outcome, "gate_pass") == {"duplicate": 3}
    assert district.estates[ESTATE].rows(FIRST, np.array([0]), np.array([0])).columns["passes"] == [1]


def test_a_late_reading_is_counted_by_home_and_day_and_changes_nothing() -> None:
    closed = MONDAY + 2 * DAY
    _, outcome = told(
        *records([Pass(0, MONDAY, 1), Pass(0, closed, 1), Pass(1, MONDAY + 60, 2)], sent_at=closed)
    )
    assert counts(outcome, "gate_pass") == {"late": 1}
    (late,) = outcome.late
    assert (late.kind, late.day, late.dwellings, list(late.readings)) == (
        "gate_pass",
        FIRST,
        ("dwelling-1",),
        [1],
    )
    (monday,) = outcome.closed
    assert list(monday.columns["passes"]) == [1, 0, 0, 0, 0, 0]


def test_a_reading_of_up_to_a_day_after_its_day_ended_is_in_time() -> None:
    last_moment = MONDAY + 2 * DAY - 1
    _, outcome = told(*records([Pass(0, last_moment, 1), Pass(1, MONDAY, 2)], sent_at=last_moment))
    assert counts(outcome, "gate_pass") == {}
    assert not outcome.closed


def test_readings_out_of_order_come_to_the_same() -> None:
    sent: list[Sent] = [*hourly(0, 0.5, hours=24)]
    forwards, backwards = (
        days(sent)[FIRST],
        closing(told(*records(sent[::-1]), *records([CLOSING]))[1])[FIRST],
    )
    np.testing.assert_array_equal(
        forwards.columns["electricity_total"], backwards.columns["electricity_total"]
    )


def test_a_clock_that_goes_ahead_too_far_is_refused_and_does_not_move_the_watermark() -> None:
    sent = record([Pass(0, MONDAY, 1), Pass(0, MONDAY + 9 * HOUR, 1)], sent_at=MONDAY)
    district, outcome = told(encoded(sent))
    assert counts(outcome, "gate_pass") == {"future": 1}
    assert district.estates[ESTATE].watermark.at == MONDAY


def test_a_clock_that_goes_ahead_a_little_is_borne() -> None:
    assert of_one(record([Pass(0, MONDAY + 600, 1)], sent_at=MONDAY)) == {}


def test_a_record_that_was_sent_after_it_came_in_is_refused_so_that_its_estates_days_do_not_end() -> None:
    a_year_ahead = encoded(record([Pass(0, MONDAY + 365 * DAY, 1), Pass(1, MONDAY + 365 * DAY, 1)]))
    assert read(a_year_ahead, received_at=MONDAY) == (ESTATE, "gate_pass", "future", 2)
    assert isinstance(read(a_year_ahead, received_at=MONDAY + 365 * DAY), Batch)


def test_a_date_in_3017_and_one_of_1970_are_refused() -> None:
    sent = record([Pass(0, 33_000_000_000, 1), Pass(0, 5, 1), Pass(0, -(10**15), 1)], sent_at=MONDAY)
    assert of_one(sent) == {"future": 1, "too_old": 2}


def test_a_reading_of_a_home_that_nobody_knows_is_counted() -> None:
    assert of_one(record([Pass(7, MONDAY, 1)])) == {"unknown_dwelling": 1}


def test_an_estate_that_nobody_knows_is_counted() -> None:
    outcome = District().fold(records([Pass(0, MONDAY, 1), Pass(0, MONDAY, 2)]))
    assert counts(outcome, "gate_pass") == {"unknown_estate": 2}


@pytest.mark.parametrize("value", ["NaN", "Infinity", '"12"', "null", "true", "1e999", "[1]", "{}"])
def test_what_is_no_number_is_counted_and_the_rest_is_taken(value: str) -> None:
    sent = json.dumps(record([Register(0, MONDAY, 987.5), Register(1, MONDAY, 3)])).replace("987.5", value)
    _, outcome = told(sent.encode())
    assert counts(outcome) == {"not_a_number": 1}
    assert outcome.tallies[(ESTATE, "electricity", "taken")] == 1  # type: ignore[index]


@pytest.mark.parametrize("at", ["17675424.5", '"now"', "null", "false", str(10**30)])
def test_an_instant_that_is_none_is_counted(at: str) -> None:
    sent = json.dumps(record([Pass(0, MONDAY, 1), Pass(1, MONDAY + 1, 2)])).replace(f"[{MONDAY},", f"[{at},")
    _, outcome = told(sent.encode())
    assert counts(outcome, "gate_pass") == {"not_a_number": 1}


def test_an_index_beyond_the_names_is_counted() -> None:
    sent = record([Pass(0, MONDAY, 0), Pass(0, MONDAY + 1, 0), Pass(0, MONDAY + 2, 0)])
    assert of_one({**sent, "dwelling": [-1, 6, 0], "card": [0, 0, 1]}) == {"bad_index": 3}


def test_negative_registers_and_advertisements_are_counted() -> None:
    assert of_one(record([Register(0, MONDAY, -1)])) == {"negative": 1}
    assert of_one(record([Ad(0, MONDAY, "a", rooms=-4), Ad(0, MONDAY, "b", rooms=400)])) == {
        "negative": 1,
        "too_large": 1,
    }


def test_a_record_of_which_the_columns_differ_in_length_is_refused() -> None:
    assert of_one({**record([Pass(0, MONDAY, 0)]), "dwelling": [0, 1]}) == {"unequal_columns": 1}


def test_too_many_readings_are_refused() -> None:
    assert of_one(record([Pass(0, MONDAY, 0)] * 50_001)) == {"too_many_readings": 50_001}


@pytest.mark.parametrize(
    ("line", "treatment"),
    [
        (b" " * (MAX_BYTES + 1), "too_long"),
        (b"[" * 100_000 + b"]" * 100_000, "not_json"),
        (b'{"v": 1', "not_json"),
        (b"\xff\xfe", "not_json"),
        (b"7", "not_json"),
        (b"", "not_json"),
    ],
    ids=["a line without end", "nested", "cut off", "not UTF-8", "a number", "nothing"],
)
def test_what_is_no_record_is_counted_and_nothing_stops(line: bytes, treatment: str) -> None:
    _, outcome = told(line, *records([Pass(0, MONDAY, 1)]))
    assert counts(outcome, "unknown") == {treatment: 1}
    assert outcome.tallies[(ESTATE, "gate_pass", "taken")] == 1  # type: ignore[index]


def test_a_citizens_number_as_a_card_or_a_home_is_refused_and_kept_nowhere() -> None:
    number = "11010519491231002X"
    as_home = {**record([Pass(0, MONDAY, 0)]), "dwellings": [number]}
    as_card = {**record([Pass(0, MONDAY, 0)]), "cards": ["440524198001010013"]}
    for sent in (as_home, as_card):
        district, outcome = told(encoded(sent))
        assert counts(outcome, "gate_pass") == {"identity_number": 1}
        assert number not in repr(outcome)
        assert number not in repr(vars(district.estates[ESTATE]))


def test_too_many_homes_of_an_estate_are_refused() -> None:
    _, outcome = told(context(32_768, position=2))
    assert counts(outcome, "context") == {"too_many_homes": 1}


def test_a_zone_that_there_is_not_is_refused() -> None:
    assert counts(District().fold([context(zone="Asia/Atlantis")]), "context") == {"bad_field": 1}


def test_watt_hours_and_litres_are_converted() -> None:
    as_kwh = days([*hourly(0, 0.25, hours=24)])[FIRST]
    in_wh = [r._replace(value=r.value * 1000, unit="Wh") for r in hourly(0, 0.25, hours=24)]
    _, outcome = told(*records(in_wh), *records([CLOSING]))
    assert counts(outcome)["converted"] == 24
    as_wh = closing(outcome)[FIRST]
    assert figure(as_wh, "electricity_total", 0) == figure(as_kwh, "electricity_total", 0) == pytest.approx(6)


def test_a_register_that_no_meter_reaches_is_another_unit() -> None:
    assert of_one(record([Register(0, MONDAY, 12_345_600)])) == {"unit_suspect": 1}
    assert of_one(record([Register(0, MONDAY, 5e9)])) == {"too_large": 1}


def test_watt_hours_sent_as_kilowatt_hours_are_seen_by_the_estates_median_and_not_judged() -> None:
    usual: list[Sent] = [r for home in range(5) for r in hourly(home, 0.25)]
    wrong = [r._replace(value=(r.value - 100) * 1000) for r in hourly(5, 0.25)]
    _, outcome = told(*records(sorted([*usual, *wrong], key=lambda s: s.at)), *records([CLOSING]))
    tuesday = closing(outcome)[FIRST + 1]
    assert np.isnan(figure(tuesday, "electricity_total", 5))
    assert np.isnan(figure(tuesday, "electricity_to_peers", 5))
    assert figure(tuesday, "electricity_total", 4) == pytest.approx(6)
    assert counts(outcome)["unit_suspect"] == 48


def test_a_gap_is_spread_evenly_over_the_hours_that_it_spans() -> None:
    sent: list[Sent] = [
        Register(0, MONDAY, 100.0),
        Register(0, MONDAY + 2 * DAY + 12 * HOUR, 130.0),
        Register(0, MONDAY + 2 * DAY + 13 * HOUR, 131.0),
        Register(0, MONDAY + 2 * DAY + 23 * HOUR, 131.0),
    ]
    _, outcome = told(*records(sent), *records([CLOSING]))
    wednesday = closing(outcome)[FIRST + 2]
    np.testing.assert_allclose(wednesday.by_hour["electricity"][0, :13], 0.5)
    assert wednesday.by_hour["electricity"][0, 13] == pytest.approx(1)
    assert figure(wednesday, "electricity_total", 0) == pytest.approx(13 * 0.5 + 1)
    assert np.isnan(figure(wednesday, "electricity_peak_to_valley", 0))
    assert counts(outcome) == {"gap": 1}


def test_what_a_gap_used_counts_in_the_days_on_which_it_was_used() -> None:
    gap: list[Sent] = [Register(0, MONDAY, 100.0), Register(0, MONDAY + 7 * DAY - 1, 100.0 + 167 * 0.5)]
    peers: list[Sent] = [r for home in range(1, 6) for r in hourly(home, 0.5, hours=168)]
    sunday = days([*gap, *peers])[FIRST + 6]
    assert figure(sunday, "electricity_to_peers", 0) == pytest.approx(1)


def test_a_meter_that_was_replaced_begins_anew() -> None:
    new_meter = hourly(0, 0.5, since=MONDAY + DAY, start=0, hours=24)
    _, outcome = told(*records([*hourly(0, 0.5, hours=24), *new_meter]), *records([CLOSING]))
    found = closing(outcome)
    assert counts(outcome) == {"jump": 1}
    assert np.isnan(found[FIRST + 1].by_hour["electricity"][0, 0])
    assert figure(found[FIRST + 1], "electricity_total", 0) == pytest.approx(12)


def test_a_register_that_leaps_further_than_a_home_can_use_begins_anew() -> None:
    leap = hourly(0, 0.5, since=MONDAY + DAY, start=54_321, hours=24)
    _, outcome = told(*records([*hourly(0, 0.5, hours=24), *leap]), *records([CLOSING]))
    assert counts(outcome) == {"jump": 1}
    assert figure(closing(outcome)[FIRST + 1], "electricity_total", 0) == pytest.approx(12)


def test_an_estate_that_was_silent_for_long_begins_anew_without_a_row_for_each_day() -> None:
    years_later = MONDAY + 3000 * DAY
    again = [Pass(0, years_later, 1), Pass(0, years_later + 3 * DAY, 1)]
    _, outcome = told(*records([Pass(0, MONDAY, 1)]), *records(again, sent_at=years_later + 3 * DAY))
    closed = [rows.day for rows in outcome.closed]
    assert closed == [*range(FIRST, FIRST + 41), FIRST + 3000, FIRST + 3001]


def test_a_day_is_that_of_the_estates_zone_also_where_clocks_change() -> None:
    monday = 1774828800  # 2026-03-30T00:00Z: in London 01:00, since clocks went forward on the 29th
    sent = records([Pass(0, monday - 2 * HOUR, 1), Pass(0, monday - 1800, 1)])
    district = District()
    district.fold([context(zone="Europe/London"), *sent])
    state = district.estates[ESTATE]
    day = monday // DAY
    assert state.days.start(day) - state.days.start(day - 1) == 23 * HOUR
    assert state.rows(day - 1, np.array([0]), np.array([0])).columns["passes"] == [1]
    assert state.rows(day, np.array([0]), np.array([0])).columns["night_entries"] == [1]


def test_an_empty_home_is_not_taken_for_another_unit() -> None:
    usual: list[Sent] = [r for home in range(5) for r in hourly(home, 0.25)]
    empty = [Register(5, MONDAY + n * HOUR, 100 + (n // 8) * 0.001) for n in range(48)]
    _, outcome = told(*records(sorted([*usual, *empty], key=lambda s: s.at)), *records([CLOSING]))
    assert "unit_suspect" not in counts(outcome)
    assert figure(closing(outcome)[FIRST + 1], "electricity_total", 5) == pytest.approx(0.003)
