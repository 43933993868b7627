"""How many of the homes first found were put right in time 及时处置, once a rulebook says what that means."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from projections import follow, targets
from projections.scope import Scope
from rentalwatch.domain.rulebook import TimelyDisposal
from tests.integration.importing import as_of
from tests.integration.projections.estates import AREA, ZONE, Office, an_office

PROPOSED = TimelyDisposal(timely="by_current_deadline", disposed="all_findings_verified")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with an_office(tmp_path / "office") as office:
        yield office


def found(office: Office, home: str, on: str, key: str = "a") -> None:
    """Something is confirmed there; a notice must follow within three days."""
    if key == "a":
        office.home(home)
    office.told(
        "confirmation", on, dwelling=home, findings=f"partition/{key}", basis="source", rulebook="shanghai"
    )


def noticed(office: Office, home: str, on: str, deadline: str, key: str = "a") -> None:
    office.told(
        "notice", on, dwelling=home, findings=f"partition/{key}", number=home + key, deadline=deadline
    )


def extended(office: Office, home: str, on: str, deadline: str) -> None:
    office.told("extension", on, dwelling=home, findings="partition/a", granted="true", deadline=deadline)


def verified(office: Office, home: str, on: str, key: str = "a") -> None:
    office.told("verification", on, dwelling=home, findings=f"partition/{key}", basis="on_site")


def scope(day: str) -> Scope:
    return replace(as_of(day, "2026-01-01", zone=ZONE, area=AREA), disposal=PROPOSED)


def told(engine: sa.Engine, asked: Scope) -> tuple[int | None, int | None, list[str], list[str]]:
    """In time, due; and who is behind the figures: exactly as many."""
    with engine.connect() as connection:
        board = targets.board(connection, asked)
        lists = [
            [row["label"] for row in targets.listed(connection, name, asked)]
            for name in ("disposed_in_time", "disposal_due")
        ]
    figures = board.figure("disposed_in_time"), board.figure("disposal_due")
    assert [len(rows) for rows in lists] == [n or 0 for n in figures]
    return *figures, lists[0], lists[1]


def a_spring(office: Office) -> None:
    """Homes first found on 2 March 2026, most with a notice on the 3rd until the 10th."""
    for home in ("in time", "late", "extended", "running", "on the spot", "no notice", "half", "relapsed"):
        found(office, home, "2026-03-02")
    found(office, "half", "2026-03-02", "b")
    verified(office, "on the spot", "2026-03-02")
    for home in ("in time", "late", "extended", "half", "relapsed"):
        noticed(office, home, "2026-03-03", "2026-03-10")
    noticed(office, "half", "2026-03-03", "2026-03-10", "b")
    noticed(office, "running", "2026-03-03", "2026-05-31")
    extended(office, "extended", "2026-03-09", "2026-03-20")
    for home in ("in time", "half", "relapsed"):
        verified(office, home, "2026-03-10")
    found(office, "relapsed", "2026-03-12", "again")
    noticed(office, "relapsed", "2026-03-12", "2026-03-14", "again")
    for home in ("late", "extended"):
        verified(office, home, "2026-03-15")


def test_each_home_counts_by_its_own_deadline(either: sa.Engine, office: Office) -> None:
    # given homes that were put right in time, late, after an extension, on the spot, by half, not at all
    a_spring(office)
    follow.catch_up(office.ledger, either)

    # when it is asked at the end of the month
    in_time, due, who, of = told(either, scope("2026-03-31"))

    # then the time of all but one has run out or was kept, and a later relapse takes nothing back
    assert (in_time, due) == (4, 7)
    assert who == ["extended", "in time", "on the spot", "relapsed"]
    assert of == sorted([*who, "half", "late", "no notice"])


def test_while_the_time_runs_a_home_is_not_due(either: sa.Engine, office: Office) -> None:
    a_spring(office)
    follow.catch_up(office.ledger, either)

    assert told(either, scope("2026-03-03"))[2:] == (["on the spot"], ["on the spot"])
    assert told(either, scope("2026-03-06"))[3] == ["no notice", "on the spot"], "no notice within 3 days"
    assert "late" not in told(either, scope("2026-03-10"))[3]
    assert "late" in told(either, scope("2026-03-11"))[3]
    assert told(either, scope("2026-06-01"))[3].count("running") == 1


def test_the_list_shows_who_was_given_more_time(office: Office) -> None:
    a_spring(office)

    with office.asked() as connection:
        rows = targets.listed(connection, "disposed_in_time", scope("2026-03-31"))

    assert {row["label"]: row["extended"] for row in rows} == {
        "extended": 1, "in time": 0, "on the spot": 0, "relapsed": 0,
    }  # fmt: skip
    assert [row["label"] for row in rows if row["deadline"] is None] == ["on the spot"]


def test_without_a_definition_or_a_home_that_is_due_nothing_is_computed(office: Office) -> None:
    a_spring(office)

    with office.asked() as connection:
        for asked in (replace(scope("2026-03-31"), disposal=None), scope("2026-02-01")):
            board = targets.board(connection, asked)
            growth = targets.as_json(board, asked, str)["zero_growth"]
            assert (growth["disposed_in_time"], growth["due"]) == (None, None)
            assert targets.listed(connection, "disposal_due", asked) == []
