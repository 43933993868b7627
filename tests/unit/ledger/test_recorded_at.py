"""When the ledger came to know: set under the write lock, never earlier than what was recorded before."""

from __future__ import annotations

from pathlib import Path

from rentalwatch.domain.instants import SECOND
from rentalwatch.ledger.application import Ledger
from tests.unit.ledger.words import an_id, home_row, imports, patrols, registers, row, stored

NOW = 1_709_300_000_000_000
TWO_HOURS = 7_200 * SECOND


class Clock:
    def __init__(self, now: int = NOW) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now


def test_all_events_of_a_commit_share_one_recorded_at(path: Path) -> None:
    # given a clock that moves at every look
    looks = iter(range(NOW, NOW + 100))
    with Ledger(path, create=True, clock=lambda: next(looks)) as ledger:
        # when a chunk is taken in, and a correction of two events
        imports(ledger, home_row(), *(row(str(n), "noise") for n in range(5)))
        imports(ledger, row("1", "fire"))
        # then each commit has one instant of its own
        assert [event.recorded_at for event in stored(ledger)] == [NOW] * 6 + [NOW + 1] * 2


def test_recorded_at_strictly_increases_while_the_clock_stands_still(path: Path) -> None:
    with Ledger(path, create=True, clock=Clock()) as ledger:
        ledger.record(registers(), an_id("home"))
        for n in range(3):
            ledger.record(patrols(), an_id(f"patrol {n}"))
        assert [event.recorded_at for event in stored(ledger)] == [NOW, NOW + 1, NOW + 2, NOW + 3]


def test_recorded_at_strictly_increases_while_the_clock_is_two_hours_back(path: Path) -> None:
    # given a ledger written to at noon
    clock = Clock()
    with Ledger(path, create=True, clock=clock) as ledger:
        ledger.record(registers(), an_id("home"))
        assert ledger.recorder.skew == 0

        # when the clock goes back two hours
        clock.now = NOW - TWO_HOURS
        before = ledger.record(patrols(), an_id("patrol"))
        # then the order holds, and the skew is reported
        assert before.recorded_at == NOW + 1
        assert ledger.recorder.skew == TWO_HOURS

        # when it is right again
        clock.now = NOW + TWO_HOURS
        after = ledger.record(patrols(), an_id("another"))
        # then so is recorded_at
        assert after.recorded_at == NOW + TWO_HOURS
        assert ledger.recorder.skew == 0


def test_a_process_whose_clock_is_behind_records_after_the_other(path: Path) -> None:
    with (
        Ledger(path, create=True, clock=Clock()) as right,
        Ledger(path, clock=Clock(NOW - TWO_HOURS)) as late,
    ):
        right.record(registers(), an_id("home"))
        late.record(patrols(), an_id("1"))
        right.record(patrols(), an_id("2"))
        assert [event.recorded_at for event in stored(right)] == [NOW, NOW + 1, NOW + 2]
        assert (right.recorder.skew, late.recorder.skew) == (1, TWO_HOURS)


def test_the_answer_to_a_repeat_names_the_first_recorded_at(path: Path) -> None:
    clock = Clock()
    with Ledger(path, create=True, clock=clock) as ledger:
        first = ledger.record(registers(), an_id("home"))
        clock.now += TWO_HOURS
        again = ledger.record(registers(), an_id("home"))
        assert (again.recorded_at, again.position, again.again) == (first.recorded_at, first.position, True)
