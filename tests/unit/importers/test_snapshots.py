"""Snapshots as a source: what it means that a row appears, changes or is gone; which are not believed."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rentalwatch.domain import events as ev
from rentalwatch.domain.judge import judge
from rentalwatch.domain.judgement import Round
from rentalwatch.errors import InvalidInputError
from rentalwatch.importers import hooks
from rentalwatch.importers.mapping import check
from rentalwatch.ledger.application import as_fact
from rentalwatch.ledger.audit import audit
from rentalwatch.ledger.folder import open_ledger
from tests.unit.importers.files import Went, imported, write

OPEN_CASES = """\
mapping: 1
source: open_cases
title: a list of the cases that are open
zone: Asia/Shanghai
rulebook: pudong
row_key: "{case}"
dwelling: "open_cases:{home}"
absence: closed
records:
  - kind: registration
    key: "{home}"
    fields: {label: "{home}", keys: "open_cases:{home}"}
  - kind: confirmation
    fields: {findings: "partition/{case}", basis: source, order: "{paper}"}
"""

Takes = Callable[..., Went]


@pytest.fixture
def takes(tmp_path: Path) -> Takes:
    """Imports a list of the open cases as of a day: `case=home`."""
    mapping = write(tmp_path, OPEN_CASES, "open_cases.yaml")

    def take(day: str, absence: str = "closed", paper: str = "", **cases: str) -> Went:
        write(tmp_path, OPEN_CASES.replace("absence: closed", f"absence: {absence}"), "open_cases.yaml")
        rows = "".join(f"{case},{home},{paper}\n" for case, home in cases.items())
        file = write(tmp_path, f"case,home,paper\n{rows}", f"list-{day}.csv")
        return imported(file, tmp_path / "data", str(mapping))

    return take


@pytest.fixture
def rounds(tmp_path: Path) -> Callable[[str], list[tuple[str, str]]]:
    """The rounds of a home: (opening, closing)."""

    def of(home: str) -> list[tuple[str, str]]:
        with open_ledger(tmp_path / "data") as ledger:
            spans = judge(ledger.facts(ledger.stream_of(f"open_cases:{home}"))).of(Round)
        last = {span.row.number: span.row for span in spans}
        return [(r.opening, r.closing) for r in last.values()]

    return of


def few(**more: str) -> dict[str, str]:
    """Cases of twenty other homes, so that one that is gone is not a tenth of the list."""
    return {f"c{n}": f"other-{n}" for n in range(20)} | more


def events(went: Went, kind: type) -> list[Any]:
    return [e for row in went.events if isinstance(e := as_fact(row).event, kind)]


def test_a_row_that_is_gone_was_put_right_where_the_mapping_says_so(takes: Takes, rounds: Any) -> None:
    takes("2026-01-10", **few(a="12-302"))
    went = takes("2026-02-10", **few())

    (verified,) = events(went, ev.RectificationVerified)
    assert (verified.basis, verified.precision) == ("source", "first_seen")
    assert f"{verified.happened_at:%Y-%m-%d}" == "2026-02-10"
    assert rounds("12-302") == [("original", "verification")]


def test_a_row_that_comes_back_after_that_is_a_relapse(takes: Takes, rounds: Any) -> None:
    takes("2026-01-10", **few(a="12-302"))
    takes("2026-02-10", **few())
    takes("2026-03-10", **few(a="12-302"))

    assert rounds("12-302") == [("original", "verification"), ("relapse", "")]


def test_a_row_that_is_gone_is_taken_back_where_the_mapping_says_so(takes: Takes, rounds: Any) -> None:
    takes("2026-01-10", "retracted", **few(a="12-302"))
    went = takes("2026-02-10", "retracted", **few())
    assert len(events(went, ev.RecordRetracted)) == 1
    assert rounds("12-302") == []

    takes("2026-03-10", "retracted", **few(a="12-302"))
    assert rounds("12-302") == [("original", "")]


def test_every_snapshot_again_adds_nothing_even_in_another_order(takes: Takes, tmp_path: Path) -> None:
    lists = [("2026-01-10", few(a="12-302")), ("2026-02-10", few()), ("2026-03-10", few(a="12-302"))]
    for day, cases in lists:
        takes(day, **cases)

    assert [takes(day, **cases).batch.events_added for day, cases in (*lists, *reversed(lists))] == [0] * 6
    with open_ledger(tmp_path / "data") as ledger:
        assert list(audit(ledger)) == []


def test_a_revised_row_corrects_and_is_dated_by_when_it_was_first_seen(takes: Takes) -> None:
    takes("2026-01-10", **few())
    went = takes("2026-02-10", paper="P-1", **few())

    assert went.tally.counts.corrected == 20
    assert {f"{e.happened_at:%Y-%m-%d}" for e in events(went, ev.ViolationConfirmed)} == {"2026-01-10"}


def test_a_snapshot_that_lacks_more_than_a_tenth_is_refused_with_the_numbers(takes: Takes) -> None:
    before = takes("2026-01-10", **few())
    left = dict(list(few().items())[3:])

    with pytest.raises(InvalidInputError) as refused:
        takes("2026-02-10", **left)

    assert refused.value.code == "RW-SNAPSHOT-MISSING"
    assert refused.value.facts == {"known": "20", "present": "17", "missing": "3"}
    assert takes("2026-01-10", **few()).events == before.events


def test_a_tenth_may_be_gone(takes: Takes) -> None:
    takes("2026-01-10", **few())
    went = takes("2026-02-10", **dict(list(few().items())[2:]))

    assert len(events(went, ev.RectificationVerified)) == 2


def test_a_snapshot_that_does_not_say_when_it_was_taken_is_refused(takes: Takes) -> None:
    with pytest.raises(InvalidInputError) as refused:
        takes("today", **few())

    assert refused.value.code == "RW-SNAPSHOT-AT"


def test_two_rows_of_a_snapshot_with_one_key_and_other_content_are_an_error(
    takes: Takes, tmp_path: Path
) -> None:
    takes("2026-01-10", **few())
    rows = "".join(f"{case},{home},\n" for case, home in few().items())
    file = write(tmp_path, f"case,home,paper\n{rows}c0,other-0,P-2\n", "list-2026-01-11.csv")

    went = imported(file, tmp_path / "data", str(tmp_path / "open_cases.yaml"))

    assert went.codes == [(22, "RW-SAME-ID", "")]


WRONG = {
    "an unknown hook": ("absence: closed", "hook: magic", "there is no hook 'magic'"),
    "an unknown absence": ("absence: closed", "absence: burnt", "Input should be"),
    "a name that snapshots use": ("  - kind: conf", "  - fact: change_x\n    kind: conf", "snapshots use"),
    "a log without a hook": (
        "absence: closed",
        "absence: closed\nchanges: {at: a, commit: b, change: c, field: d, old: e, new: f, added: g,"
        " removed: h, changed: i}",
        "needs a hook",
    ),
}


@pytest.mark.parametrize(("old", "new", "what"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_with_such_a_mapping_is_told(old: str, new: str, what: str) -> None:
    assert check(OPEN_CASES)[1] == []

    assert any(what in complaint.what for complaint in check(OPEN_CASES.replace(old, new))[1])


@pytest.mark.parametrize("name", hooks.names())
def test_a_hook_is_at_most_forty_lines(name: str) -> None:
    module = inspect.getmodule(hooks.load(name))
    assert module is not None

    assert len(inspect.getsource(module).splitlines()) <= 40


def test_a_home_that_another_source_registered_is_not_registered_again(tmp_path: Path) -> None:
    # given a home that the estate office registered, under the key that the list uses
    known = '{"kind": "registration", "dwelling": "open_cases:12-302", "key": "h", "label": "12号302室"}\n'
    imported(write(tmp_path, known, "known.ndjson"), tmp_path / "data")
    text = OPEN_CASES.replace("kind: registration", "kind: registration\n    unless_known: true")
    mapping = write(tmp_path, text, "open_cases.yaml")
    file = write(tmp_path, "case,home,paper\na,12-302,\nb,12-303,\n", "list-2026-01-10.csv")

    # when the list is imported, and imported again
    went = imported(file, tmp_path / "data", str(mapping))
    again = imported(file, tmp_path / "data", str(mapping))

    # then only the other home is registered by it
    assert [e.label for e in events(went, ev.DwellingRegistered)] == ["12号302室", "12-303"]
    assert (went.batch.events_added, again.batch.events_added, again.rejected) == (3, 0, [])


def test_blanks_in_a_tidy_cell_mean_nothing(tmp_path: Path) -> None:
    text = OPEN_CASES.replace("records:", "columns:\n  home: {tidy: true}\nrecords:")
    mapping = write(tmp_path, text, "open_cases.yaml")
    file = write(tmp_path, "case,home,paper\na, 12   302 ,\n", "list-2026-01-10.csv")

    went = imported(file, tmp_path / "data", str(mapping))

    assert [e.label for e in events(went, ev.DwellingRegistered)] == ["12 302"]
