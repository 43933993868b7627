"""Who does not answer is passed over: through the ledger, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from projections.alerts import Asked, alerts
from projections.scope import Scope
from rentalwatch.domain.instants import FOREVER, upper_bound
from rentalwatch.early_warning.escalation import escalate
from rentalwatch.ledger.appending import Append
from rentalwatch.ledger.tables import SELECT_RECORD
from tests.integration.projections.estates import ZONE, Office, by


def at(when: str) -> int:
    return upper_bound(when, ZONE)


def raised(office: Office, home: str, **more: Any) -> UUID:
    stated = {
        "rule": "card_passes",
        "rule_version": "3f1c",
        "due": "2026-03-02T08:00",
        "rulebook": "shanghai",
    }
    when = more.pop("when", "2026-03-01T08:00")
    return office.told("alert", when, dwelling=home, **{**stated, **more})


def levels(office: Office) -> dict[str, str]:
    with office.asked() as connection:
        return {row.label: row.alert.level for row in alerts(connection, Scope(asked=FOREVER))}


def test_whoever_did_not_answer_is_passed_over_level_by_level(office: Office) -> None:
    for home in ("12-302", "12-303", "12-304"):
        office.home(home)
    raised(office, "12-302")
    answered = raised(office, "12-303")
    raised(office, "12-304", withheld_from_manager=True)
    office.told("alert_answer", "2026-03-01T20:00", dwelling="12-303", alert=str(answered), answer="unclear")

    for when, done in (
        ("2026-03-02T08:00", []),
        ("2026-03-02T08:01", [("12-302", "neighbourhood"), ("12-304", "subdistrict")]),
        ("2026-03-02T08:01", []),
        ("2026-03-03T09:00", [("12-302", "squad")]),
        ("2026-03-30T09:00", [("12-302", "subdistrict")]),
        ("2026-12-30T09:00", []),
    ):
        with office.asked() as connection:
            found = escalate(office.ledger, connection, at(when))
        assert [(e.row.label, e.level) for e in found] == done, when
    assert levels(office) == {"12-302": "subdistrict", "12-303": "manager", "12-304": "subdistrict"}


def test_two_at_once_and_one_that_read_long_ago_escalate_once(office: Office) -> None:
    homes = [f"12-{n}" for n in range(30)]
    for home in homes:
        office.home(home)
        raised(office, home)
    before = office.ledger.recorder.max_notification_id()

    def run(_: int) -> int:
        with office.engine.connect() as connection:
            return len(escalate(office.ledger, connection, at("2026-03-03")))

    with office.asked():
        pass
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(run, range(4)))
    assert sum(done) == len(homes)
    assert office.ledger.recorder.max_notification_id() == before + len(homes)


def test_only_the_area_that_is_asked_for_is_escalated(office: Office) -> None:
    office.home("12-302", area="sh/a/")
    office.home("14-101", area="sh/b/")
    raised(office, "12-302")
    raised(office, "14-101")
    with office.asked() as connection:
        assert [e.row.label for e in escalate(office.ledger, connection, at("2026-03-03"), area="sh/b/")] == [
            "14-101"
        ]


def test_the_list_asks_by_level_status_overdue_and_who_looks(office: Office) -> None:
    office.home("12-302")
    office.home("12-303")
    raised(office, "12-302")
    raised(office, "12-303", withheld_from_manager=True)
    again = raised(office, "12-302", when="2026-03-04T08:00")
    with office.asked() as connection:

        def labels(asked: Asked, day: str = "2026-03-05") -> list[str]:
            return [row.label for row in alerts(connection, by(day), asked)]

        assert labels(Asked()) == ["12-302", "12-303"]
        assert labels(Asked(level="manager")) == labels(Asked(as_manager=True)) == ["12-302"]
        assert labels(Asked(overdue=True), "2026-03-01") == []
        assert len(labels(Asked(overdue=True))) == 2
        assert labels(Asked(statuses=("answered",))) == []
        (row,) = alerts(connection, by("2026-03-05"), Asked(level="manager"))
        assert (row.alert.repeats, row.alert.record != str(again)) == (1, True)


def test_many_alerts_ask_no_more_questions_than_few(office: Office) -> None:
    few, many = [f"12-{n}" for n in range(3)], [f"14-{n}" for n in range(60)]
    asked = []
    for homes, area in ((few, "sh/a/"), (many, "sh/b/")):
        for home in homes:
            office.home(home, area)
            raised(office, home)
        with office.asked() as connection, counting(office) as questions:
            assert len(escalate(office.ledger, connection, at("2026-03-03"), area=area)) == len(homes)
        asked.append(len(questions))
    assert asked[1] <= asked[0], questions


@contextmanager
def counting(office: Office) -> Iterator[list[str]]:
    """Every question to the read models, and to the ledger within its write transaction. SQLite looks record
    ids up one by one, in this very process; PostgreSQL is asked once for all."""
    questions: list[str] = []
    with office.ledger.recorder.joined() as tx:
        kind = type(tx)
    execute = kind.execute

    def heard(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        questions.append(statement)

    def counted(self: Append, statement: str, *params: Any) -> None:
        if statement != SELECT_RECORD:
            questions.append(statement)
        execute(self, statement, *params)

    sa.event.listen(office.engine, "before_cursor_execute", heard)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(kind, "execute", counted)
        yield questions
    sa.event.remove(office.engine, "before_cursor_execute", heard)
