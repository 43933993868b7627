"""However readings are cut, shuffled within the lateness or sent again, and wherever the machine is killed:
the same alerts in the ledger, the same closed days, and nothing counted twice."""

from __future__ import annotations

from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rentalwatch.early_warning.partition import Placed
from tests.integration.early_warning.watched_estate import (
    DAY,
    Pass,
    Warned,
    behind,
    busy_weeks,
    copied,
    passes,
    placed,
    registered,
    warned,
)

KILLS = 3
"""At most, of one run."""


class KilledError(Exception):
    """The process ends here."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return registered(tmp_path_factory.mktemp("early-warning") / "data")


def pieces(sent: list[Pass], chance: Random) -> list[list[Pass]]:
    found, left = [], list(sent)
    while left:
        cut = chance.randint(1, min(len(left), 120))
        found.append(left[:cut])
        left = left[cut:]
    return found


def late_by_chance(sent: list[Pass], chance: Random) -> list[Pass]:
    """In time, but for what comes up to a day after its time."""
    return sorted(sent, key=lambda p: p.at + chance.randint(0, DAY))


class Killing:
    """Ends the work in a transaction of the tables of signals: what the ledger took before stays there."""

    def __init__(self, signals: sa.Engine, chance: Random | None) -> None:
        self.chance, self.left = chance, KILLS
        sa.event.listen(signals, "commit", self._commit)

    def _commit(self, _connection: sa.Connection) -> None:
        if self.chance is not None and self.left and self.chance.random() < 0.15:
            self.left -= 1
            raise KilledError


def judged(folder: Path, batches: list[list[Pass]], *, unkept: int, kills: Random | None = None) -> Any:
    """What is in the ledger and the tables once all batches were taken."""
    with TemporaryDirectory() as place, warned(copied(folder, Path(place) / "data")) as it:
        records = placed([*it.contexts(), *map(passes, batches)])
        killing = Killing(it.signals, None)
        killing.chance = kills
        lives = 0
        while lives <= KILLS:
            lives += 1
            try:
                run(it, records, unkept, kills)
                break
            except KilledError:
                continue
        return set(it.alerts()), it.counts(), it.tallies()


def run(it: Warned, records: list[Placed], unkept: int, chance: Random | None) -> None:
    """One life of the machine: from where it must read again to the end."""
    machine = it.machine(unkept)
    place = machine.begin("t", 0)
    left = [record for record in records if record.offset >= place]
    cut = chance or Random(1)
    while left:
        batch, left = left[: (n := cut.randint(1, 3))], left[n:]
        machine.take(batch, behind(batch[-1]))
    machine.keep_all()


repeatable = settings(
    max_examples=15, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)


@repeatable
@given(seed=st.integers(0, 2**16))
def test_any_pieces_and_any_kills_give_the_same_alerts_days_and_tallies(folder: Path, seed: int) -> None:
    chance, sent = Random(seed), busy_weeks(seed)
    batches = pieces(sent, chance)
    whole = judged(folder, batches, unkept=10**9)
    assert whole[0]
    assert judged(folder, batches, unkept=chance.choice([1, 50, 200]), kills=chance) == whole


@repeatable
@given(seed=st.integers(0, 2**16))
def test_any_order_within_the_lateness_gives_the_same_alerts_and_days(folder: Path, seed: int) -> None:
    chance, sent = Random(seed), busy_weeks(seed)
    in_time = judged(folder, [sent], unkept=10**9)
    # what comes once more beyond the lateness is late, so repeats come right after
    again = [p for p in late_by_chance(sent, chance) for _ in range(chance.choice([1, 1, 2]))]
    other = judged(folder, pieces(again, chance), unkept=100, kills=chance)
    assert other[0] == in_time[0]
    # the last days are closed or open by what came last, which is the same in both
    assert other[1] == in_time[1]
    assert not any("late" in key for key in other[2])
