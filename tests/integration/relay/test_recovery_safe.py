"""A recovery does nothing unasked, nothing by half, and nothing beside a relay or a writer."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from rentalwatch.cli.main import app
from rentalwatch.errors import StorageError
from rentalwatch.ledger.application import Ledger
from rentalwatch.ledger.folder import open_ledger
from rentalwatch.ledger.relay.cluster import Cluster
from rentalwatch.ledger.relay.diagnosis import Case
from rentalwatch.ledger.relay.progress import RelayRefusedError
from rentalwatch.ledger.relay.recover import recovering
from tests.integration.relay.damage import (
    loses_its_tail,
    tail_of_its_own,
)
from tests.integration.relay.killed import POINTS
from tests.integration.relay.stories import (
    differences,
    patrolled,
    publish_all,
    published,
    relaying,
    stored,
    until,
)
from tests.integration.relay.test_recovery import records, recovered, well
from tests.unit.ledger.words import an_id


def test_a_topic_with_a_hole_is_left_alone(in_folder: Cluster, tmp_path: Path) -> None:
    # given a topic that lost one partition, of events between others
    from kafka import TopicPartition

    publish_all(in_folder)
    gone = published(in_folder)[10]
    from rentalwatch.ledger.brokers import asking

    with asking(in_folder.bootstrap) as admin:
        admin.delete_records({TopicPartition(f"{in_folder.prefix}.events.v1", gone.partition): -1})
    # then nothing is done, and the comparison names what is missing
    with recovering(in_folder, lambda _: None) as recovery, open_ledger(in_folder.where) as ledger:
        found = recovery.diagnose()
        assert found.case is Case.HOLED
        with pytest.raises(RelayRefusedError, match="topics apply"):
            recovery.act(found, tmp_path / "tail.ndjson")
        assert ledger.recorder.epoch == 1
    assert "RW-VERIFY-KAFKA-MISSING" in {problem.code for problem in differences(in_folder)}


def test_a_recovery_beside_a_relay_is_refused(cluster: Cluster) -> None:
    with relaying(cluster) as running:
        until(lambda: running.at(30))
        with pytest.raises(StorageError, match="a relay is publishing"), recovering(cluster, lambda _: None):
            pass


def test_a_writer_meanwhile_is_noticed(cluster: Cluster, ledger: Ledger, tmp_path: Path) -> None:
    patrolled(ledger, "lost")
    publish_all(cluster)
    loses_its_tail(ledger, 30)
    with recovering(cluster, lambda _: None) as recovery:
        found = recovery.diagnose()
        patrolled(ledger, "written meanwhile")
        with pytest.raises(StorageError, match="somebody writes"):
            recovery.act(found, tmp_path / "tail.ndjson")
    # then looking again finds what it is now
    recovered(cluster, Case.DIVERGED, tmp_path)


@pytest.mark.parametrize("point", POINTS)
def test_a_recovery_that_was_killed_is_finished_by_the_next(
    point: str, in_database: Cluster, tmp_path: Path
) -> None:
    with open_ledger(in_database.where) as ledger:
        patrolled(ledger, "lost")
        publish_all(in_database)
        tail_of_its_own(ledger, 30, ["new", "newer"])
    assert died(point, "recover", in_database, tmp_path)
    with recovering(in_database, lambda _: None) as recovery:
        recovery.act(recovery.diagnose(), tmp_path / "second.ndjson")
    well(in_database)
    wanted = {an_id(name) for name in ("lost", "new", "newer")}
    assert {record: n for record, n in records(in_database).items() if record in wanted} == dict.fromkeys(
        wanted, 1
    )


def died(point: str, what: str, cluster: Cluster, tmp_path: Path) -> bool:
    """Runs a command that kills itself; whether it did."""
    args = [
        point,
        what,
        str(cluster.where),
        cluster.bootstrap,
        cluster.prefix,
        str(tmp_path / "first.ndjson"),
    ]
    return (
        subprocess.run(
            [sys.executable, "-m", "tests.integration.relay.killed", *args], check=False
        ).returncode
        == -9
    )


def test_the_command_shows_before_it_does(
    in_database: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_ledger(in_database.where) as ledger:
        patrolled(ledger, "lost")
        publish_all(in_database)
        loses_its_tail(ledger, 30)
    for name, value in (
        ("DATA", in_database.where),
        ("KAFKA", in_database.bootstrap),
        ("TOPICS", in_database.prefix),
    ):
        monkeypatch.setenv(f"RENTALWATCH_{name}", str(value))
    shown = CliRunner().invoke(app, ["relay", "recover"])
    assert shown.exit_code == 0, shown.output
    assert "equal up to 30" in shown.output
    assert "Take events 31 to 31 back" in shown.output
    with open_ledger(in_database.where) as ledger:
        assert len(stored(ledger)) == 30
    done = CliRunner().invoke(app, ["relay", "recover", "--yes"])
    assert "1 events taken back" in done.output
    well(in_database)
