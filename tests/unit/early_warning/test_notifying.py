"""What is told of alerts: once an alert and level, in words that tell nobody that somebody complained."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from projections.alerts import AlertRow
from rentalwatch.delivery.grouping import Key, Waiting, grouped
from rentalwatch.delivery.notification import Notification, Severity
from rentalwatch.domain.alerts import LEVELS
from rentalwatch.early_warning.notifying import notifications
from rentalwatch.rulebooks import load
from tests.unit.early_warning.test_report import ALERT, ROW


def row(n: int = 7, **changed: Any) -> AlertRow:
    return ROW._replace(label=f"12号{n}室", alert=ALERT._replace(record=str(UUID(int=n)), **changed))


@pytest.mark.parametrize("level", LEVELS)
def test_no_message_says_that_anybody_complained_whoever_gets_it(level: str) -> None:
    rules = load("shanghai")[0].warning
    assert rules is not None
    for known in (None, rules.rules):
        (told,) = notifications(
            [row(level=level, reasons="complaints_30d=3>=2;rule=complaints;distinct_cards_7d=9>4")], known
        )
        for said in (told.title, told.body):
            assert "omplain" not in said.en
            assert "投诉" not in said.zh
        assert "cards that passed in 7 days: 9 cards, more than 4" in told.body.en
        assert "7 日内不同门禁卡：9 张" in told.body.zh
        assert "其他线索" in told.body.zh


def test_it_says_by_when_who_has_to_do_what() -> None:
    (told,) = notifications([row(level="manager")])
    assert (told.level, told.area, told.severity) == ("manager", ROW.area, Severity.WARNING)
    assert told.due is not None
    assert told.about == (str(UUID(int=7)),)
    assert "未见异常" in told.body.zh


def test_each_level_is_told_once_and_an_answered_alert_nobody() -> None:
    ids = [notifications([row(level=level)])[0].id for level in LEVELS]
    assert len(set(ids)) == len(LEVELS)
    assert notifications([row(), row()])[0].id == notifications([row(repeats=3)])[0].id
    assert notifications([row(waiting=0)]) == []


def test_a_relapse_that_was_confirmed_is_told_and_asks_for_nothing() -> None:
    (told,) = notifications([row(kind="relapse_alert", raised_by="confirmation", waiting=0, level="squad")])
    assert (told.due, told.severity) == (None, Severity.NOTICE)
    (sign,) = notifications([row(kind="relapse_alert")])
    assert sign.severity is Severity.URGENT


def test_fifty_alerts_of_one_building_are_one_message() -> None:
    told = notifications([row(n) for n in range(1, 51)])

    def waiting(one: Notification) -> Waiting:
        return Waiting(one.id, Key("robot", one.level, one.area, one.place, int(one.severity)), 0)

    found = grouped([waiting(one) for one in told], [], lambda key, at: at, lambda each: each.id)
    assert (len(told), len(found.opened)) == (50, 1)
