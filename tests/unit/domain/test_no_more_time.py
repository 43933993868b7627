"""What cannot be used to postpone lateness: sending again, claiming again; and what ends with the home."""

from __future__ import annotations

from rentalwatch.domain.instants import FOREVER
from tests.unit.domain.reading import judged
from tests.unit.domain.story import (
    claimed,
    confirmed,
    deregistered,
    dispatched,
    finding,
    given,
    lead,
    noticed,
    us,
)

A = finding("a")


def test_the_squads_time_runs_from_the_first_dispatch():
    home = given(lead("2025-03-01 08:00", by="2025-03-02"), dispatched("2025-03-02 09:00", by="2025-03-03"))
    assert judged(home).state.a_due == us("2025-03-03")


def test_dispatching_again_gives_no_more_time():
    home = given(
        lead("2025-03-01 08:00", by="2025-03-02"),
        dispatched("2025-03-02 09:00", by="2025-03-03"),
        dispatched("2025-03-09 09:00", by="2025-03-10"),
    )
    assert judged(home).state.a_due == us("2025-03-03")


def test_claiming_again_gives_the_squad_no_more_time():
    home = given(
        confirmed("2025-03-01", A),
        claimed("2025-03-05", A, check_by="2025-03-08"),
        claimed("2025-03-20", A, check_by="2025-03-23"),
    )
    then = judged(home)
    assert then.fates == ["replaced", "pending"]
    assert then.state.b3_due == us("2025-03-08")


def test_no_clock_runs_for_a_home_that_is_gone():
    home = given(
        lead("2025-03-01 08:00", by="2025-03-02"),
        confirmed("2025-03-01 10:00", A),
        noticed("2025-03-02", A, by="2025-03-09"),
        deregistered("2025-04-01"),
    )
    then = judged(home)
    running = [c for kind in ("on_site", "deadline") for c in then.clocks(kind) if c.outcome == "running"]
    assert running == []
    assert (then.state.a_due, then.state.b2_due) == (FOREVER, FOREVER)
