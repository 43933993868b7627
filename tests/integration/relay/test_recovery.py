"""Whatever one of the two lost, `relay recover` brings ledger and topic together, and says what it does."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import UUID

import pytest

from rentalwatch.ledger.application import Ledger
from rentalwatch.ledger.audit import audit
from rentalwatch.ledger.folder import open_ledger
from rentalwatch.ledger.relay.again import Again
from rentalwatch.ledger.relay.cluster import Cluster
from rentalwatch.ledger.relay.diagnosis import Case
from rentalwatch.ledger.relay.recover import Recovered, recovering
from tests.integration.relay.damage import (
    loses_its_tail,
    made_anew,
    progress_is_garbage,
    progress_is_lost,
    tail_of_its_own,
)
from tests.integration.relay.stories import (
    patrolled,
    publish_all,
    published,
    registered,
    rows_of,
    same,
    stored,
)
from tests.unit.ledger.words import an_id, imports, row


def recovered(cluster: Cluster, case: Case, tmp_path: Path) -> Recovered:
    """Recovers from what is found to be this case; afterwards ledger and topic are the same and whole."""
    with recovering(cluster, lambda _: None) as recovery:
        found = recovery.diagnose()
        assert found.case is case
        done = recovery.act(found, tmp_path / "tail.ndjson")
    assert done.epoch == 2
    well(cluster)
    return done


def well(cluster: Cluster) -> None:
    """A relay publishes on; the ledger is whole, the topic is the same."""
    publish_all(cluster)
    assert same(cluster)
    with open_ledger(cluster.where) as ledger:
        assert list(audit(ledger)) == []


def records(cluster: Cluster) -> dict[UUID, int]:
    """Record id → how often it stands in the ledger."""
    from rentalwatch.ledger.codec import decode

    found: dict[UUID, int] = {}
    with open_ledger(cluster.where) as ledger:
        for event in (decode(r.type_name, r.state) for r in stored(ledger)):
            found[event.record_id] = found.get(event.record_id, 0) + (event.index == 0)
    return found


# -- (i) the store lost its tail -------------------------------------------------------------------


def test_the_tail_comes_back_from_the_topic(cluster: Cluster, ledger: Ledger, tmp_path: Path) -> None:
    rows_of(ledger, 300)
    patrolled(ledger, "patrol")
    before = stored(ledger)
    publish_all(cluster)
    loses_its_tail(ledger, 130)
    done = recovered(cluster, Case.LOST_TAIL, tmp_path)
    assert done.taken_back == len(before) - 130
    assert stored(ledger) == before


def test_all_of_it_comes_back(in_database: Cluster, tmp_path: Path) -> None:
    with open_ledger(in_database.where) as ledger:
        before = stored(ledger)
        publish_all(in_database)
        loses_its_tail(ledger, 0)
        recovered(in_database, Case.LOST_TAIL, tmp_path)
        assert stored(ledger) == before


# -- (ii) each has a tail of its own ----------------------------------------------------------------


def test_what_only_the_ledger_has_is_submitted_again(
    cluster: Cluster, ledger: Ledger, tmp_path: Path
) -> None:
    # given a backup, restored after two records were published; then one of them is sent again, and new ones
    for name in ("lost and sent again", "lost"):
        patrolled(ledger, name)
    publish_all(cluster)
    tail_of_its_own(ledger, 30, ["new", "lost and sent again", "newer"])
    own = stored(ledger)[30:]
    # when it is recovered
    done = recovered(cluster, Case.DIVERGED, tmp_path)
    # then every record is there once, and the file holds what only the ledger had
    assert done.exported == 3
    assert done.again == Again(stored=2, known=1)
    wanted = {an_id(name) for name in ("lost and sent again", "lost", "new", "newer")}
    assert {record: n for record, n in records(cluster).items() if record in wanted} == dict.fromkeys(
        wanted, 1
    )
    lines = [json.loads(line) for line in (tmp_path / "tail.ndjson").read_text("utf-8").splitlines()]
    assert [(line["position"], line["state"].encode()) for line in lines] == [
        (r.position, r.state) for r in own
    ]


def test_what_the_rules_refuse_by_now_is_reported(cluster: Cluster, ledger: Ledger, tmp_path: Path) -> None:
    # given a home that both registered, each under an id of its own
    registered(ledger, "NEW-HOME")
    publish_all(cluster)
    loses_its_tail(ledger, 30)
    from tests.unit.ledger.words import registers

    ledger.record(registers("NEW-HOME"), an_id("another registration"))
    patrolled(ledger, "in the new home", "NEW-HOME")
    # then one registration stands, the other is in the report, the patrol goes on
    done = recovered(cluster, Case.DIVERGED, tmp_path)
    assert (done.again.stored, done.again.known, len(done.again.refused)) == (1, 0, 1)
    report = (tmp_path / "tail.refused.txt").read_text("utf-8")
    assert str(an_id("another registration")) in report
    assert "RW-REGISTERED-ALREADY" in report


def test_imports_on_both_sides_leave_each_fact_as_the_events_tell(
    cluster: Cluster, ledger: Ledger, tmp_path: Path
) -> None:
    # given facts that stood before, changed by an import on each side, and one that only one of them has
    home = "HOME-3"
    imports(ledger, *[row(f"{n}", "noise", home) for n in range(5)], batch="before")
    fork = len(stored(ledger))
    imports(ledger, *[row(f"{n}", "fire", home) for n in range(3)], row("theirs", "x", home), batch="theirs")
    publish_all(cluster)
    loses_its_tail(ledger, fork)
    imports(ledger, *[row(f"{n}", "smell", home) for n in (1, 2, 4)], row("ours", "x", home), batch="ours")
    # then the side tables are as the events tell (`audit` compares), and importing again changes nothing
    done = recovered(cluster, Case.DIVERGED, tmp_path)
    assert (done.again.stored, done.again.refused) == (4, [])
    again = imports(ledger, row("ours", "x", home), row("4", "smell", home), batch="once more")
    assert again.known == 2


# -- (iii) the topic was lost ------------------------------------------------------------------------


def test_a_lost_topic_is_published_anew(cluster: Cluster, ledger: Ledger, tmp_path: Path) -> None:
    rows_of(ledger, 100)
    publish_all(cluster)
    made_anew(cluster, "events")
    recovered(cluster, Case.NOTHING_PUBLISHED, tmp_path)
    assert {event.epoch for event in published(cluster)} == {2}


@pytest.mark.parametrize("lost", [progress_is_lost, progress_is_garbage])
def test_lost_progress_is_said_anew(lost: object, in_folder: Cluster, tmp_path: Path) -> None:
    publish_all(in_folder)
    lost(in_folder)  # type: ignore[operator]
    with open_ledger(in_folder.where) as ledger:
        rows_of(ledger, 50)
    recovered(in_folder, Case.AGREED, tmp_path)
