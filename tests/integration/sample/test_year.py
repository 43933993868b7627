"""The year of the model estate, as the product computes it from what was recorded: the same as counted from
the records alone."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from projections import follow
from projections.estate_figures import Months, changes, monthly
from projections.estate_year import year
from projections.scope import Scope
from projections.targets import board
from rentalwatch.domain.instants import micros, upper_bound
from rentalwatch.ledger.folder import open_ledger
from rentalwatch.sample.bounds import BOUNDS
from rentalwatch.sample.district import LEAST
from rentalwatch.sample.writing import Sample, write
from rentalwatch.sample.year import BASELINE, LAST, generated
from tests.unit.sample.recount import recounted

AREA = "sample/s01/n001/e001/"
ZONE = "Asia/Shanghai"
SCOPE = Scope(
    asked=upper_bound(f"{LAST}", ZONE),
    begin=micros(datetime.fromisoformat(f"{BASELINE}T00:00:00+08:00")),
    area=AREA,
)


@pytest.fixture(scope="module", params=[1, 2], ids="seed {}".format)
def district(request, tmp_path_factory):
    """(seed, a connection to the read models of its district)."""
    folder: Path = tmp_path_factory.mktemp("district") / "sample"
    write(folder, Sample(LEAST, request.param), lambda told: None)
    with open_ledger(folder) as ledger:
        engine = follow.open_read_models(folder)
        follow.catch_up(ledger, engine)
    with engine.connect() as connection:
        yield request.param, connection
    engine.dispose()


def computed(connection: sa.Connection) -> dict[str, float]:
    calls = changes(monthly(connection, SCOPE), Months("2024-07", "2025-06"), Months("2026-03", "2026-05"))
    return {**year(connection, SCOPE)._asdict(), **{c.figure: c.percent or 0.0 for c in calls}}


def test_what_is_computed_is_what_was_told_and_within_the_bounds(district) -> None:
    seed, connection = district

    figures = computed(connection)

    told, _ = recounted(generated(LEAST, seed))
    assert figures == pytest.approx(told)
    assert [n for n, f in figures.items() if not BOUNDS[n].least <= f <= BOUNDS[n].most] == []


def test_its_relapses_are_caught_by_every_line_of_defence_and_none_is_unknown(district) -> None:
    _, connection = district

    rows = connection.exec_driver_sql(
        "SELECT caught_by, count(*) FROM rounds WHERE opening = 'relapse' AND valid_to = recorded_to"
        " GROUP BY caught_by"
    ).all()

    assert {row[0] for row in rows} >= {"patrol", "front_line", "platform"}
    assert "unknown" not in {row[0] for row in rows}


def test_claims_are_refuted_and_exits_contradicted_now_and_then(district) -> None:
    _, connection = district
    found = board(connection, SCOPE)
    assert 0 < (found.figure("claims_refuted") or 0) < (found.figure("verified") or 0)
    assert (found.figure("relapses") or 0) > 10
