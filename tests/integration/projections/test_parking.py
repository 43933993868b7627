"""What cannot be folded parks its file, the others flow; once it can be, a replay brings it back (D7)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
import sqlalchemy as sa

from projections import follow, parking
from projections.database import open_sqlite, writing
from projections.files import PARKED
from projections.projector import Projector
from rentalwatch.domain import events as ev
from rentalwatch.domain.instants import instant
from rentalwatch.ledger.codec import encode
from rentalwatch.ledger.store import Recorded
from tests.integration.importing import all_rows, as_of, closing_engine, figures
from tests.integration.projections.cluster import applied
from tests.unit.ledger.words import an_id


def after(rows: Sequence[Recorded], event: ev.Event) -> Recorded:
    """The next event of the last row's file."""
    last = max((row for row in rows if row.stream_id == rows[-1].stream_id), key=lambda row: row.version)
    type_name, state = encode(event)
    return Recorded(
        rows[-1].position + 1, last.stream_id, last.version + 1, type_name, state, rows[-1].recorded_at + 1
    )


def seen(nth: int) -> ev.Event:
    return ev.PatrolRecorded(record_id=an_id(f"patrol {nth}"), happened_at=instant(10**15), seen="nothing")


def unstorable() -> ev.Event:
    """A watch that ends after more microseconds than a database's largest integer."""
    return ev.RectificationVerified(
        record_id=an_id("unstorable"),
        happened_at=instant(2 * 10**15),
        findings=(ev.Finding(ground="partition", key="1"),),
        basis="on_site",
        watch=ev.WatchTerms(first_revisit_days=10**12),
    )


def confirmed() -> ev.Event:
    return ev.ViolationConfirmed(
        record_id=an_id("confirmed"),
        happened_at=instant(2 * 10**15 - 1),
        findings=(ev.Finding(ground="partition", key="1"),),
        basis="source",
    )


def poisoned(rows: list[Recorded]) -> list[Recorded]:
    """The events, and behind them another file: its third event cannot be stored."""
    last = rows[-1]
    registered = ev.DwellingRegistered(record_id=an_id("it"), happened_at=instant(10**15), label="It")
    first = Recorded(last.position + 1, "dwelling-another", 1, *encode(registered), last.recorded_at + 1)
    found = [*rows, first]
    for event in (confirmed(), unstorable(), seen(1), seen(2)):
        found.append(after(found, event))
    return found


def parked_versions(engine: sa.Engine) -> list[tuple[str, int]]:
    c = PARKED.c
    with engine.connect() as connection:
        query = sa.select(c.stream_id, c.version).order_by(c.stream_id, c.version)
        return [(row[0], row[1]) for row in connection.execute(query)]


def test_an_event_that_gives_a_row_no_database_holds_parks_its_file_and_the_others_flow(
    either: sa.Engine, events: list[Recorded]
) -> None:
    rows = poisoned(events)

    found = applied(either, rows)

    stream, version = rows[-1].stream_id, rows[-1].version
    assert parked_versions(either) == [(stream, version - 2), (stream, version - 1), (stream, version)]
    assert found["facts"].total() == len(rows) - 3  # type: ignore[attr-defined]
    assert figures(either, as_of("2026-03-24"))["known"] == len({row.stream_id for row in rows})


def test_which_events_are_parked_does_not_depend_on_where_a_batch_ended(
    either: sa.Engine, events: list[Recorded], tmp_path: Path
) -> None:
    rows = poisoned(events)
    one_commit = [row._replace(recorded_at=rows[-1].recorded_at) for row in rows[-4:]]
    with closing_engine(open_sqlite(tmp_path / "whole.db")) as whole:
        follow.create(whole)
        expected = applied(whole, [*rows[:-4], *one_commit])
        in_parts = applied(either, rows[:-4], *([row] for row in one_commit))

    assert without_reasons(in_parts) == without_reasons(expected)


def without_reasons(found: dict[str, object]) -> dict[str, object]:
    """The databases have words of their own for a number that is too large."""
    rows = found["parked"]
    return {**found, "parked": sorted(row[:-1] for row in rows)}  # type: ignore[attr-defined]


def test_a_fold_that_raises_parks_its_file(
    either: sa.Engine, events: list[Recorded], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [*events, after(events, seen(1))]
    breaks_at(monkeypatch, rows[-1])

    applied(either, rows)

    with either.connect() as connection:
        assert parking.parked_streams(connection) == [rows[-1].stream_id]
        reason = connection.execute(sa.select(PARKED.c.reason)).scalar_one()
    assert "this release has an error" in reason


def breaks_at(monkeypatch: pytest.MonkeyPatch, row: Recorded) -> None:
    """A release whose judgement fails at one event."""
    from rentalwatch.domain.judge import Running

    add = Running.add

    def failing(self: Running, facts: object) -> object:
        taken = list(facts)  # type: ignore[call-overload]
        if any(fact.position == row.position for fact in taken):
            raise KeyError("this release has an error")
        return add(self, taken)

    monkeypatch.setattr(Running, "add", failing)


def test_once_the_release_is_mended_a_replay_folds_what_was_parked(
    either: sa.Engine, events: list[Recorded], tmp_path: Path
) -> None:
    rows = poisoned(events)
    sound = json.loads(rows[-3].state)
    sound["watch"]["first_revisit_days"] = 3
    mended = rows[-3]._replace(state=json.dumps(sound).encode())
    with closing_engine(open_sqlite(tmp_path / "never-parked.db")) as never:
        follow.create(never)
        expected = applied(never, [*rows[:-3], mended, *rows[-2:]])
    applied(either, rows)
    with writing(either).begin() as connection:
        connection.execute(
            PARKED.update().where(PARKED.c.version == mended.version).values(state=mended.state)
        )

    replayed = replay_all(either)

    assert [(r.folded, r.still) for r in replayed] == [(3, 0)]
    assert all_rows(either) == expected


def replay_all(engine: sa.Engine) -> list[parking.Replayed]:
    with engine.connect() as connection:
        streams = parking.parked_streams(connection)
    return [parking.replay(engine, stream) for stream in streams]


def test_a_replay_of_what_still_cannot_be_folded_leaves_it_parked(
    either: sa.Engine, events: list[Recorded]
) -> None:
    before = applied(either, poisoned(events))

    replayed = replay_all(either)

    assert [(r.folded, r.still, bool(r.reason)) for r in replayed] == [(0, 3, True)]
    assert all_rows(either) == before


def test_what_comes_after_a_replay_is_folded_by_a_projector_that_knew_the_file_as_parked(
    either: sa.Engine, events: list[Recorded], tmp_path: Path
) -> None:
    rows = [*events, after(events, seen(1))]
    damaged = rows[-1]._replace(state=b"{not json")
    projector = Projector()
    with writing(either).begin() as connection:
        projector.apply([*rows[:-1], damaged], connection)
    with writing(either).begin() as connection:
        connection.execute(PARKED.update().values(state=rows[-1].state))
    assert [r.still for r in replay_all(either)] == [0]

    more = after(rows, seen(2))
    with writing(either).begin() as connection:
        projector.apply([more], connection)

    assert parked_versions(either) == []
    with closing_engine(open_sqlite(tmp_path / "whole.db")) as whole:
        follow.create(whole)
        assert all_rows(either) == applied(whole, [*rows, more])
