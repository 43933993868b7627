"""Importing again: nothing twice, a revised row is one correction, a later status is one fact more (D4)."""

from __future__ import annotations

from pathlib import Path

import pytest

from projections.targets import listed
from rentalwatch.domain import events as ev
from rentalwatch.domain.facts import Fact, standing
from rentalwatch.importers import run
from rentalwatch.importers.run import Tally
from rentalwatch.ledger.audit import audit
from rentalwatch.ledger.folder import open_ledger
from rentalwatch.ledger.intake import Counts
from tests.integration.importing import (
    CsvRow,
    all_rows,
    as_of,
    figures,
    imports,
    models,
    takes,
    whole_homes,
    write_csv,
)
from tests.integration.ledger.together import together


@pytest.fixture(scope="module")
def few(city_rows: list[CsvRow]) -> list[CsvRow]:
    return whole_homes(city_rows, 200)


@pytest.fixture
def claimed(city_rows: list[CsvRow]) -> CsvRow:
    """A violation whose owner says since 2017-07-10 that it is put right; its home has no other."""
    return {
        **next(r for r in city_rows if r["novissueddate"] and not r["newcorrectbydate"]),
        "inspectiondate": "2017-05-02T00:00:00.000",
        "novissueddate": "2017-05-05T00:00:00.000",
        "originalcorrectbydate": "2017-06-01T00:00:00.000",
        "certifieddate": "2017-07-10T00:00:00.000",
        "currentstatus": "NOV CERTIFIED LATE",
        "currentstatusdate": "2017-07-10T00:00:00.000",
    }


def facts_of(folder: Path, row: CsvRow) -> list[Fact]:
    with open_ledger(folder) as ledger:
        return ledger.facts(ledger.stream_of(f"nyc_hpd:{row['buildingid']}/{row['apartment']}"))


def stand(folder: Path, row: CsvRow, kind: type) -> list[ev.Event]:
    return [f.event for f in standing(facts_of(folder, row)) if isinstance(f.event, kind)]


def omitted_on(folder: Path, day: str) -> tuple[int | None, int | None]:
    with models(folder) as (_, engine):
        shown = figures(engine, as_of(day))
    return shown["b2"], shown["b3"]


def test_the_same_file_again_adds_nothing(few: list[CsvRow], folder: Path, tmp_path: Path) -> None:
    file = write_csv(tmp_path / "few.csv", few)
    first = imports(folder, file)
    with models(folder) as (_, engine):
        before = all_rows(engine)

    again = imports(folder, file)

    assert again.tally.counts == Counts(known=first.tally.records)
    assert (again.batch.events_added, again.batch.already_known) == (0, first.tally.records)
    with models(folder) as (_, engine):
        assert all_rows(engine) == before


def _imports_in_a_process(folder: Path, file: Path) -> int:
    return imports(folder, file).tally.counts.added


def test_two_processes_that_import_one_file_at_once_add_each_fact_once(
    few: list[CsvRow], folder: Path, tmp_path: Path
) -> None:
    file = write_csv(tmp_path / "few.csv", few)
    alone = imports(tmp_path / "alone", file)

    added = together(_imports_in_a_process, [(folder, file), (folder, file)])

    assert sum(added) == alone.tally.counts.added
    with open_ledger(folder) as ledger:
        assert ledger.recorder.max_notification_id() == alone.tally.counts.added
        assert list(audit(ledger)) == []


def test_a_revised_date_is_one_correction_and_the_judgement_follows(
    claimed: CsvRow, folder: Path, tmp_path: Path
) -> None:
    imports(folder, write_csv(tmp_path / "a.csv", [claimed]))
    assert omitted_on(folder, "2017-07-15") == (0, 1)

    revised = {**claimed, "certifieddate": "2017-08-20T00:00:00.000"}
    went = imports(folder, write_csv(tmp_path / "b.csv", [revised]))

    assert went.tally.counts == Counts(known=4, corrected=1)
    assert omitted_on(folder, "2017-07-15") == (1, None)
    assert omitted_on(folder, "2017-08-21") == (0, 1)
    claims = [f.event for f in facts_of(folder, claimed) if isinstance(f.event, ev.RectificationClaimed)]
    assert len(claims) == 2
    assert stand(folder, claimed, ev.RectificationClaimed) == claims[1:]


def test_a_date_revised_back_corrects_again(claimed: CsvRow, folder: Path, tmp_path: Path) -> None:
    revised = {**claimed, "certifieddate": "2017-08-20T00:00:00.000"}
    files = [write_csv(tmp_path / f"{n}.csv", [r]) for n, r in enumerate([claimed, revised, claimed])]

    went = imports(folder, *files)

    assert went.tally.counts == Counts(known=4, corrected=1)
    assert omitted_on(folder, "2017-07-15") == (0, 1)


def test_a_later_status_is_one_fact_more(claimed: CsvRow, folder: Path, tmp_path: Path) -> None:
    imports(folder, write_csv(tmp_path / "a.csv", [claimed]))
    before = facts_of(folder, claimed)

    later = {**claimed, "currentstatus": "NOT COMPLIED WITH", "currentstatusdate": "2017-09-01T00:00:00.000"}
    went = imports(folder, write_csv(tmp_path / "b.csv", [later]))

    assert went.tally.counts == Counts(added=1, known=5)
    after = facts_of(folder, claimed)
    assert [f.event for f in after[: len(before)]] == [f.event for f in before]
    assert len(stand(folder, claimed, ev.RectificationRejected)) == 1
    assert (omitted_on(folder, "2017-08-31"), omitted_on(folder, "2017-09-01")) == ((0, 1), (1, 0))


def test_a_second_failed_visit_leaves_the_first(claimed: CsvRow, folder: Path, tmp_path: Path) -> None:
    statuses = ["FIRST NO ACCESS TO RE- INSPECT VIOLATION", "SECOND NO ACCESS TO RE-INSPECT VIOLATION"]
    for n, status in enumerate(statuses):
        row = {**claimed, "currentstatus": status, "currentstatusdate": f"2018-0{n + 1}-03T00:00:00.000"}
        imports(folder, write_csv(tmp_path / f"{n}.csv", [row]))

    assert [visit.nth for visit in stand(folder, claimed, ev.VisitAttempted)] == [1, 2]


@pytest.fixture
def extended(claimed: CsvRow) -> CsvRow:
    """A violation with an extension of which only the last status' date is known."""
    return {
        **claimed,
        "certifieddate": "",
        "newcorrectbydate": "2017-12-01T00:00:00.000",
        "currentstatus": "VIOLATION WILL BE REINSPECTED",
        "currentstatusdate": "2017-08-01T00:00:00.000",
    }


def test_an_extension_without_a_date_is_known_by_when_it_was_first_seen(
    extended: CsvRow, folder: Path, tmp_path: Path
) -> None:
    imports(folder, write_csv(tmp_path / "a.csv", [extended]))
    first = stand(folder, extended, ev.DeadlineExtended)

    later = {
        **extended,
        "currentstatus": "DEFECT LETTER ISSUED",
        "currentstatusdate": "2018-02-01T00:00:00.000",
    }
    went = imports(folder, write_csv(tmp_path / "b.csv", [later]))

    assert went.tally.counts == Counts(added=1, known=5)
    assert [e.precision for e in first] == ["first_seen"]
    assert stand(folder, extended, ev.DeadlineExtended) == first


def test_a_dated_grant_replaces_what_was_only_first_seen_and_is_not_replaced_by_it(
    extended: CsvRow, folder: Path, tmp_path: Path
) -> None:
    granted = {
        **extended,
        "currentstatus": "CERTIFICATION POSTPONMENT GRANTED",
        "currentstatusdate": "2017-06-20T00:00:00.000",
    }
    files = [write_csv(tmp_path / f"{n}.csv", [r]) for n, r in enumerate([extended, granted, extended])]

    imports(folder, *files)

    assert [(e.precision, e.happened_at.day) for e in stand(folder, extended, ev.DeadlineExtended)] == [
        ("day", 20)
    ]


def test_an_interrupted_import_keeps_what_was_committed_and_the_next_adds_the_rest(
    few: list[CsvRow], folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write_csv(tmp_path / "few.csv", few)
    alone = imports(tmp_path / "alone", file)
    monkeypatch.setattr(run, "CHUNK", 100)

    def interrupt(tally: Tally) -> None:
        if tally.rows > 60:
            raise KeyboardInterrupt

    with open_ledger(folder, create=True) as ledger:
        cut = takes(ledger, file, on_progress=interrupt)
        rest = takes(ledger, file)

    assert (cut.batch.state, cut.batch.reason, rest.batch.state) == ("stopped", "interrupted", "done")
    assert 0 < cut.tally.counts.added < alone.tally.counts.added
    assert cut.tally.counts.added + rest.tally.counts.added == alone.tally.counts.added


def test_a_home_found_again_after_its_claim_is_listed_as_a_refuted_claim(
    claimed: CsvRow, folder: Path, tmp_path: Path
) -> None:
    again = {
        **claimed,
        "violationid": claimed["violationid"] + "9",
        "certifieddate": "",
        "inspectiondate": "2017-10-02T00:00:00.000",
        "currentstatus": "NOV SENT OUT",
    }
    imports(folder, write_csv(tmp_path / "a.csv", [claimed, again]))

    with models(folder) as (_, engine), engine.connect() as connection:
        before, after = (
            len(listed(connection, "claims_refuted", as_of(d))) for d in ("2017-10-01", "2017-10-02")
        )
    assert (before, after) == (0, 1)
