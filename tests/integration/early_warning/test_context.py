"""What warning rules need to know of homes comes from the read models, as the ledger has it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from rentalwatch.domain.instants import SECOND, day_last, micros
from rentalwatch.early_warning.context import contexts
from tests.integration.projections.estates import Office, an_office
from tests.integration.stories.telling import BOOK

HOME, NEIGHBOUR = "12号302室", "12号303室"


def context_of(office: Office, home: str = HOME) -> dict[str, Any]:
    """What the context of estate e-7 says of a home."""
    with office.asked() as connection:
        (found,) = contexts(connection)
    stream = office.ledger.stream_of(home)
    return next(h for h in found.records[0]["dwellings"] if h["dwelling"] == stream)


def seconds(day: str) -> int:
    return micros(day_last(date.fromisoformat(day), "Asia/Shanghai")) // SECOND


@pytest.fixture
def office(tmp_path: Path):  # type: ignore[no-untyped-def]
    with an_office(tmp_path / "data") as opened:
        opened.estate()
        opened.told(
            "registration", "2020-01-01", dwelling=HOME, label=HOME, area="sh/pudong/weifang/e7/b12/",
            designed_rooms=2, usable_m2=61.5, registered_residents=3, keys=[HOME, "house-302"],
        )  # fmt: skip
        opened.home(NEIGHBOUR)
        opened.home("elsewhere", "sh/pudong/weifang/e8/")
        yield opened


def put_right(office: Office) -> None:
    """Found in March, notice, verified in April: under watch since."""
    office.told(
        "inspection", "2026-03-02", dwelling=HOME, inspection_id="I-1", access="full", purpose="first"
    )
    found = [{"ground": "partition", "key": "p1"}]
    confirmed = {"dwelling": HOME, "inspection_id": "I-1", "findings": found, "rulebook": BOOK}
    office.told("confirmation", "2026-03-02", **confirmed)
    again = {"dwelling": HOME, "inspection_id": "I-2", "access": "full", "purpose": "re_inspection"}
    office.told("inspection", "2026-04-01", **again)
    seen = {"basis": "re_inspection", "inspection_id": "I-2"}
    office.told("verification", "2026-04-01", dwelling=HOME, findings=found, **seen)


def test_a_context_names_the_estate_and_its_homes_with_what_was_registered(office: Office) -> None:
    with office.asked() as connection:
        (found,) = contexts(connection)
    (record,) = found.records
    assert (found.estate, record["estate"], record["zone"]) == ("estate:e-7", "estate:e-7", "Asia/Shanghai")
    assert (record["v"], record["kind"], record["path"]) == (1, "context", "sh/pudong/weifang/e7/")
    assert len(record["dwellings"]) == 2
    home = context_of(office)
    assert (home["rooms"], home["persons"], home["area"]) == (2, 3, 61.5)
    assert home["keys"] == sorted([HOME, "house-302"])
    assert context_of(office, NEIGHBOUR) | {"dwelling": "", "keys": []} == {
        "dwelling": "", "keys": [], "rooms": None, "persons": None, "area": None, "watch_since": None,
        "released_at": None, "confirmed_at": None, "rectified_at": None, "exempt": [], "complaints": [],
        "withheld": False,
    }  # fmt: skip


def test_a_home_that_was_put_right_is_under_watch_until_it_is_released(office: Office) -> None:
    put_right(office)
    watched = context_of(office)
    assert seconds("2026-03-01") < watched["confirmed_at"] <= seconds("2026-03-02")
    assert watched["rectified_at"] == seconds("2026-04-01")
    assert (watched["watch_since"], watched["released_at"]) == (seconds("2026-04-01"), None)
    office.told("release", "2026-11-02", dwelling=HOME, reason="plan")
    released = context_of(office)
    assert (released["watch_since"], released["released_at"]) == (None, seconds("2026-11-02"))


def test_exemptions_and_complaints_come_with_their_instants(office: Office) -> None:
    granted = office.told(
        "exemption",
        "2026-05-01",
        dwelling=HOME,
        cause="family",
        basis="hukou",
        until="2026-12-31T00:00:00+08:00",
    )
    office.told("lead", "2026-05-03", dwelling=HOME, ticket="T-1", channel="12345")
    office.told("lead", "2026-05-04", dwelling=HOME, ticket="T-2", channel="patrol")
    home = context_of(office)
    assert [e["kind"] for e in home["exempt"]] == ["family"]
    assert home["exempt"][0]["until"] > home["exempt"][0]["from"]
    assert home["complaints"] == [seconds("2026-05-03")]
    office.told("exemption_end", "2026-06-01", dwelling=HOME, exemption=str(granted), reason="moved")
    assert context_of(office)["exempt"][0]["until"] == seconds("2026-06-01")


def test_what_is_corrected_or_gone_is_no_longer_said(office: Office) -> None:
    office.told("particulars", "2026-02-01", dwelling=HOME, designed_rooms=3)
    assert context_of(office)["rooms"] == 3
    assert context_of(office)["persons"] == 3
    office.told("deregistration", "2026-02-03", dwelling=NEIGHBOUR, reason="demolished")
    with office.asked() as connection:
        (found,) = contexts(connection)
    assert [h["dwelling"] for h in found.records[0]["dwellings"]] == [office.ledger.stream_of(HOME)]


def test_every_record_that_changes_anything_gives_a_greater_position(office: Office) -> None:
    positions = []
    for n in range(3):
        with office.asked() as connection:
            positions += [context.records[0]["position"] for context in contexts(connection)]
        office.told("lead", "2026-05-03", dwelling=HOME, ticket=f"T-{n}", channel="12345")
    assert positions == sorted(set(positions))
