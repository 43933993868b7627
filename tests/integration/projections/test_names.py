"""Every name that an event may refer to leads to its stream."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from projections.names import meaning
from tests.integration.importing import imports, models

STORY = """kind,dwelling,estate,key,on,label,area,keys
registration,H1,,1,,H1,a/,H1;house-1
registration,H2,,2,,H2,a/,
estate,,E1,3,2024-01-02,E1,a/,estate:e-1
"""


def meant(engine: sa.Engine, *references: str) -> list[str]:
    """What each reference means, by the way that a read model would ask."""
    told = sa.union_all(*(sa.select(sa.literal(r).label("said")) for r in references)).subquery()
    names, condition, stream = meaning(told.c.said)
    with engine.connect() as connection:
        query = sa.select(told.c.said, stream).outerjoin(names, condition)
        found: dict[str, str] = {row[0]: row[1] for row in connection.execute(query)}
    return [found[r] for r in references]


def test_keys_and_ids_lead_to_the_same_stream(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "story.csv"
    file.write_text(STORY, encoding="utf-8")
    assert not imports(folder, file, mapping="records").rejected

    with models(folder) as (ledger, engine):
        home, estate = ledger.stream_of("H1"), ledger.stream_of("estate:e-1")
        assert meant(engine, "H1", "house-1", home) == [home] * 3
        assert meant(engine, "estate:E1", "estate:e-1", "H2") == [estate, estate, ledger.stream_of("H2")]
