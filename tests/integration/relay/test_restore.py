"""A ledger made anew from the topic is the ledger that was lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from rentalwatch.cli.main import app
from rentalwatch.errors import NotFoundError, NotPermittedError
from rentalwatch.ledger.audit import audit
from rentalwatch.ledger.folder import open_ledger
from rentalwatch.ledger.migrations import migrate
from rentalwatch.ledger.relay.cluster import Cluster
from rentalwatch.ledger.relay.progress import RelayRefusedError
from rentalwatch.ledger.relay.recover import recovering
from rentalwatch.ledger.relay.restore import restore
from tests.integration.relay.damage import foreign
from tests.integration.relay.killed import POINTS
from tests.integration.relay.stories import patrolled, publish_all, registered, rows_of, same, stored
from tests.integration.relay.test_recovery_safe import died
from tests.unit.ledger.words import imports, row


@pytest.fixture
def old(in_folder: Cluster) -> Cluster:
    """A ledger that is published: imports that correct each other, records of people."""
    with open_ledger(in_folder.where) as ledger:
        rows_of(ledger, 400)
        registered(ledger, "NEW-HOME")
        patrolled(ledger, "patrol", "NEW-HOME")
        imports(ledger, row("again", "noise", "NEW-HOME"), batch="a")
        imports(ledger, row("again", "fire", "NEW-HOME"), batch="b")
    publish_all(in_folder)
    return in_folder


@pytest.fixture(params=["folder", "database"])
def empty(
    request: pytest.FixtureRequest, old: Cluster, bare_database: str, tmp_path: Path
) -> Iterator[Cluster]:
    """Where it is restored to."""
    if request.param == "database":
        migrate(bare_database)
        yield Cluster(bare_database, old.bootstrap, old.prefix)
    else:
        yield Cluster(tmp_path / "restored", old.bootstrap, old.prefix)


def test_a_restored_ledger_is_the_one_that_was_lost(old: Cluster, empty: Cluster) -> None:
    done = restore(empty, lambda _: None)
    with open_ledger(old.where) as before, open_ledger(empty.where) as after:
        assert stored(after) == stored(before)
        assert done.events == len(stored(before))
        assert list(audit(after)) == []
        assert after.recorder.epoch == done.epoch == 2
    assert (done.finds.count, done.finds.shown) == (0, [])
    # then it goes on, and the lost one is refused should it come back
    with open_ledger(empty.where) as after:
        patrolled(after, "later", "NEW-HOME")
    publish_all(empty)
    assert same(empty)
    with open_ledger(old.where) as before:
        patrolled(before, "come back", "NEW-HOME")
    with pytest.raises(RelayRefusedError) as refused:
        publish_all(old)
    assert refused.value.code == "RW-RELAY-EPOCH"


def test_a_ledger_in_use_is_not_restored_into(old: Cluster) -> None:
    with pytest.raises(NotPermittedError, match="not empty"):
        restore(old, lambda _: None)
    assert same(old)


def test_an_empty_topic_restores_nothing(kafka: str, topics: str, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no events"):
        restore(Cluster(tmp_path / "new", kafka, topics), lambda _: None)


def test_foreign_records_and_gaps_are_said_and_do_not_stop_it(old: Cluster, tmp_path: Path) -> None:
    # given a record of somebody else, and a partition that lost its events
    from kafka import TopicPartition

    from rentalwatch.ledger.brokers import asking

    name = f"{old.prefix}.events.v1"
    with asking(old.bootstrap) as admin:
        admin.delete_records({TopicPartition(name, 3): -1})
    foreign(old, name, b"dwelling-x", b"{}", [("ce_id", b"1")], partition=2)
    done = restore(Cluster(tmp_path / "restored", old.bootstrap, old.prefix), lambda _: None)
    assert any("are missing" in line for line in done.finds.shown)
    assert any("not written by the relay" in line for line in done.finds.shown)


@pytest.mark.parametrize("point", ["in the midst of the transaction", "between commit and progress"])
def test_a_restoration_that_was_killed_is_repeated_or_finished(
    point: str, old: Cluster, bare_database: str, tmp_path: Path
) -> None:
    assert point in POINTS
    migrate(bare_database)
    empty = Cluster(bare_database, old.bootstrap, old.prefix)
    assert died(point, "restore", empty, tmp_path)
    with open_ledger(bare_database) as ledger:
        there = len(stored(ledger))
    if there == 0:  # all or nothing
        restore(empty, lambda _: None)
    else:
        with pytest.raises(RelayRefusedError):
            publish_all(empty)
        with recovering(empty, lambda _: None) as recovery:
            recovery.act(recovery.diagnose(), tmp_path / "none")
    assert same(empty)


def test_the_command_says_what_the_topic_does_not_hold(
    old: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RENTALWATCH_KAFKA", old.bootstrap)
    monkeypatch.setenv("RENTALWATCH_TOPICS", old.prefix)
    done = CliRunner().invoke(app, ["restore", "--from-kafka", "--data", str(tmp_path / "restored")])
    assert done.exit_code == 0, done.output
    assert "events restored" in done.output
    assert "list of imports" in done.output
