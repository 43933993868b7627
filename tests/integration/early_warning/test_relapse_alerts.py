"""Relapse alerts that confirmations and reports call for, raised by themselves: once, and in their place."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from projections.alerts import Asked, alerts, calls
from projections.scope import Scope
from projections.targets import board
from rentalwatch.domain.instants import FOREVER, upper_bound
from rentalwatch.early_warning.relapses import raise_missing
from tests.integration.projections.estates import ZONE, Office, by

FOUND = {"findings": "partition/living", "basis": "source", "rulebook": "shanghai"}
HOME = "12-302"


def put_right(office: Office, home: str = HOME) -> None:
    office.home(home)
    office.told("confirmation", "2026-01-10", dwelling=home, **FOUND)
    office.told("verification", "2026-01-20", dwelling=home, **FOUND)


def raised(office: Office, day: str) -> list[tuple[str, str]]:
    with office.asked() as connection:
        done = raise_missing(office.ledger, connection, upper_bound(day, ZONE))
    with office.asked():
        return [(row.call.raised_by, row.call.record) for row in done]


def test_a_complaint_about_a_home_under_watch_raises_one_that_managers_do_not_see(office: Office) -> None:
    put_right(office)
    lead = office.told("lead", "2026-03-01T10:00", dwelling=HOME, ticket="T-1", channel="12345")
    assert raised(office, "2026-03-01") == [("report", str(lead))]
    assert raised(office, "2026-03-01") == raised(office, "2026-03-09") == []
    with office.asked() as connection:
        (row,) = alerts(connection, by("2026-03-09"))
        assert (row.alert.kind, row.alert.level, row.alert.raised_by) == ("relapse_alert", "squad", "report")
        assert alerts(connection, by("2026-03-09"), Asked(as_manager=True)) == []
        assert row.alert.due == upper_bound("2026-03-02T10:00", ZONE), "the file's rulebook gives 24 hours"


def test_a_confirmation_judged_as_relapse_raises_one_that_asks_nobody(office: Office) -> None:
    put_right(office)
    again = office.told("confirmation", "2026-03-01", dwelling=HOME, **FOUND)
    assert raised(office, "2026-03-02") == [("confirmation", str(again))]
    with office.asked() as connection:
        (row,) = alerts(connection, by("2026-03-09"))
        assert (row.alert.status, row.alert.waiting) == ("confirmed", 0)
        assert calls(connection, Scope(FOREVER)) == []
        assert board(connection, by("2026-03-09")).figure("relapses") == 1


def test_an_inspection_before_the_alert_was_raised_has_answered_it(office: Office) -> None:
    put_right(office)
    office.told("lead", "2026-03-01T10:00", dwelling=HOME, ticket="T-1", channel="12345")
    office.told("inspection", "2026-03-02T10:00", dwelling=HOME, inspection_id="I-1", access="full")
    assert len(raised(office, "2026-03-03")) == 1
    with office.asked() as connection:
        (row,) = alerts(connection, by("2026-03-09"))
        assert (row.alert.status, row.alert.waiting) == ("false", 0)
        assert board(connection, by("2026-03-09")).figure("a") == 0


def test_what_happened_long_ago_wakes_nobody_and_is_no_late_entry(office: Office) -> None:
    put_right(office)
    office.told("lead", "2026-03-01T10:00", dwelling=HOME, ticket="T-1", channel="12345")
    assert raised(office, "2026-06-01") == []
    assert len(raised(office, "2026-03-20")) == 1
    with office.asked() as connection:
        late = board(connection, by("2026-12-31"))
        assert late.figure("relapses") == 0
        (row,) = alerts(connection, by("2026-12-31"))
        assert row.alert.raised_at == upper_bound("2026-03-01T10:00", ZONE)


def test_several_reports_of_one_home_are_one_alert_and_several_runners_one_event_each(office: Office) -> None:
    homes = [f"12-{n}" for n in range(10)]
    for home in homes:
        put_right(office, home)
    for home in homes:
        office.told("lead", "2026-03-01T10:00", dwelling=home, ticket=f"T-{home}", channel="12345")
        office.told("patrol", "2026-03-02T10:00", dwelling=home, seen="suspicious")
    before = office.ledger.recorder.max_notification_id() or 0
    with office.asked():
        pass

    def run(_: int) -> int:
        with office.engine.connect() as connection:
            return len(raise_missing(office.ledger, connection, upper_bound("2026-03-03", ZONE)))

    with ThreadPoolExecutor(3) as pool:
        assert sum(pool.map(run, range(3))) == 20
    assert office.ledger.recorder.max_notification_id() == before + 20
    with office.asked() as connection:
        assert [(r.alert.repeats, r.alert.status) for r in alerts(connection, by("2026-03-09"))] == [
            (1, "unhandled")
        ] * 10
