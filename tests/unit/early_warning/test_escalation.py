"""Escalation by time: however often and by however many it is run, each level is asked once."""

from __future__ import annotations

from uuid import UUID

from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from projections.alerts import AlertRow
from rentalwatch.domain.events import Event
from rentalwatch.domain.facts import Fact
from rentalwatch.domain.instants import DAY, Micros
from rentalwatch.domain.judge import judge
from rentalwatch.domain.judgement import Alert
from rentalwatch.early_warning.escalation import Act, escalations
from rentalwatch.rulebooks.rules import Rules
from tests.unit.domain.story import ZONE, alert, alert_answered, given, us

HOUR: Micros = 3_600_000_000
BEGUN = us("2025-04-01 08:00")
RAISED = (
    alert("2025-04-01 08:00", "2025-04-02 08:00", name="a"),
    alert("2025-04-01 08:00", "2025-04-01 20:00", name="b", rule="night_entries"),
    alert("2025-04-02 08:00", "2025-04-03 08:00", name="c", rule="water", withheld_from_manager=True),
    alert_answered("2025-04-02 23:00", "unclear", name="a"),
)


class Desk:
    """A file to which escalations are added; whoever escalates may have read it a while ago."""

    def __init__(self) -> None:
        self.facts: list[Fact] = given(*RAISED)
        self.done: dict[UUID, Event] = {}

    def read(self, at: Micros) -> list[AlertRow]:
        rows = judge(self.facts).at(at, Alert)
        return [AlertRow("dwelling-1", "12-302", "sh/", ZONE, row) for row in sorted(rows)]

    def act(self, rows: list[AlertRow], at: Micros) -> list[Act]:
        """Escalates what these rows ask for, each act once as the ledger has it."""
        fresh = [act for _, act in escalations(rows, Rules(), at) if act.record_id not in self.done]
        for act in fresh:
            event = act.event.model_copy(update={"record_id": act.record_id})
            self.done[act.record_id] = event
            self.facts.append(
                Fact(event, version=len(self.facts) + 1, position=len(self.facts) + 1, recorded_at=at)
            )
        return fresh

    @property
    def told(self) -> list[tuple[str, str, Micros]]:
        return sorted((str(e.alert), e.level, e.due) for e in self.done.values())  # type: ignore[attr-defined]


runs = st.lists(st.tuples(st.integers(0, 150), st.integers(1, 3)), max_size=12)


@settings(max_examples=60, deadline=None)
@for_all(hours=runs, order=st.randoms(use_true_random=False))
def test_any_number_of_runs_and_runners_at_the_same_instants_do_the_same(hours, order):
    once, often = Desk(), Desk()
    for hour in sorted({h for h, _ in hours}):
        once.act(once.read(BEGUN + hour * HOUR), BEGUN + hour * HOUR)
    for hour, times in sorted(dict(hours).items()):
        at = BEGUN + hour * HOUR
        read = [often.read(at) for _ in range(times)]  # all of them read before any of them acts
        for rows in read:
            order.shuffle(rows)
            often.act(rows, at)
        assert often.act(often.read(at), at) == []
    assert often.told == once.told


@settings(max_examples=60, deadline=None)
@for_all(hours=runs)
def test_levels_are_asked_in_order_and_none_is_passed_over_or_asked_twice(hours):
    desk = Desk()
    for hour, _ in sorted(hours):
        desk.act(desk.read(BEGUN + hour * HOUR), BEGUN + hour * HOUR)
    asked: dict[str, list[str]] = {}
    for event in sorted(desk.done.values(), key=lambda e: e.happened_at):
        asked.setdefault(str(event.alert), []).append(event.level)  # type: ignore[attr-defined]
    for levels in asked.values():
        first = ["neighbourhood", "squad", "subdistrict"]
        assert levels in (first[: len(levels)], ["subdistrict"])


def test_the_next_level_has_as_long_as_the_one_before_where_no_rulebook_says_it():
    desk = Desk()
    at = BEGUN + 13 * HOUR
    ((done, act),) = escalations(desk.read(at), Rules(), at)
    assert (done.row.alert.rule, done.level, done.due) == ("night_entries", "neighbourhood", at + 12 * HOUR)
    assert act.event.happened_at.timestamp() * 1_000_000 == at


def test_an_alert_that_was_answered_or_is_not_due_is_left_alone():
    desk = Desk()
    assert escalations(desk.read(BEGUN + 12 * HOUR), Rules(), BEGUN + 12 * HOUR) == []
    late = BEGUN + 40 * HOUR
    assert {e.row.alert.rule for e, _ in escalations(desk.read(late), Rules(), late)} == {"night_entries"}


def test_nobody_is_above_the_subdistrict():
    desk = Desk()
    for days in range(1, 12):
        desk.act(desk.read(BEGUN + days * DAY + 1), BEGUN + days * DAY + 1)
    assert desk.act(desk.read(BEGUN + 300 * DAY), BEGUN + 300 * DAY) == []
    levels = [row.alert.level for row in desk.read(BEGUN + 300 * DAY)]
    assert sorted(levels) == ["neighbourhood", "subdistrict", "subdistrict"], "one was answered in time"
