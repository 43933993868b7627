"""A programme: its rolls as frozen and amended, what was reported, what the supervisor ordered."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from rentalwatch.domain import events as ev
from rentalwatch.domain.instants import FOREVER
from rentalwatch.domain.judge import Running, judge
from rentalwatch.domain.judgement import Clock, Judgement
from rentalwatch.domain.programme import Amendment, Goal, Programme, Reported, Roll, RollEntry, Supervision
from tests.unit.domain.story import Said, given, moment, say, us

OFFICER = ev.Actor(officer="310115-0001")


def started(when: str = "2026-01-01", **more: Any) -> Said:
    stated = {"label": "Three zeros", "area": "pudong/", "baseline": moment("2026-01-01T00:00"), **more}
    return say(ev.ProgrammeStarted, when, **stated)


def fixed(when: str, *homes: str, part: int = 1, parts: int = 1, roll: str = "stock") -> Said:
    return say(ev.RollFixed, when, roll=roll, part=part, parts=parts, dwellings=homes)


def amended(when: str, *, added: tuple[str, ...] = (), removed: tuple[str, ...] = (), **more: Any) -> Said:
    stated = {"reason": "left out", "second_officer": "310115-0002", "by": OFFICER, **more}
    return say(ev.RollAmended, when, roll="stock", added=added, removed=removed, **stated)


def judged(*told: Said) -> Judgement:
    return judge(given(*told), of="programme")


def rows(judgement: Judgement, kind: type, as_of: str = "") -> list[Any]:
    return sorted(judgement.at(us(as_of) if as_of else FOREVER, kind))


def codes(judgement: Judgement) -> list[str]:
    return [i.code for i in judgement.irregular]


def test_a_programme_states_its_baseline_and_goals() -> None:
    goal = ev.Goal(figure="relapses", at_most=0)
    told = judged(started(goals=(goal,)), say(ev.ProgrammeClosed, "2026-12-31", reason="term ended"))

    (row,) = rows(told, Programme, "2026-06-30")
    assert row == Programme("Three zeros", "pudong/", us("2025-12-31"), 3, FOREVER)
    assert rows(told, Programme)[0].closed_at < FOREVER
    assert rows(told, Goal) == [Goal("relapses", "0", "")]


def test_a_roll_is_frozen_with_its_last_part_whatever_its_number() -> None:
    told = judged(
        started(),
        fixed("2026-02-01", "H1", "H2", part=2, parts=2),
        fixed("2026-02-03", "H3", part=1, parts=2),
    )

    assert rows(told, Roll, "2026-02-02") == [Roll("stock", 2, 1, 2, FOREVER)]
    (roll,) = rows(told, Roll)
    assert (roll.parts_in, roll.homes) == (2, 3)
    assert us("2026-02-02") < roll.frozen_at < us("2026-02-03")
    assert rows(told, RollEntry) == [RollEntry("stock", h, 0) for h in ("H1", "H2", "H3")]


def test_who_was_put_on_a_frozen_roll_stays_told_apart() -> None:
    told = judged(started(), fixed("2026-02-01", "H1", "H2"), amended("2026-03-01", added=("H2", "H3")))

    assert rows(told, RollEntry) == [RollEntry("stock", h, a) for h, a in (("H1", 0), ("H2", 0), ("H3", 1))]
    assert [(r.dwelling, r.change, r.reason, r.first, r.second) for r in rows(told, Amendment)] == [
        (h, 1, "left out", "310115-0001", "310115-0002") for h in ("H2", "H3")
    ]
    assert codes(told) == []


def test_who_is_struck_off_is_on_the_roll_no_more_and_shown() -> None:
    told = judged(started(), fixed("2026-02-01", "H1", "H2"), amended("2026-03-01", removed=("H1",)))

    assert [r.dwelling for r in rows(told, RollEntry)] == ["H2"]
    assert [r.dwelling for r in rows(told, RollEntry, "2026-02-28")] == ["H1", "H2"]
    assert [(r.dwelling, r.change) for r in rows(told, Amendment)] == [("H1", -1)]


@pytest.mark.parametrize("by", [None, ev.Actor(), ev.Actor(officer="310115-0002")])
def test_an_amendment_takes_two_persons(by: ev.Actor | None) -> None:
    told = judged(started(), fixed("2026-02-01", "H1"), amended("2026-03-01", added=("H3",), by=by))

    assert codes(told) == ["amended-by-one"]
    assert [r.dwelling for r in rows(told, RollEntry)] == ["H1", "H3"]


def test_a_missing_part_is_said_when_somebody_relies_on_the_roll() -> None:
    half = (started(), fixed("2026-02-01", "H1", part=1, parts=2))

    assert codes(judged(*half)) == []
    assert codes(judged(*half, amended("2026-03-01", added=("H2",)))) == ["roll-part-missing"]
    assert codes(judged(*half, say(ev.ProgrammeClosed, "2026-12-31", reason="over"))) == ["roll-part-missing"]
    assert rows(judged(*half, amended("2026-03-01", added=("H2",))), Amendment) == []


def test_a_roll_fixed_again_adds_late_entries_and_is_said() -> None:
    told = judged(started(), fixed("2026-02-01", "H1"), fixed("2026-03-01", "H1", "H2"))

    assert codes(told) == ["roll-fixed-again"]
    assert rows(told, RollEntry) == [RollEntry("stock", "H1", 0), RollEntry("stock", "H2", 1)]
    assert [r.dwelling for r in rows(told, Amendment)] == ["H1", "H2"]


def test_a_reported_figure_stands_as_it_was_reported() -> None:
    span = {"period_from": moment("2026-01-01T00:00"), "as_of": moment("2026-02-01T00:00")}
    stated = {"figure": "relapses", "value": 3, "definition": "0.1.0", "to": "district office"}
    report = say(ev.FigureReported, "2026-02-03", known_at=moment("2026-02-02T09:00"), **stated, **span)

    (row,) = rows(judged(started(), report), Reported)

    assert (row.figure, row.value, row.to, row.definition) == ("relapses", "3", "district office", "0.1.0")
    assert (row.period_from, row.as_of) == (us("2025-12-31"), us("2026-01-31"))


def test_an_order_of_the_supervisor_runs_until_it_is_answered() -> None:
    order = say(ev.SupervisionOrdered, "2026-02-01", number="SV-1", subject="overdue homes", dwelling="H1",
                due=moment("2026-02-08T00:00"))  # fmt: skip
    answer = say(ev.SupervisionAnswered, "2026-02-07", number="SV-1", outcome="inspected")
    told = judged(started(), order, answer)

    assert [c.outcome for c in rows(told, Clock, "2026-02-06")] == ["running"]
    assert [(c.kind, c.key, c.outcome) for c in rows(told, Clock)] == [("supervision", "SV-1", "met")]
    assert [(s.dwelling, s.outcome) for s in rows(told, Supervision)] == [("H1", "inspected")]
    assert codes(judged(started(), answer)) == ["answered-without-order"]


STORY = (
    started(),
    fixed("2026-02-01", "H1", "H2", part=1, parts=2),
    fixed("2026-02-02", "H3", part=2, parts=2),
    amended("2026-02-02", added=("H4",), removed=("H1",)),
    amended("2026-03-01", added=("H1",), by=None),
    fixed("2026-03-05", "H5"),
    say(ev.SupervisionOrdered, "2026-02-01", number="SV-1", subject="s", due=moment("2026-02-08T00:00")),
    say(ev.SupervisionAnswered, "2026-02-07", number="SV-1", outcome="done"),
    say(ev.ProgrammeClosed, "2026-12-31", reason="over"),
)


@drawn(st.permutations(given(*STORY)), st.integers(min_value=0, max_value=len(STORY)))
def test_the_order_of_arrival_never_matters(facts: list[Any], cut: int) -> None:
    running = Running(of="programme")
    running.add(facts[:cut])
    running.add(facts[cut:])

    assert set(running.spans()) == set(judged(*STORY).spans)
