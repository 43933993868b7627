"""What cannot be folded is set aside; everything else flows."""

from __future__ import annotations

from pathlib import Path

from rentalwatch.ledger.messages import Message, message_of
from rentalwatch.ledger.store import Recorded
from tests.integration.streams.cluster import Cluster, messages, publish, rebuilt
from tests.integration.streams.workers import Worker, until

FOREIGN = [
    Message(b"a key", b"not an event", []),
    Message(None, b"no key", []),  # type: ignore[arg-type]
    Message(b"a key", None, []),  # type: ignore[arg-type]
    Message(b"\xff\xfe", b"\x00\x01", [("ce_type", b"\xff")]),
]


def test_foreign_records_are_parked_by_their_place_and_the_rest_flows(
    cluster: Cluster, rows: list[Recorded], folder: Path
) -> None:
    third = len(rows) // 3
    publish(cluster, [*messages(rows[:third]), *FOREIGN, *messages(rows[third:])])
    with Worker(cluster, "a", folder) as worker:
        until(lambda: cluster.folded() == len(rows) and worker.ready, worker)
        assert cluster.ask("SELECT COUNT(*) FROM parked_records") == [(len(FOREIGN),)]
    assert cluster.rows() == rebuilt(rows, folder)


def test_an_event_that_cannot_be_decoded_parks_its_file_only(
    cluster: Cluster, rows: list[Recorded], folder: Path
) -> None:
    # given a file whose second event has a value that no event has
    file = [row for row in rows if row.stream_id == rows[0].stream_id]
    damaged = file[1]._replace(state=file[1].state.replace(b'"happened_at":"', b'"happened_at":"x'))
    sent = [message_of(damaged if row == file[1] else row, 1) for row in rows]
    publish(cluster, sent)
    with Worker(cluster, "a", folder) as worker:
        # then it and every later event of that file wait, and all others are folded
        until(lambda: cluster.folded() == len(rows) - len(file) + 1, worker)
        until(lambda: worker.figure("rentalwatch_projection_parked_streams") == 1, worker)
        assert cluster.ask("SELECT version FROM parked ORDER BY 1") == [(row.version,) for row in file[1:]]
        assert worker.ready
