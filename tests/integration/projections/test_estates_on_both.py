"""Estates and joint actions are read the same on SQLite and on PostgreSQL, however the events were cut."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from projections import follow
from projections.actions import actions, homes_at
from projections.database import open_sqlite
from projections.estate_figures import monthly
from projections.estates import beside, estates, lead_of, leads, missing_reports, reports
from projections.subjects import find_subject
from rentalwatch.importers.record import KINDS, subjects
from tests.integration.importing import all_rows, closing_engine
from tests.integration.projections.cluster import applied
from tests.integration.projections.estates import Office, an_office, by

EXAMPLES = Path(__file__).parents[3] / "docs/record.examples.ndjson"
SCOPES = [by("2026-11-30"), by("2026-12-31", area="pudong/"), by("2027-03-31", known="2026-11-20")]


def everything(office: Office) -> None:
    """Every kind of record that the documentation has an example of."""
    for line in EXAMPLES.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        of = next(of for of in subjects(KINDS[record["kind"]]) if of in record)
        if of in ("estate", "action") or record.get("action_id") or record["kind"] == "registration":
            when = record.pop("on", None) or record.pop("at", "2026-01-01")
            office.told(record.pop("kind"), when, **{k: v for k, v in record.items() if k != "key"})
    office.told("lead", "2026-11-02", estate="estate-7", channel="12345", ticket="T-9", due="2026-11-04")
    office.told("dispatch", "2026-11-03", estate="estate-7", channel="12345", ticket="T-9", unit="squad 3")


def answers(engine: sa.Engine, office: Office) -> list[Any]:
    """All that is asked of estates and actions."""
    estate, action = office.ledger.stream_of("estate:estate-7"), office.ledger.stream_of("action:JA-2026-09")
    with engine.connect() as connection:
        found: list[Any] = [
            find_subject(connection, ("estate",), "jinqiao estate"),
            find_subject(connection, ("action", "estate"), "JA-2026-09"),
            lead_of(connection, estate, "T-9", ""),
        ]
        for scope in SCOPES:
            found += [
                estates(connection, scope),
                missing_reports(connection, scope),
                leads(connection, scope),
            ]
            found += [leads(connection, scope, overdue=True), beside(connection, scope)]
            found += [[dict(row) for row in reports(connection, scope, estate)], monthly(connection, scope)]
            found += [actions(connection, scope), homes_at(connection, scope, action)]
    return found


def test_estates_and_actions_are_the_same_on_both(either: sa.Engine, tmp_path: Path) -> None:
    with an_office(tmp_path / "office") as office:
        everything(office)
        follow.catch_up(office.ledger, office.engine)
        follow.catch_up(office.ledger, either)
        assert all_rows(either) == all_rows(office.engine)
        assert answers(either, office) == answers(office.engine, office)
        assert answers(either, office)[2]["channel"] == "12345"


def test_rows_of_estates_do_not_depend_on_where_a_batch_ended(tmp_path: Path) -> None:
    with an_office(tmp_path / "office") as office:
        everything(office)
        events = office.ledger.recorder.read_recorded(0, 1_000)
        with closing_engine(open_sqlite(tmp_path / "whole.db")) as whole:
            follow.create(whole)
            once = applied(whole, events)
        for page in (1, 3):
            with closing_engine(open_sqlite(tmp_path / f"cut{page}.db")) as cut:
                follow.create(cut)
                pieces = [events[start : start + page] for start in range(0, len(events), page)]
                assert applied(cut, *pieces) == once
