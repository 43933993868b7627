"""`rentalwatch record` of what is no home: estates, sublandlords, actions, cases, programmes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from rentalwatch.cli.main import app
from rentalwatch.domain.events import fields_of
from rentalwatch.domain.streams import kind_of
from rentalwatch.importers.record import KINDS, STRUCTURED, subjects
from rentalwatch.ledger.folder import open_ledger
from tests.e2e.terminal import DOCS, Terminal

EXAMPLES = [json.loads(line) for line in (DOCS / "record.examples.ndjson").read_text("utf-8").splitlines()]
OTHERS = [e for e in EXAMPLES if "dwelling" not in subjects(KINDS[e["kind"]])]
COMPLAINT = ("--channel", "12345", "ticket=T-1")


def said(record: dict[str, Any]) -> list[str]:
    """A record of the documentation as it is typed."""
    about = next(record[of] for of in subjects(KINDS[record["kind"]]) if of in record)
    typed = ["record", record["kind"], about]
    for name in fields_of(KINDS[record["kind"]]) & record.keys():
        value = record[name]
        if name in STRUCTURED:
            value = json.dumps(value)
        typed.append(f"{name}={';'.join(value) if isinstance(value, list) else value}")
    return typed + (["--on", record["on"]] if "on" in record else [])


def test_every_kind_that_is_about_no_home_can_be_recorded(tmp_path: Path) -> None:
    place = ["--data", str(tmp_path / "data")]
    home = next(e for e in EXAMPLES if e["kind"] == "registration")
    for record in (home, *OTHERS):
        opens_again = KINDS[record["kind"]].OPENS and record["kind"] == "no_case"
        asked = said(record | ({"case": "another"} if opens_again else {}))
        done = CliRunner().invoke(app, [*asked, *place])
        assert done.exit_code == 0, (asked, done.output, done.exception)
    with open_ledger(tmp_path / "data") as ledger:
        stored = ledger.recorder.read_recorded(0, 1_000)
    assert {kind_of(row.stream_id) for row in stored} >= {
        "estate", "sublandlord", "action", "case", "programme",
    }  # fmt: skip
    assert len({e["kind"] for e in OTHERS}) == len({row.type_name for row in stored}) - 2, "a home, a lead"


@pytest.fixture
def district(empty: Terminal) -> Terminal:
    empty.asked("record", "estate", "Jinqiao Estate", "area=sh/pudong/e7/", "--rulebook", "pudong")
    empty.asked("record", "registration", "12号302室", "area=sh/pudong/e7/12/", "--rulebook", "pudong")
    return empty


def test_a_located_lead_needs_no_more_than_its_ticket_and_the_home(district: Terminal) -> None:
    district.asked("record", "lead", "Jinqiao Estate", *COMPLAINT, "--at", "2026-03-02T09:00", "building=12")
    location = ("record", "location", "Jinqiao Estate", "ticket=T-1", "dwelling=12号302室")
    district.asked(*location, "--at", "2026-03-05T09:00")
    (lead,) = [
        f
        for f in district.asked("file", "12号302室", "--format", "json").json["facts"]
        if f["kind"] == "lead"
    ]
    assert lead["happened_at"] == "2026-03-02T01:00:00Z", "as of its report, by Pudong's 24 hours"
    assert (lead["channel"], lead["ticket"], lead["due"][:13]) == ("12345", "T-1", "2026-03-03T01")
    district.asked("verify")


def test_a_name_of_nothing_is_told_what_it_may_have_been(district: Terminal) -> None:
    answer = district("record", "manager", "Jinqiao", "party=M-1")
    assert (answer.code, "[RW-NO-SUBJECT]" in answer.err, "Jinqiao Estate" in answer.err) == (4, True, True)


def test_a_name_of_a_home_and_an_estate_is_asked_back(district: Terminal) -> None:
    district.asked("record", "estate", "12号302室", "area=sh/pudong/e8/")
    answer = district("record", "lead", "12号302室", *COMPLAINT)
    assert (answer.code, "[RW-AMBIGUOUS-SUBJECT]" in answer.err) == (4, True)
    estate = next(word.strip(".,") for word in answer.err.split() if word.startswith("estate-"))
    district.asked("record", "lead", estate, *COMPLAINT)


def test_a_home_that_is_not_in_the_book_is_refused_where_it_is_named(district: Terminal) -> None:
    answer = district(
        "record", "location", "Jinqiao Estate", "ticket=T-9", "dwelling=nowhere", "reported_at=2026-03-02"
    )
    assert (answer.code, "[RW-UNKNOWN-REFERENCE]" in answer.err) == (3, True)
