"""Every figure has a list of exactly that many rows."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from projections.scope import Scope
from projections.targets import FIGURES, as_json, listed
from rentalwatch.domain.instants import bound_date
from rentalwatch.errors import InvalidInputError
from tests.integration.importing import ZONE, as_of, board, figures, imports, models

SCOPES = {
    "the last day": as_of("2026-03-24"),
    "a year": as_of("2025-12-31", "2025-01-01"),
    "long ago": as_of("2010-06-30", "2010-01-01"),
    "one community board": as_of("2026-03-24", "2024-01-01", area="nyc/bronx/cb7/"),
    "one building": as_of("2026-03-24", "2020-01-01", area="nyc/bronx/cb6/92622/"),
    "nowhere": as_of("2026-03-24", area="nyc/queens/"),
    "before the records": as_of("1899-12-31"),
}

DEEDS = {"alerts_missed", "back_dated", "moved", "orders_closed_unfixed", "retractions"}
"""What was done to the book: none is none, whatever there was to count."""

STORY = """kind,dwelling,key,on,label,area,findings,basis,deadline,due,ticket,inspection_id,access
registration,A,A,,A,old/,,,,,,,
registration,B,B,,B,new/,,,,,,,
registration,C,C,,C,old/,,,,,,,
confirmation,A,a1,2024-01-10,,,partition/1,source,,,,,
notice,A,a2,2024-01-11,,,partition/1,,2024-01-20,,,,
particulars,A,a3,2024-02-15,,new/,,,,,,,
confirmation,B,b1,2024-02-20,,,partition/1,source,,,,,
verification,B,b2,2024-02-25,,,partition/1,on_site,,,,,
inspection,B,b3,2024-02-26,,,,,,,,visit-1,full
confirmation,B,b4,2024-03-05,,,partition/1,source,,,,,
lead,C,c1,2024-02-01,,,,,,2024-02-03,T-1,,
confirmation,C,c2,2024-02-02,,,partition/1,source,,,,,
claim,C,c3,2024-02-10,,,partition/1,,,2024-02-12,,,
confirmation,C,c4,2024-02-20,,,partition/2,source,,,,,
"""


@pytest.fixture
def moved(folder: Path, tmp_path: Path) -> sa.Engine:
    """Three homes: A moved to another area with a finding open, B relapsed, C's claim was refuted."""
    file = tmp_path / "story.csv"
    file.write_text(STORY, encoding="utf-8")
    assert not imports(folder, file, mapping="records").rejected
    with models(folder) as (_, engine):
        return engine


def rows_of(engine: sa.Engine, scope: Scope) -> dict[str, int]:
    """How many rows each list has; of `net`, what they sum to."""
    found = {}
    with engine.connect() as connection:
        for figure in FIGURES:
            rows = listed(connection, figure, scope)
            found[figure] = sum(r["change"] for r in rows) if figure == "net" else len(rows)
    return found


@pytest.mark.parametrize("scope", SCOPES.values(), ids=SCOPES)
def test_a_list_has_as_many_rows_as_its_figure_says(new_york_models: sa.Engine, scope: Scope) -> None:
    shown = figures(new_york_models, scope)

    assert rows_of(new_york_models, scope) == {name: shown[name] or 0 for name in FIGURES}


@pytest.mark.parametrize("area", ["", "old/", "new/"])
@pytest.mark.parametrize("day", ["2024-01-31", "2024-02-16", "2024-03-31"])
@pytest.mark.parametrize("begin", ["2024-01-01", "2024-02-01"])
def test_a_list_fits_its_figure_where_homes_move_relapse_and_wait(
    moved: sa.Engine, area: str, day: str, begin: str
) -> None:
    scope = as_of(day, begin, zone="Asia/Shanghai", area=area)
    shown = figures(moved, scope)

    assert rows_of(moved, scope) == {name: shown[name] or 0 for name in FIGURES}


def test_the_story_has_something_to_count(moved: sa.Engine) -> None:
    shown = figures(moved, as_of("2024-03-31", "2024-02-01", zone="Asia/Shanghai"))

    assert [shown[n] for n in ("a", "b2", "relapses", "claims_refuted", "revisits_due", "net")] == [
        1,
        1,
        1,
        1,
        1,
        2,
    ]


def test_a_home_that_left_the_area_is_in_its_net(moved: sa.Engine) -> None:
    scope = as_of("2024-03-31", "2024-02-01", zone="Asia/Shanghai", area="old/")

    with moved.connect() as connection:
        changes = {row["label"]: row["change"] for row in listed(connection, "net", scope)}

    assert changes == {"A": -1, "C": 1}


def test_a_building_that_was_never_confirmed_in_has_nothing_to_count(new_york_models: sa.Engine) -> None:
    shown = figures(new_york_models, SCOPES["nowhere"])

    assert {name for name, value in shown.items() if value is not None} == DEEDS
    assert {shown[name] for name in DEEDS} == {0}


def test_areas_share_the_homes_out(new_york_models: sa.Engine) -> None:
    boards = [*(f"cb{n}/" for n in range(1, 29)), "cbunknown/"]
    parts = [board(new_york_models, as_of("2026-03-24", area=f"nyc/bronx/{b}")).counts for b in boards]
    whole = board(new_york_models, as_of("2026-03-24")).counts

    assert {n: sum(p[n] for p in parts) for n in ("known", "b2", "b3")} == {
        n: whole[n] for n in ("known", "b2", "b3")
    }


def test_a_list_may_be_cut_short(new_york_models: sa.Engine) -> None:
    with new_york_models.connect() as connection:
        for figure in ("omitted", "claims_refuted", "net"):
            whole = listed(connection, figure, as_of("2026-03-24"))
            assert listed(connection, figure, as_of("2026-03-24"), limit=7) == whole[:7]


def test_a_figure_that_is_none_is_refused_with_those_that_are(new_york_models: sa.Engine) -> None:
    with (
        new_york_models.connect() as connection,
        pytest.raises(InvalidInputError, match="omitted") as refused,
    ):
        listed(connection, "happiness", as_of("2026-03-24"))

    assert refused.value.code == "RW-FIGURE"


def test_the_board_as_json_shows_the_same_figures(new_york_models: sa.Engine) -> None:
    scope = as_of("2026-03-24", "2026-01-01")
    shown = board(new_york_models, scope)

    told = as_json(shown, scope, lambda at: bound_date(at + 1, ZONE).isoformat())

    assert told["period"] == {"from": "2026-01-01", "to": "2026-03-24"}
    assert told["known_at"] == shown.known_up_to
    assert told["zero_omission"]["omitted"] == 6_315
    assert told["zero_omission"]["by_cause"] == {"a": None, "b1": None, "b2": 5_823, "b3": 564, "c": None}
    assert told["zero_omission"]["coverage"] is None
    assert told["zero_relapse"]["relapses"] is None
    assert (told["parked"], told["proxy"]) == (0, False)
