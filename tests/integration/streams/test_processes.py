"""Workers as processes: they share the work, die, sleep, come back; the tables are right each time."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import psutil

from rentalwatch.ledger.store import Recorded
from tests.integration.streams.cluster import (
    Cluster,
    messages,
    midst_of_a_batch,
    publish,
    rebuilt,
    standing_still,
)
from tests.integration.streams.workers import Worker, until

EVERY_PARTITION = set(range(12))


def test_two_workers_share_the_partitions(cluster: Cluster, rows: list[Recorded], folder: Path) -> None:
    half = len(rows) // 2
    with Worker(cluster, "a", folder) as a, Worker(cluster, "b", folder) as b:
        # given two workers that have shared the partitions out
        until(lambda: a.partitions() and b.partitions() and a.ready and b.ready, a, b)
        # when events come, before and after
        publish(cluster, messages(rows[:half]))
        publish(cluster, messages(rows[half:]))
        until(lambda: cluster.folded() == len(rows), a, b)
        # then each has its own, both have worked, and the tables are those of one
        until(lambda: a.partitions() | b.partitions() == EVERY_PARTITION, a, b)
        assert not a.partitions() & b.partitions()
        assert a.figure("rentalwatch_projection_events_total") > 0
        assert b.figure("rentalwatch_projection_events_total") > 0
    assert cluster.rows() == rebuilt(rows, folder)


def test_a_worker_killed_in_the_midst_of_a_batch_leaves_nothing_undone_or_doubled(
    cluster: Cluster, rows: list[Recorded], folder: Path
) -> None:
    publish(cluster, messages(rows))
    with standing_still(cluster), Worker(cluster, "a", folder) as a:
        # given a worker that has moved its checkpoints, but not committed
        until(lambda: midst_of_a_batch(cluster), a)
        # when it is killed
        a.kill()
    # then its next life begins where the last commit left off
    with Worker(cluster, "a", folder) as again:
        until(lambda: cluster.folded() == len(rows), again)
    assert cluster.rows() == rebuilt(rows, folder)


def test_a_worker_that_slept_past_its_session_changes_nothing_when_it_wakes(
    cluster: Cluster, rows: list[Recorded], folder: Path
) -> None:
    half = len(rows) // 2
    publish(cluster, messages(rows[:half]))
    with Worker(cluster, "a", folder) as a:
        # given one that falls asleep in the midst of a batch, and another that takes over
        with standing_still(cluster):
            until(lambda: midst_of_a_batch(cluster), a)
            a.signal(signal.SIGSTOP)
        with Worker(cluster, "b", folder) as b:
            until(lambda: cluster.folded() == half, b)
            before = cluster.rows()
            # when it wakes
            a.signal(signal.SIGCONT)
            until(lambda: a.ready and a.partitions() | b.partitions() == EVERY_PARTITION, a, b)
            # then what it had in hand is dropped, and it goes on with what is its own
            assert cluster.rows() == before
            publish(cluster, messages(rows[half:]))
            until(lambda: cluster.folded() == len(rows), a, b)
    assert cluster.rows() == rebuilt(rows, folder)


def test_sigterm_ends_a_worker_and_its_batch_is_whole_or_not_there(
    cluster: Cluster, rows: list[Recorded], folder: Path
) -> None:
    publish(cluster, messages(rows))
    with standing_still(cluster), Worker(cluster, "a", folder) as a:
        until(lambda: midst_of_a_batch(cluster), a)
        # when it is told to end while its transaction waits for a lock that nobody gives
        a.signal(signal.SIGTERM)
        # then it ends before a supervisor would kill it, and nothing of the batch is there
        assert a.process.wait(timeout=10) == 0
    assert cluster.folded() == 0
    with Worker(cluster, "a", folder) as again:
        until(lambda: cluster.folded() == len(rows), again)
        again.signal(signal.SIGTERM)
        assert again.process.wait(timeout=10) == 0
    assert cluster.rows() == rebuilt(rows, folder)


def test_two_processes_of_one_name_do_not_shut_each_other_out(
    cluster: Cluster, rows: list[Recorded], folder: Path
) -> None:
    with Worker(cluster, "a", folder) as first, Worker(cluster, "a", folder) as second:
        until(lambda: first.ready or second.ready, first, second)
        holds, waits = (first, second) if first.ready else (second, first)
        # the second says so and waits
        until(lambda: "another worker is called a" in (waits.problems() or {}).get("waiting", ""), waits)
        publish(cluster, messages(rows))
        until(lambda: cluster.folded() == len(rows), holds)
        # and takes the place of the first when that is gone
        holds.kill()
        until(lambda: waits.ready and waits.partitions() == EVERY_PARTITION, waits)


def test_fausts_own_command_line_starts_the_same_worker(
    cluster: Cluster, rows: list[Recorded], folder: Path
) -> None:
    publish(cluster, messages(rows))
    faust = [str(Path(sys.executable).with_name("faust")), "-A", "streams.projector", "worker"]
    with Worker(cluster, "a", folder, faust) as worker:
        until(lambda: cluster.folded() == len(rows) and worker.ready, worker)
        # without its web server, which would listen on all addresses and show tables
        sockets = psutil.Process(worker.process.pid).net_connections()
        listening = {socket.laddr[:2] for socket in sockets if socket.status == psutil.CONN_LISTEN}
        assert listening == {("127.0.0.1", worker.port)}
    assert cluster.rows() == rebuilt(rows, folder)
