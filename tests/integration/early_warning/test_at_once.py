"""Alerts told before anybody has folded them: the same as is told afterwards, and once."""

from __future__ import annotations

from datetime import timedelta
from uuid import NAMESPACE_OID, UUID, uuid5

from projections.alerts import to_tell
from rentalwatch.domain.events import AlertRaised, RelapseAlertRaised
from rentalwatch.domain.instants import instant, upper_bound
from rentalwatch.early_warning.acts import Act, record_once
from rentalwatch.early_warning.at_once import at_once
from rentalwatch.early_warning.notifying import notifications
from rentalwatch.ledger.statements import NO_RECORD
from tests.integration.projections.estates import ZONE, Office

AT = upper_bound("2026-03-01T08:00", ZONE)
NOW = upper_bound("2026-03-09", ZONE)


def act(
    office: Office, home: str, name: str, *, relapse: bool = False, hours: int = 0, **more: object
) -> Act:
    kind = RelapseAlertRaised if relapse else AlertRaised
    at = instant(AT) + timedelta(hours=hours)
    stated = {"rule": "same_card_often", "rule_version": "3f1c", "due": at + timedelta(hours=24), **more}
    event = kind(record_id=NO_RECORD, happened_at=at, **stated)
    return Act(office.ledger.stream_of(home), event, uuid5(NAMESPACE_OID, name))


def told(office: Office, *acts: Act) -> list[str]:
    """Recorded, and told at once by read models that know nothing of it yet."""
    with office.engine.connect() as connection:
        fresh = record_once(office.ledger, [(one, one) for one in acts])
        return [n.id for n in at_once(connection, fresh)]


def afterwards(office: Office) -> list[str]:
    with office.asked() as connection:
        return [n.id for n in notifications(to_tell(connection, NOW, since=0))]


def number(name: str) -> UUID:
    return uuid5(NAMESPACE_OID, name)


def test_what_is_told_at_once_is_what_is_told_once_they_are_folded(office: Office) -> None:
    for home in ("12-302", "12-303", "12-304"):
        office.home(home)
    with office.asked():
        pass
    acts = [
        act(office, "12-302", "a"),
        act(office, "12-303", "b", relapse=True, level="squad", withheld_from_manager=True),
        act(office, "12-304", "c", withheld_from_manager=True),
    ]
    found = told(office, *acts)
    levels = {"a": "manager", "b": "squad", "c": "squad"}
    assert sorted(found) == sorted(f"alert-{number(name)}-{level}" for name, level in levels.items())
    assert sorted(afterwards(office)) == sorted(found)
    assert told(office, *acts) == [], "recorded before: nobody is told again"


def test_what_an_open_alert_says_already_is_not_told_again(office: Office) -> None:
    office.home("12-302")
    with office.asked():
        pass
    assert len(told(office, act(office, "12-302", "a"), act(office, "12-302", "b", hours=1))) == 1
    assert afterwards(office) == [f"alert-{number('a')}-manager"]
    assert told(office, act(office, "12-302", "c", hours=2)) == []
    seen = {"answer": "nothing", "observation": "windows_dark"}
    office.told("alert_answer", "2026-03-01T20:00", dwelling="12-302", alert=str(number("a")), **seen)
    with office.asked():
        pass
    again = told(office, act(office, "12-302", "d", hours=48))
    assert again == afterwards(office) == [f"alert-{number('d')}-manager"]


def test_a_home_that_the_read_models_do_not_know_yet_is_left_for_later(office: Office) -> None:
    with office.asked():
        pass
    office.home("12-302")
    assert told(office, act(office, "12-302", "a")) == []
    assert len(afterwards(office)) == 1
