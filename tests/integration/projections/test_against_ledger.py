"""`verify` on a cluster: every file folded again up to where its read models stand, in one snapshot."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from projections import rebuilding
from projections.against_ledger import differences
from projections.clocks import CLOCKS
from projections.database import FOLD_VERSION
from projections.files import FILES
from projections.generations import FoldNewerError
from projections.history import STATES
from projections.postgres import in_schema
from rentalwatch.ledger.folder import open_ledger
from rentalwatch.ledger.store import Recorded
from tests.integration.projections.cluster import partition_of, takes_in


@pytest.mark.parametrize("upto", [0, 300, 10_000])
def test_read_models_that_are_behind_the_ledger_are_sound_up_to_where_they_are(
    cluster: sa.Engine, events: list[Recorded], upto: int
) -> None:
    takes_in(cluster, sorted(events, key=lambda row: partition_of(row.stream_id))[:upto])

    seen: list[tuple[int, int]] = []
    assert differences(cluster, lambda *at: seen.append(at)) == []
    assert seen[-1:] == [(min(upto, len(events)),) * 2][: bool(upto)]


def test_a_row_that_is_missing_changed_or_doubled_is_found_and_nothing_is_changed(
    cluster: sa.Engine, events: list[Recorded]
) -> None:
    takes_in(cluster, events)
    with in_schema(cluster, "models_1").begin() as connection:
        connection.execute(FILES.update().values(label="X").where(FILES.c.stream_id == events[0].stream_id))
        row = connection.execute(sa.select(STATES.table).limit(1)).one()
        connection.execute(STATES.table.insert().values(tuple(row)))
        connection.execute(CLOCKS.table.delete())

    found = differences(cluster)

    assert dict(found).keys() == {"clocks", "dwelling_states", "files"}
    assert dict(found)["dwelling_states"] == "0 rows are missing, 1 should not be there"
    assert dict(found)["files"] == "1 rows are missing, 1 should not be there"
    assert differences(cluster) == found


def test_read_models_ahead_of_a_ledger_that_was_put_back_are_found_and_a_rebuild_mends_them(
    cluster: sa.Engine, database: str, events: list[Recorded]
) -> None:
    takes_in(cluster, events)
    with cluster.begin() as connection:
        connection.exec_driver_sql("DELETE FROM ledger.stored_events WHERE notification_id > 400")

    assert "facts" in dict(differences(cluster))
    with open_ledger(database) as ledger:
        rebuilding.rebuild(ledger, cluster)
    assert differences(cluster) == []


def test_no_trace_of_a_comparison_is_left(cluster: sa.Engine, events: list[Recorded]) -> None:
    takes_in(cluster, events[:100])
    differences(cluster)

    with cluster.connect() as connection:
        query = "SELECT count(*) FROM pg_namespace WHERE nspname LIKE '%%verify%%'"
        assert connection.exec_driver_sql(query).scalar_one() == 0


def test_read_models_of_another_version_are_not_compared(cluster: sa.Engine, database: str) -> None:
    with open_ledger(database) as ledger:
        rebuilding.rebuild(ledger, cluster, fold_version=FOLD_VERSION + 1)

    with pytest.raises(FoldNewerError):
        differences(cluster)
