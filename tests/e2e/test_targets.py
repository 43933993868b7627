"""`rentalwatch targets`: the three targets, any day, and the rows behind every figure."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.terminal import Terminal, fits

DAY = ("--as-of", "2026-03-24")
FIGURES = {
    "omitted": ("zero_omission", "omitted"),
    "b2": ("zero_omission", "by_cause", "b2"),
    "b3": ("zero_omission", "by_cause", "b3"),
    "confirmed_first": ("zero_growth", "confirmed_first"),
    "verified": ("zero_relapse", "verified"),
    "claims_unverified": ("zero_relapse", "claims_unverified"),
}


def board(terminal: Terminal, *options: object) -> Any:
    return fits(terminal.asked("targets", *options, "--format", "json").json, "targets")


def test_the_board_fits_on_a_screen(sixty: Terminal) -> None:
    lines = sixty.asked("targets", *DAY).lines
    assert len(lines) < 24
    assert lines[0].startswith("rentalwatch 0.1.0 · ledger at rentalwatch-data/ · ")
    assert lines[2] == "all areas · as of 2026-03-24, known now"
    assert [line.split("  ")[1] for line in lines[3:6]] == ["zero omission", "zero growth", "zero relapse"]
    assert "n/a" in lines[5]
    assert "nothing was ever verified" in lines[5]
    assert "rentalwatch targets --as-of 2026-03-24 --list b2" in "\n".join(lines[6:])


def test_the_board_in_chinese(sixty: Terminal) -> None:
    out = sixty.asked("targets", *DAY, "--lang", "zh").out
    for words in ("全部区域 · 截至 2026-03-24，按现时所知", "存量零遗漏", "新增零增长", "已整治零返潮"):
        assert words in out
    assert "无应计对象" in out


def test_table_json_and_csv_agree(sixty: Terminal) -> None:
    value = board(sixty, *DAY)
    (row,) = sixty.asked("targets", *DAY, "--format", "csv").rows
    assert row["zero_omission.omitted"] == str(value["zero_omission"]["omitted"])
    assert row["zero_relapse.relapses"] == ""
    assert value["zero_relapse"]["relapses"] is None
    assert f" {value['zero_omission']['omitted']} homes omitted" in sixty.asked("targets", *DAY).out


def test_a_figure_has_exactly_as_many_rows(sixty: Terminal) -> None:
    asked = ("--as-of", "2024-06-30", "--from", "2014-01-01")
    whole = board(sixty, *asked)
    for figure, path in FIGURES.items():
        value = whole
        for part in path:
            value = value[part]
        listed = sixty.asked("targets", *asked, "--list", figure, "--format", "csv").rows
        assert len(listed) == value, figure
    in_json = sixty.asked("targets", *asked, "--list", "b2", "--format", "json").json
    assert len(in_json) == whole["zero_omission"]["by_cause"]["b2"] > 10


def test_the_rows_behind_a_figure_as_a_table(sixty: Terminal) -> None:
    rows = sixty.asked("targets", *DAY, "--list", "b2", "--format", "csv").rows
    lines = sixty.asked("targets", *DAY, "--list", "b2").lines
    assert [line.split("  ")[0] for line in lines[1:-1]] == [row["label"] for row in rows]
    assert lines[-1].startswith(f"{len(rows)} rows · rentalwatch file ")
    short = sixty.asked("targets", *DAY, "--list", "b2", "--limit", 3).lines
    assert short[-1].startswith(f"3 of {len(rows)} shown; --limit 0 shows all.")


def test_an_area_counts_its_own_homes(sixty: Terminal) -> None:
    listed = sixty.asked("targets", *DAY, "--list", "omitted", "--format", "csv").rows
    there = [row["label"] for row in listed if row["area"].startswith("nyc/bronx/cb4/")]
    assert 1 < len(there) < len(listed)
    area = board(sixty, *DAY, "--area", "nyc/bronx/cb4/")
    assert area["zero_omission"]["omitted"] == len(there)
    assert board(sixty, *DAY, "--area", "nyc/bronx/cb4") == area


def test_an_area_without_homes_is_said_so(sixty: Terminal) -> None:
    assert "No home is known there then." in sixty.asked("targets", "--area", "sh/pudong/").out
    assert board(sixty, "--area", "sh/pudong/")["zero_omission"]["omitted"] is None


def test_the_period_begins_where_asked(sixty: Terminal) -> None:
    year = board(sixty, "--as-of", "2023-12-31")
    assert year["period"] == {"from": "2023-01-01", "to": "2023-12-31"}
    longer = board(sixty, "--as-of", "2023-12-31", "--from", "2016-01-01")
    assert longer["period"]["from"] == "2016-01-01"
    assert longer["zero_growth"]["confirmed_first"] > year["zero_growth"]["confirmed_first"]


def test_before_the_import_nothing_was_known(sixty: Terminal) -> None:
    value = board(sixty, *DAY, "--known-at", "2020-01-01")
    assert value["zero_omission"]["omitted"] is None
    assert value["zero_growth"]["confirmed_first"] is None
    assert "n/a" in sixty.asked("targets", *DAY, "--known-at", "2020-01-01").out


def test_known_at_takes_back_what_it_gave(sixty: Terminal) -> None:
    value = board(sixty, *DAY)
    assert board(sixty, *DAY, "--known-at", value["known_at"]) == value


def test_a_bare_date_is_the_end_of_that_day_there(sixty: Terminal) -> None:
    """A home with the deadline 2023-04-27 is late once that day has ended in New York, and not before."""

    def late(as_of: str) -> bool:
        rows = sixty.asked("targets", "--as-of", as_of, "--list", "b2", "--format", "csv").rows
        return "1276 LAFAYETTE AVENUE / 1A" in {row["label"] for row in rows}

    assert not late("2023-04-27")
    assert not late("2023-04-28T00:00")
    assert late("2023-04-28T00:00:00.000001")
    assert not late("2023-04-28T04:00:00+00:00")
    assert late("2023-04-28T04:00:00.000001+00:00")
    assert late("2023-04-28")


@pytest.mark.parametrize(
    ("asked", "code", "word"),
    [
        (("--as-of", "yesterday"), "RW-DATE", "2026-03-24T18:30"),
        (("--as-of", "2023-02-30"), "RW-DATE", "2026-03-24"),
        (("--from", "2025-01-01", "--as-of", "2024-01-01"), "RW-OPTIONS", "Swap them."),
        (("--known-at", "2024-01-01", "--known-at-source", "2024-01-01"), "RW-OPTIONS", "one of them"),
        (("--list", "everything"), "RW-FIGURE", "confirmed_first"),
    ],
)
def test_what_cannot_be_asked_is_explained(
    sixty: Terminal, asked: tuple[str, ...], code: str, word: str
) -> None:
    answer = sixty("targets", *asked)
    assert (answer.code, answer.out) == (2, "")
    assert f"[{code}]" in answer.err
    assert word in answer.err


def test_an_empty_list_keeps_its_columns(sixty: Terminal) -> None:
    full, none = (
        sixty.asked("targets", "--list", "b2", "--area", area, "--format", "csv").lines
        for area in ("nyc/", "sh/")
    )
    assert none == full[:1]
    assert len(full) > 1
