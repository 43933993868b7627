"""The read models promise the same on SQLite and on PostgreSQL."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from projections import follow
from projections.careful import apply_carefully
from projections.database import open_sqlite, writing
from projections.postgres import in_schema, open_postgres
from projections.projector import GapError, Projector
from projections.targets import FIGURES, listed
from rentalwatch.ledger.application import Ledger
from rentalwatch.ledger.codec import NewerVersionError
from rentalwatch.ledger.store import Recorded
from tests.integration.importing import all_rows, as_of, closing_engine, figures
from tests.integration.projections.cluster import applied

SCOPES = [
    as_of("2026-03-24"),
    as_of("2025-12-31", "2025-01-01"),
    as_of("2010-06-30", "2010-01-01"),
    as_of("2026-03-24", "2024-01-01", area="nyc/bronx/cb7/"),
    as_of("2026-03-24", area="nyc/queens/"),
    as_of("2026-03-24", known_at=1),
]


def test_new_yorks_figures_and_lists_are_the_same_on_both(
    database: str, new_york: Ledger, new_york_models: sa.Engine
) -> None:
    """On PostgreSQL as in the files of SQLite."""
    with closing_engine(open_postgres(database)) as engine:
        postgres = in_schema(engine, "models_1")
        follow.catch_up(new_york, postgres)

        for scope in SCOPES:
            assert figures(postgres, scope) == figures(new_york_models, scope)
            with postgres.connect() as here, new_york_models.connect() as there:
                for figure in FIGURES:
                    assert listed(here, figure, scope) == listed(there, figure, scope)
        assert all_rows(postgres) == all_rows(new_york_models)


def test_repeats_are_dropped_whole_or_in_part(either: sa.Engine, events: list[Recorded]) -> None:
    once = applied(either, events)

    assert applied(either, events, events[40:90], events[-1:]) == once


@pytest.mark.parametrize("page", [7, 64, 999])
def test_rows_do_not_depend_on_where_a_batch_ended(
    either: sa.Engine, events: list[Recorded], tmp_path: Path, page: int
) -> None:
    with closing_engine(open_sqlite(tmp_path / "whole.db")) as whole:
        follow.create(whole)
        cut = [events[start : start + page] for start in range(0, len(events), page)]

        assert applied(either, *cut) == applied(whole, events)


def test_a_missing_version_is_never_folded_over(either: sa.Engine, events: list[Recorded]) -> None:
    gone = next(nth for nth, row in enumerate(events) if row.version == 3)

    with pytest.raises(GapError, match="version 4 came where 3 was due") as refused:
        applied(either, events[:gone], events[gone + 1 :])

    assert refused.value.stream_id == events[gone].stream_id
    assert all_rows(either)["facts"].total() == gone


def test_a_newer_event_is_waited_for_and_nothing_of_its_batch_is_written(
    either: sa.Engine, events: list[Recorded]
) -> None:
    before = applied(either, events[:100])

    with pytest.raises(NewerVersionError):
        applied(either, [*events[100:-1], events[-1]._replace(type_name="rentalwatch.TenantSurveyed.v1")])

    assert all_rows(either) == before


def test_folding_with_care_gives_what_folding_gives(
    either: sa.Engine, events: list[Recorded], tmp_path: Path
) -> None:
    with writing(either).begin() as connection:
        apply_carefully(Projector(), events, connection)

    with closing_engine(open_sqlite(tmp_path / "whole.db")) as whole:
        follow.create(whole)
        assert all_rows(either) == applied(whole, events)
