"""Which warning rules judge an estate's day: what was adopted there and then, never what holds today."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from rentalwatch.early_warning.in_force import InForce
from rentalwatch.errors import InvalidInputError
from rentalwatch.importers.adopting import adopt
from rentalwatch.ledger.folder import open_ledger
from rentalwatch.rulebooks import load
from rentalwatch.rulebooks.rules import SHIPPED, Rules

ZONE = "Asia/Shanghai"
DAY = date(2026, 3, 1).toordinal() - date(1970, 1, 1).toordinal()


def test_where_nothing_was_adopted_the_shipped_rulebook_of_the_area_judges() -> None:
    rules = InForce(SHIPPED, ZONE)
    assert rules("sh/huangpu/", DAY).versions == load("shanghai")[0].warning.versions
    assert rules.book("sh/pudong/weifang/", DAY) == load("pudong")
    assert not rules("toronto/", DAY).rules
    assert rules.book("nowhere/", DAY) is None


def test_one_that_is_asked_for_judges_where_no_other_does(tmp_path: Path) -> None:
    rules = InForce(SHIPPED, ZONE, "shanghai")
    assert rules("nowhere/", DAY).rules


def test_what_was_adopted_judges_from_its_first_day_on(tmp_path: Path) -> None:
    stricter = (
        "extends: shanghai\nname: stricter\ntitle: stricter\nscope: sh/\n"
        "warning: {rules: {cards_to_rooms: {score: 0.51}}}\n"
    )
    with open_ledger(tmp_path, create=True) as ledger:
        adopt(ledger, stricter, now=datetime(2026, 2, 1, tzinfo=UTC), since=date(2026, 3, 1))
        rules = InForce(Rules(ledger.adopted()), ZONE)
    before, since = rules("sh/huangpu/", DAY - 1), rules("sh/huangpu/", DAY)
    assert before.versions == load("shanghai")[0].warning.versions
    assert since.versions["cards_to_rooms"] != before.versions["cards_to_rooms"]
    assert since.versions["same_card_often"] == before.versions["same_card_often"]


def test_a_rulebook_whose_alerts_nobody_would_have_to_answer_is_refused(tmp_path: Path) -> None:
    text = "extends: shanghai\nname: lax\ntitle: lax\nscope: lax/\nclocks: {alert_answer: null}\n"
    with open_ledger(tmp_path, create=True) as ledger:
        adopt(ledger, text, now=datetime(2026, 2, 1, tzinfo=UTC))
        rules = InForce(Rules(ledger.adopted()), ZONE)
    with pytest.raises(InvalidInputError) as refused:
        rules("lax/e1/", DAY)
    assert refused.value.code == "RW-RULEBOOK"
