"""One relay publishes; another takes its place when it is gone, and none doubles what the other did."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from rentalwatch.ledger.application import Ledger
from rentalwatch.ledger.relay.cluster import Cluster
from rentalwatch.ledger.relay.publisher import transactional_id
from tests.integration.relay.stories import (
    Process,
    on_topic,
    patrolled,
    relaying,
    rows_of,
    same,
    stored,
    until,
)


@pytest.fixture
def cluster(in_database: Cluster) -> Cluster:
    return in_database


def test_a_standby_takes_over(cluster: Cluster, ledger: Ledger, tmp_path: Path) -> None:
    # given two relays, of which one publishes
    relays = [Process(cluster, tmp_path / f"log-{n}") for n in range(2)]
    until(lambda: any("publishing from" in r.said() for r in relays))
    until(lambda: any("standing by" in r.said() for r in relays))
    leader, standby = sorted(relays, key=lambda r: "standing by" in r.said())
    until(lambda: on_topic(cluster) == 30)
    assert "publishing from" not in standby.said()
    # when the first is killed
    begun = time.monotonic()
    leader.kill()
    patrolled(ledger, "meanwhile")
    until(lambda: on_topic(cluster) == 31)
    sys.stdout.write(f"taken over within {time.monotonic() - begun:.2f} s\n")
    # then the other goes on
    assert "publishing from" in standby.said()
    assert standby.stop() == 0
    assert same(cluster)


def test_a_leader_without_its_session_gives_up_and_comes_back(cluster: Cluster, ledger: Ledger) -> None:
    with relaying(cluster) as running:
        until(lambda: running.at(30))
        # when the database ends its session
        with psycopg.connect(str(cluster.where), autocommit=True) as connection:
            ended = connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s",
                (transactional_id(cluster.prefix),),
            ).fetchall()
        assert ended == [(True,)]
        # then it takes the place again
        patrolled(ledger, "after")
        until(lambda: running.at(31))
        assert running.error is None
    assert same(cluster)


def test_two_producers_at_once_shut_each_other_out_and_nothing_is_doubled(
    cluster: Cluster, ledger: Ledger
) -> None:
    """Should both believe that they lead, the transactional id decides."""
    # given two relays of one ledger that do not know of each other's lock
    copy = Cluster(cluster.where, cluster.bootstrap, cluster.prefix)
    from rentalwatch.ledger.relay import run

    class Always:
        def taken(self) -> bool:
            return True

        def check(self) -> None: ...

        def wait(self, seconds: float) -> None:
            time.sleep(0.02)

        def close(self) -> None: ...

    from contextlib import contextmanager

    @contextmanager
    def unlocked(where: object, name: str) -> Iterator[Always]:
        yield Always()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "contending", unlocked)
        with relaying(cluster), relaying(copy):
            for n in range(10):
                rows_of(ledger, 100, f"round {n}")
                time.sleep(0.1)
            until(lambda: on_topic(cluster) == len(stored(ledger)))
    assert same(cluster)
