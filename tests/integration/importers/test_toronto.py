"""Toronto, snapshot by snapshot: the ledger and its read models say what the files say, counted twice by
different code."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from projections import follow
from projections.targets import listed
from rentalwatch.domain import events as ev
from rentalwatch.domain.instants import upper_bound
from rentalwatch.domain.judge import judge
from rentalwatch.domain.judgement import Round
from rentalwatch.errors import InvalidInputError
from rentalwatch.importers.run import Tally
from rentalwatch.ledger import batches
from rentalwatch.ledger.application import Ledger
from rentalwatch.ledger.audit import audit
from rentalwatch.ledger.folder import open_ledger
from rentalwatch.ledger.intake import Counts
from rentalwatch.ledger.reading import as_fact
from tests.integration.importers.recount_toronto import Recount, keys_removed
from tests.integration.importing import CsvRow, as_of, board, closing_engine, figures, read_csv, write_csv
from tests.integration.toronto import (
    BAD,
    FIRST,
    IN_ORDER,
    LAST,
    LAST_DAY,
    LOG,
    REGISTRATIONS,
    ZONE,
    takes,
    takes_all,
)

BASELINE = "2025-07-06"
EXPECTED = {
    "open at the baseline": 309,
    "implied": 183,
    "original": 686,
    "relapses": 264,
    "buildings relapsed": 218,
    "further falls": 666,
    "partial rises": 619,
    "verified": 1_021,
    "buildings verified": 878,
    "open at the end": 421,
    "unjudged": 215,
    "retractions": 60,
}


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """The ledger with the three files in it; only to be read."""
    with open_ledger(tmp_path_factory.mktemp("toronto"), create=True) as ledger:
        assert [went.rejected for went in takes_all(ledger)] == [[], [], []]
        yield ledger


@pytest.fixture(scope="module")
def city_models(city: Ledger, tmp_path_factory: pytest.TempPathFactory) -> Iterator[sa.Engine]:
    with closing_engine(follow.open_read_models(tmp_path_factory.mktemp("models"))) as engine:
        follow.catch_up(city, engine)
        yield engine


@pytest.fixture
def ledger(folder: Path) -> Iterator[Ledger]:
    with open_ledger(folder, create=True) as opened:
        yield opened


def events(ledger: Ledger) -> list[ev.Event]:
    return [as_fact(row).event for row in ledger.recorder.read_recorded(0, 1_000_000)]


def size(ledger: Ledger) -> int:
    return ledger.recorder.max_notification_id() or 0


@pytest.fixture(scope="module")
def counted() -> Counter[str]:
    return Recount(read_csv(FIRST), read_csv(LOG)).found


@pytest.fixture(scope="module")
def told(city: Ledger) -> dict[str, int]:
    """The same figures from the events and what they are judged to be."""
    files: dict[str, list[ev.Event]] = defaultdict(list)
    facts = defaultdict(list)
    for row in city.recorder.read_recorded(0, 1_000_000):
        fact = as_fact(row)
        facts[row.stream_id].append(fact)
        files[row.stream_id].append(fact.event)
    last = {
        stream: {span.row.number: span.row for span in judge(said).of(Round)}
        for stream, said in facts.items()
    }
    rounds = [(stream, r) for stream, of_file in last.items() for r in of_file.values()]
    baseline = upper_bound(BASELINE, ZONE)
    openings = Counter(r.opening if r.opened_at >= baseline else "baseline" for _, r in rounds)
    said = [event for of_file in files.values() for event in of_file]
    verified = [(s, e) for s, of_file in files.items() for e in of_file
                if isinstance(e, ev.RectificationVerified)]  # fmt: skip
    notes = Counter(event.code for event in said if isinstance(event, ev.NoteRecorded))
    confirmed = sum(isinstance(event, ev.ViolationConfirmed) for event in said)
    return {
        "open at the baseline": openings["baseline"],
        "implied": openings["implied"],
        "original": openings["original"],
        "relapses": openings["relapse"],
        "buildings relapsed": len({stream for stream, r in rounds if r.opening == "relapse"}),
        "further falls": confirmed - len(rounds),
        "partial rises": notes["partial_rise"],
        "verified": len(verified),
        "buildings verified": len({stream for stream, _ in verified}),
        "open at the end": sum(r.closing == "" for _, r in rounds),
        "unjudged": notes["unjudged"],
        "retractions": sum(isinstance(event, ev.RecordRetracted) for event in said),
    }


@pytest.mark.parametrize("name", EXPECTED)
def test_the_ledger_says_what_the_files_say(name: str, counted: Counter[str], told: dict[str, int]) -> None:
    assert (counted[name], told[name]) == (EXPECTED[name], EXPECTED[name])


def test_an_evaluation_that_was_taken_back_twice_is_two_retractions(city: Ledger) -> None:
    retractions = [e for e in events(city) if isinstance(e, ev.RecordRetracted)]
    keys = {e.source.key for e in retractions if e.source}
    rows = {e.source.row for e in retractions if e.source}

    assert (len(retractions), len(keys), len(rows)) == (60, 60, 50)
    assert keys_removed(read_csv(LOG)) == 50
    assert len({e.target for e in retractions}) == 60


def test_the_read_models_show_the_same(city_models: sa.Engine) -> None:
    whole = as_of(LAST_DAY, BASELINE, zone=ZONE, area="toronto/")
    shown = figures(city_models, whole)

    assert {n: shown[n] for n in ("relapses", "relapse_incidents", "verified", "open")} == {
        "relapses": 218,
        "relapse_incidents": 264,
        "verified": 878,
        "open": 421,
    }
    assert board(city_models, whole).proxy
    assert figures(city_models, as_of(BASELINE, zone=ZONE))["open"] == 309
    assert shown["revisits_due"] == 0
    with city_models.connect() as connection:
        assert len(listed(connection, "relapse_incidents", whole)) == 264
        assert len(listed(connection, "relapses", whole)) == 218


def test_no_clock_runs_in_a_city_that_is_imported_as_history(city_models: sa.Engine) -> None:
    shown = figures(city_models, as_of(LAST_DAY, zone=ZONE))

    assert [shown[name] for name in ("omitted", "a", "b1", "b2", "b3", "claims_refuted")] == [None] * 6


def test_what_changed_is_dated_by_when_it_was_first_seen(city: Ledger) -> None:
    judged = [e for e in events(city) if isinstance(e, ev.ViolationConfirmed | ev.RectificationVerified)]

    assert {e.precision for e in judged} == {"first_seen"}
    assert all(e.happened_at == e.source_recorded_at for e in judged)


def test_each_file_again_adds_nothing_and_nor_does_the_last_snapshot(city: Ledger) -> None:
    before = size(city)

    again = [takes(city, file, mapping) for file, mapping in IN_ORDER]
    last = takes(city, LAST, "toronto_evaluations", snapshot_at=LAST_DAY)

    assert size(city) == before
    assert [went.batch.events_added for went in (*again, last)] == [0, 0, 0, 0]
    assert [went.rejected for went in (*again, last)] == [[], [], [], []]
    assert again[2].tally.counts.known > 6_000
    assert list(audit(city)) == []


def test_the_broken_snapshot_is_refused_with_its_numbers(city: Ledger) -> None:
    before, imports = size(city), len(batches.all_batches(city))

    with pytest.raises(InvalidInputError) as refused:
        takes(city, BAD, "toronto_evaluations")

    known = int(str(refused.value.facts["known"]).replace(",", ""))
    assert refused.value.code == "RW-SNAPSHOT-MISSING"
    assert (refused.value.facts["present"], refused.value.facts["missing"]) == ("0", f"{known:,}")
    assert known > 5_000
    assert (size(city), len(batches.all_batches(city))) == (before, imports)


def test_a_building_is_registered_by_one_source_only(city: Ledger) -> None:
    registered = Counter(
        as_fact(row).event.source.key  # type: ignore[union-attr]
        for row in city.recorder.read_recorded(0, 1_000_000)
        if row.type_name == "rentalwatch.DwellingRegistered.v1"
    )

    assert len(registered) == 3_611 + 10
    assert set(registered.values()) == {1}


def later(rows: list[CsvRow], **changed: dict[str, str]) -> list[CsvRow]:
    return [{**row, **changed.get(f"{row['RSN']}/{row['EVALUATION COMPLETED ON']}", {})} for row in rows]


def test_a_later_snapshot_tells_what_the_log_does_not_hold_yet(ledger: Ledger, tmp_path: Path) -> None:
    # given the first snapshot of some buildings
    rows = sorted(read_csv(FIRST), key=lambda row: row["RSN"])[:400]
    takes(ledger, write_csv(tmp_path / "a-2025-07-06.csv", rows), "toronto_evaluations")
    fine = next(r for r in rows if r["CURRENT REACTIVE SCORE"] == "0")
    bad = next(r for r in rows if int(r["CURRENT REACTIVE SCORE"]) < 0)
    key = {id(r): f"{r['RSN']}/{r['EVALUATION COMPLETED ON']}" for r in (fine, bad)}

    # when the next one shows one building worse, one put right, and lacks another
    changed = later(rows[:-1], **{key[id(fine)]: {"CURRENT REACTIVE SCORE": "-2"},
                                  key[id(bad)]: {"CURRENT REACTIVE SCORE": "0"}})  # fmt: skip
    before = size(ledger)
    file = write_csv(tmp_path / "b-2025-08-06.csv", changed)
    went = takes(ledger, file, "toronto_evaluations")

    # then those three things are stated, and once
    assert went.rejected == []
    said = Counter(type(e) for e in events(ledger)[before:])
    assert said == Counter([ev.ViolationConfirmed, ev.RectificationVerified, ev.RecordRetracted])
    assert takes(ledger, file, "toronto_evaluations").batch.events_added == 0


def test_a_dry_run_says_what_would_be_and_stores_nothing(ledger: Ledger) -> None:
    takes(ledger, REGISTRATIONS, "toronto_registrations")
    before = size(ledger)
    with ledger.trial():
        went = takes(ledger, FIRST, "toronto_evaluations")

    assert went.tally.counts.added == 10 + 3_697 + 309
    assert size(ledger) == before


def test_changes_without_the_snapshot_before_them_are_refused(ledger: Ledger) -> None:
    takes(ledger, REGISTRATIONS, "toronto_registrations")

    with pytest.raises(InvalidInputError) as refused:
        takes(ledger, LOG, "toronto_changes")

    assert refused.value.code == "RW-SNAPSHOT-BEFORE"


def test_an_interrupted_import_goes_on_where_it_stopped(city: Ledger, ledger: Ledger) -> None:
    def interrupt(tally: Tally) -> None:
        if tally.rows > 1_000:
            raise KeyboardInterrupt

    for file, mapping in IN_ORDER:
        cut = takes(ledger, file, mapping, on_progress=interrupt)
        rest = takes(ledger, file, mapping)
        assert (cut.batch.state, rest.batch.state, rest.rejected) == ("stopped", "done", [])
        assert cut.tally.counts.added > 0
        assert rest.tally.counts.added > 0

    assert size(ledger) == size(city)


def test_undoing_the_log_brings_back_what_it_had_taken_back(ledger: Ledger) -> None:
    takes(ledger, REGISTRATIONS, "toronto_registrations")
    takes(ledger, FIRST, "toronto_evaluations")
    log = takes(ledger, LOG, "toronto_changes")

    for _ in batches.retract(ledger, log.batch, reason="wrong file", at=upper_bound("2026-11-01", ZONE)):
        pass

    assert takes(ledger, FIRST, "toronto_evaluations").tally.counts == Counts(known=7_703)
    assert list(audit(ledger)) == []
    again = takes(ledger, LOG, "toronto_changes")
    assert (again.rejected, again.tally.counts.added) == ([], log.tally.counts.added)
    assert takes(ledger, LAST, "toronto_evaluations", snapshot_at=LAST_DAY).batch.events_added == 0
