"""Whatever happened: what a read model shows as of T, known at K, is what the judgement of the facts known
at K says of T. On both axes of knowledge (D8)."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from projections import follow
from projections.projector import TABLES
from projections.spans import LEDGER, SOURCE
from rentalwatch.domain.facts import Axis, Fact
from rentalwatch.domain.instants import DAY, FOREVER, Micros
from rentalwatch.domain.judge import judge
from rentalwatch.ledger.application import Ledger
from tests.integration.importing import all_rows, closing_engine
from tests.integration.projections.histories import FIRST, HOMES, Act, histories, lived

careful = settings(
    max_examples=100, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
DAYS = [FIRST + n * DAY for n in range(-40, 60, 3)]


def shown(engine: sa.Engine, stream: str, asked: Micros, known_at: Micros, axis: int) -> Counter[Any]:
    """The rows of every table that are visible."""
    found: Counter[Any] = Counter()
    with engine.connect() as connection:
        for kind, table in TABLES.items():
            columns = [table.c[name] for name in table.fields]
            where = [table.c.stream_id == stream, *table.visible(asked, known_at, axis)]
            found.update(kind(*row) for row in connection.execute(sa.select(*columns).where(*where)))
    return found


def judged(facts: list[Fact], asked: Micros, axis: Axis) -> Counter[Any]:
    """The rows that the judgement holds to be true then."""
    judgement = judge(facts, axis)
    return Counter(row for kind in TABLES for row in judgement.at(asked, kind))


def moments(facts: list[Fact]) -> list[Micros]:
    """Every instant at which something became known, the instants beside it, and for ever."""
    at = {f.recorded_at for f in facts} | {f.known_to_source for f in facts}
    return [*sorted({m + d for m in at for d in (0, 1)}), FOREVER]


def files(ledger: Ledger) -> dict[str, list[Fact]]:
    streams = [ledger.stream_of(home) for home in HOMES]
    return {stream: ledger.facts(stream) for stream in streams}


@careful
@given(histories, st.data())
def test_what_is_visible_at_any_two_instants_is_what_the_judgement_says(
    history: list[Act], data: st.DataObject
) -> None:
    with lived(history) as (_, ledger, engine):
        for stream, facts in files(ledger).items():
            asked = st.sampled_from(sorted({f.at + d for f in facts for d in (0, 1)} | set(DAYS)))
            for _ in range(4):
                at, known = data.draw(asked), data.draw(st.sampled_from(moments(facts)))
                by_then = [f for f in facts if f.recorded_at < known]
                to_source = [f for f in facts if f.known_to_source < known]
                assert shown(engine, stream, at, known, LEDGER) == judged(by_then, at, "ledger")
                assert shown(engine, stream, at, known, SOURCE) == judged(to_source, at, "source")


@careful
@given(histories, st.sampled_from([1, 2, 3, 5]))
def test_read_models_that_followed_in_steps_equal_a_rebuild_by_pages(history: list[Act], page: int) -> None:
    with lived(history) as (folder, ledger, engine), pytest.MonkeyPatch.context() as patch:
        patch.setattr(follow, "PAGE", page)
        follow.rebuild(ledger, folder / "again.db")
        with closing_engine(follow.open_sqlite(folder / "again.db")) as again:
            assert all_rows(engine) == all_rows(again)
