"""Writers at work while a fault strikes: processes that share a round's commands, and what they were told."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from rentalwatch.ledger.application import Ledger
from rentalwatch.ledger.store import Clock, wall_clock
from tests.faults.commands import Command
from tests.faults.writer import Writer

KILLED = -9
PACE_SECONDS = 0.03
"""Between two commands of a writer: a round's load lasts as long as a process needs to come back."""
LOOK_SECONDS = 0.005
LONGEST_SECONDS = 120.0

Numbered = list[tuple[int, Command]]


class Load:
    """Commands in several processes. What a killed one had not acknowledged another performs at once."""

    def __init__(
        self,
        where: str,
        todo: Sequence[Command],
        *,
        writers: int = 2,
        pace: float = PACE_SECONDS,
        clocks: Sequence[Clock] = (),
    ) -> None:
        self.where, self.pace = where, pace
        self.acknowledged: set[int] = set()
        self.ended: list[tuple[int, list[str]]] = []
        """Exit code of each writer and the errors that it met, once `finish` has returned."""
        numbered = list(enumerate(todo))
        shares = [numbered[n::writers] for n in range(writers)]
        self._own = [_One(self, share, _at(clocks, n)) for n, share in enumerate(shares)]

    @property
    def through(self) -> bool:
        """Whether all writers have ended."""
        return not any(one.thread.is_alive() for one in self._own)

    def after(self, count: int) -> None:
        """Waits until so many commands were acknowledged, or the writers are through."""
        give_up = time.monotonic() + LONGEST_SECONDS
        while len(self.acknowledged) < count and not self.through:
            assert time.monotonic() < give_up, f"{len(self.acknowledged)} of {count} acknowledged: stuck"
            time.sleep(LOOK_SECONDS)

    def moment(self, rng: Random, upto: int) -> None:
        """Waits for a moment of a seed's choice: some commands later, and some milliseconds."""
        self.after(len(self.acknowledged) + rng.randrange(1, upto))
        time.sleep(rng.uniform(0, self.pace))

    def kill(self, which: int) -> bool:
        """kill -9 of a writer, whose rest goes to a new one; whether it died of it."""
        return self._own[which].killed()

    def finish(self) -> set[int]:
        """Waits for all writers; the numbers of the acknowledged commands."""
        for one in self._own:
            one.finished()
        return self.acknowledged


class _One:
    """One writer at a time, with a thread that hears it."""

    def __init__(self, load: Load, work: Numbered, clock: Clock) -> None:
        self.load, self.work, self.clock = load, work, clock
        self._begin()

    def _begin(self) -> None:
        left = [(number, command) for number, command in self.work if number not in self.load.acknowledged]
        self.writer = Writer(self.load.where, left, trouble=Paced(self.load.pace), clock=self.clock)
        self.thread = threading.Thread(target=self._hear, args=(self.writer,), daemon=True)
        self.thread.start()

    def _hear(self, writer: Writer) -> None:
        for number in writer.acknowledged():
            self.load.acknowledged.add(number)

    def killed(self) -> bool:
        self.writer.kill()
        self.thread.join()
        died = self.writer.ended() == KILLED
        self._begin()
        return died

    def finished(self) -> None:
        self.thread.join()
        self.load.ended.append((self.writer.ended(), self.writer.errors))


def _at(clocks: Sequence[Clock], n: int) -> Clock:
    return clocks[n] if n < len(clocks) else wall_clock


@dataclass(frozen=True)
class Paced:
    """Waits before each command."""

    seconds: float

    def __call__(self, ledger: Ledger, number: int) -> None:
        time.sleep(self.seconds)
