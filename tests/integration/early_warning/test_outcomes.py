"""What inspections found in homes, as a back-test asks for it."""

from __future__ import annotations

import sqlalchemy as sa

from projections.names import NAMES
from rentalwatch.domain.instants import FOREVER
from rentalwatch.early_warning.outcomes import on_record
from tests.integration.projections.estates import AREA, Office, by


def test_rounds_and_inspections_that_got_in_are_told_of_every_home_asked_for(office: Office) -> None:
    # given a home that was confirmed and put right, one where nothing was found, one nobody got into
    for home in "abc":
        office.home(home)
    office.told("inspection", "2026-02-03T10:00", dwelling="a", inspection_id="i1", access="full")
    office.told(
        "confirmation", "2026-02-03T10:30", dwelling="a", inspection_id="i1", findings=["partition/1"]
    )
    office.told("inspection", "2026-02-20T10:00", dwelling="a", inspection_id="i2", access="full")
    office.told("verification", "2026-02-20T10:30", dwelling="a", findings=["partition/1"], basis="on_site")
    office.told("inspection", "2026-02-04T10:00", dwelling="b", inspection_id="i3", access="full")
    office.told("inspection", "2026-02-05T10:00", dwelling="c", inspection_id="i4", access="partial")
    office.told("visit", "2026-02-06T10:00", dwelling="c")

    with office.asked() as connection:
        named = dict(connection.execute(sa.select(NAMES.c.name, NAMES.c.stream_id)).all())
        homes = {stream: name for name, stream in named.items() if name in "abc"}
        told = on_record(connection, homes, AREA, FOREVER)
        then = on_record(connection, homes, AREA, by("2026-02-10").asked)
        elsewhere = on_record(connection, homes, "sh/minhang/", FOREVER)

    seen = {homes[stream]: found for stream, found in told.items()}
    assert set(seen) == {"a", "b", "c"}
    ((opened, closed),) = seen["a"].rounds
    assert opened < closed < FOREVER
    assert [len(seen[home].looked) for home in "abc"] == [2, 1, 0]
    assert [len(found.looked) for _, found in sorted((homes[s], f) for s, f in then.items())] == [1, 1, 0]
    assert not any(found.rounds for found in elsewhere.values())
