"""Penalty cases asked across files: areas, other cases of the act, a party's history; on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from projections import follow
from projections.case_law import beside
from projections.cases import cases, history
from projections.clocks import overdue
from projections.identities import identities
from projections.scope import Scope
from projections.sublandlords import Operators
from rentalwatch.importers.adopting import adopt
from rentalwatch.rulebooks import read_text
from rentalwatch.rulebooks.rules import Rules
from tests.integration.stories.telling import Story, at, told

ACT = {"ground": "headcount", "acted_on": "2025-03-05", "party_kind": "individual"}
R2 = {"regime": "R2", "tier": "at_once", "range_from_rmb": 10_000, "range_to_rmb": 50_000}


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    """Two homes; the same act in A fined twice, a case in B that waits, one annulled, one that was spared."""
    with told(tmp_path / "data") as telling:
        telling.home("A", "sh/a/")
        telling.home("B", "sh/b/")
        telling.on("2025-01-02", "sublandlord", "S-1", party="S-1", basis="lease", keys=["old-1"])
        for number, home, party in (
            ("P-1", "A", "S-1"),
            ("P-2", "A", "S-1"),
            ("P-3", "B", "old-1"),
            ("P-4", "B", "S-1"),
            ("P-5", "B", "S-2"),
        ):
            telling.on("2025-03-06", "case", number, number=number, dwelling=home, party=party, **ACT)
        for number in ("P-1", "P-2", "P-4"):
            telling.on("2025-04-01", "notification", number)
            telling.on("2025-04-01", "defence", number)
            telling.on("2025-04-02", "decision", number, number=f"D-{number}", amount_rmb=10_000, **R2)
        telling.on("2025-05-01", "review", "P-4", instance="court", outcome="annulled")
        telling.on("2025-05-02", "waiver", "P-5", basis="first_offence")
        yield telling


def test_cases_lie_where_their_home_lies(story: Story) -> None:
    with story.engine.connect() as connection:
        found = cases(connection, at("2025-06-01", area="sh/b/"))
        late = overdue(connection, at("2025-07-01", area="sh/b/"))
        elsewhere = overdue(connection, at("2025-07-01", area="sh/c/"))

    assert [(r.case.number, r.case.state, r.area) for r in found] == [
        ("P-3", "filed", "sh/b/"),
        ("P-4", "annulled", "sh/b/"),
        ("P-5", "waived", "sh/b/"),
    ]
    assert [(o.label, o.kind, o.area) for o in late] == [("P-3", "penalty_decision", "sh/b/")]
    assert elsewhere == []


def test_the_second_fine_for_one_act_is_said_of_both_cases_even_if_one_is_asked_for(story: Story) -> None:
    with story.engine.connect() as connection:
        scope = at("2025-06-01")
        found = cases(connection, scope)
        codes = {r.case.number: b.codes for r, b in zip(found, beside(connection, scope, found), strict=True)}
        (one,) = beside(connection, scope, [r for r in found if r.case.number == "P-1"])

    twice = ("fined-twice-for-one-act",)
    assert codes == {"P-1": twice, "P-2": twice, "P-3": (), "P-4": (), "P-5": ()}
    assert one.codes == twice


def test_repeat_history_is_standing_decisions_under_every_reference(story: Story) -> None:
    def numbers(day: str, known: str = "") -> list[str]:
        scope = at(day, known=known)
        with story.engine.connect() as connection:
            references = identities(connection, scope).all_references("old-1")
            return [r.case.number for r in history(connection, scope, references).standing]

    assert numbers("2025-04-01") == []
    assert numbers("2025-04-02") == ["P-1", "P-2", "P-4"]
    assert numbers("2025-06-01") == ["P-1", "P-2"]
    assert numbers("2025-06-01", known="2025-04-30") == ["P-1", "P-2", "P-4"]


def test_who_was_spared_is_no_first_offender_and_has_no_repeat_history(story: Story) -> None:
    with story.engine.connect() as connection:
        spared = history(connection, at("2025-06-01"), {"S-2"})

    assert (spared.standing, [r.case.number for r in spared.waived]) == ([], ["P-5"])
    assert not spared.first_offence


def test_both_databases_give_the_same_answers(story: Story, either: sa.Engine) -> None:
    follow.catch_up(story.ledger, either)

    def answers(engine: sa.Engine, scope: Scope) -> list[object]:
        with engine.connect() as connection:
            found = cases(connection, scope)
            operators = Operators(connection, scope)
            more = [operators.lets(), operators.exits_stood(), operators.recurrences(), operators.who]
            return [found, beside(connection, scope, found), overdue(connection, scope), *more]

    for scope in (at("2025-07-01"), at("2025-07-01", area="sh/b/"), at("2025-04-15", known="2025-04-01")):
        assert answers(either, scope) == answers(story.engine, scope)


def test_the_law_beside_a_case_is_that_of_the_version_it_was_recorded_under(story: Story) -> None:
    shipped = read_text("shanghai")
    dearer = shipped.replace(
        "fine: [10000, 50000], article: 第五十二条", "fine: [20000, 50000], article: 第五十二条"
    )
    event, _ = adopt(story.ledger, dearer, now=datetime(2025, 6, 1, tzinfo=UTC))
    with story.engine.connect() as connection:
        (row,) = [r for r in cases(connection, at("2025-06-01")) if r.case.number == "P-1"]
        under = row._replace(case=row.case._replace(rulebook=f"{event.name}@{event.version}"))
        rules = Rules(story.ledger.adopted())
        before, after = beside(connection, at("2025-06-01"), [row, under], rules=rules)

    twice = "fined-twice-for-one-act"
    assert dearer != shipped
    assert (before.codes, after.codes) == ((twice,), (twice, "amount-outside-range"))
