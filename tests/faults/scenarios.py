"""The faults of the embedded ledger: one round of each kind, from a seed, with real processes.

A round: 1. a ledger with a few homes; 2. writers perform commands while the fault strikes, each command
is acknowledged once it returned; 3. what is stored is checked against what was acknowledged; 4. the same
commands are performed again, now undisturbed; 5. it is checked again, and a second repetition adds nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from time import sleep

from rentalwatch.ledger.application import Ledger
from rentalwatch.ledger.audit import audit
from rentalwatch.ledger.folder import open_ledger
from tests.faults import writer as faulty
from tests.faults.commands import COMMANDS, Command, Work, commands, marks_in, opening
from tests.faults.writer import Writer

KILLED = -9
KILLS = 2
"""Kills in a round: the second one meets what the first one left behind."""
COMMIT_SECONDS = 0.005
"""A kill strikes within about one commit after an acknowledgement."""


@dataclass
class Round:
    """One round and what was wrong afterwards; all four are 0 on a ledger that keeps its promise."""

    kind: str
    seed: int
    acknowledged: int = 0
    struck: int = 0
    """How often the fault was seen to strike."""
    lost: int = 0
    """Acknowledged and not stored, or not stored by repeating."""
    doubled: int = 0
    """Stored more than once."""
    torn: int = 0
    """Stored in part, or found by the audit."""
    disordered: int = 0
    """In the topic out of order."""
    recoveries: list[float] = field(default_factory=list)
    """Seconds from a strike until what was recorded after it was to be seen, and every process was ready."""
    notes: list[str] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        return not (self.lost or self.doubled or self.torn or self.disordered)


def play(kind: str, seed: int, folder: Path) -> Round:
    """Plays one round in an empty folder."""
    rng = Random(f"{kind}/{seed}")
    work, strike = KINDS[kind]
    todo = commands(work, rng)
    result = Round(kind, seed)
    with open_ledger(folder, create=True) as ledger:
        opening(ledger)
    acknowledged = strike(folder, todo, rng, result)
    result.acknowledged = len(acknowledged)
    with open_ledger(folder) as ledger:
        check(ledger, todo, acknowledged, result)
        repeat(ledger, todo, result)
    return result


def check(
    ledger: Ledger,
    todo: list[Command],
    acknowledged: Iterable[int],
    result: Round,
    known: Collection[str] = (),
) -> None:
    """Compares what is stored with what was acknowledged. `known`: codes of what was put there on purpose."""
    found, promised = marks_in(ledger), set(acknowledged)
    for number, command in enumerate(todo):
        counts = [found[mark] for mark in command.marks]
        if number in promised and 0 in counts:
            result.lost += 1
            result.notes.append(f"command {number} was acknowledged and is not stored")
        elif 0 in counts and any(counts):
            result.torn += 1
            result.notes.append(f"command {number} is stored in part")
        if max(counts) > 1:
            result.doubled += 1
            result.notes.append(f"command {number} is stored {max(counts)} times")
    for problem in audit(ledger):
        if problem.code in known:
            continue
        result.torn += 1
        result.notes.append(f"{problem.code} {problem.where}: {problem.what}")


def repeat(ledger: Ledger, todo: list[Command], result: Round, known: Collection[str] = ()) -> None:
    """Performs everything again, twice: the first time adds what is missing, the second time nothing."""
    for command in todo:
        command.perform(ledger)
    check(ledger, todo, range(len(todo)), result, known)
    before = ledger.recorder.max_notification_id()
    for command in todo:
        command.perform(ledger)
    added = ledger.recorder.max_notification_id() - before
    if added:
        result.doubled += added
        result.notes.append(f"repeating everything once more added {added} events")


Strike = Callable[[Path, list[Command], Random, Round], set[int]]
"""Lets writers work while the fault strikes; the numbers of the acknowledged commands."""


def _kill(folder: Path, todo: list[Command], rng: Random, result: Round) -> set[int]:
    done: set[int] = set()
    for _ in range(KILLS):
        writer = Writer(folder, _left(todo, done), stays=True)
        done |= _killed(writer, rng, result)
    return done


def _killed(writer: Writer, rng: Random, result: Round) -> set[int]:
    """Kills a writer a moment after it acknowledged some commands, or before the first."""
    heard: set[int] = set()
    patience, moment = rng.randrange(COMMANDS // 3), rng.uniform(0, COMMIT_SECONDS)
    told = writer.acknowledged()
    for _ in range(patience):
        heard.add(next(told))
    sleep(moment)
    writer.kill()
    heard.update(told)
    result.struck += writer.ended() == KILLED
    return heard


def _two_writers(folder: Path, todo: list[Command], rng: Random, result: Round) -> set[int]:
    """Both say the same, in different orders; one of them is killed meanwhile."""
    shuffled = _left(todo, set())
    rng.shuffle(shuffled)
    survivor = Writer(folder, shuffled)
    victim = Writer(folder, _left(todo, set()), stays=True)
    heard = _killed(victim, rng, result)
    heard.update(survivor.acknowledged())
    if survivor.ended() != 0 or survivor.errors:
        result.lost += 1
        result.notes.append(f"the other writer was stopped: {survivor.errors}")
    return heard


def _disk_full(folder: Path, todo: list[Command], rng: Random, result: Round) -> set[int]:
    return _stopped(folder, todo, faulty.fills_the_disk(rng.randint(0, 12)), "RW-DISK-FULL", result)


def _write_cut(folder: Path, todo: list[Command], rng: Random, result: Round) -> set[int]:
    return _stopped(folder, todo, faulty.cuts_writes_at(rng.randint(150_000, 900_000)), "RW-DATABASE", result)


def _stopped(
    folder: Path, todo: list[Command], trouble: faulty.Trouble, code: str, result: Round
) -> set[int]:
    writer = Writer(folder, _left(todo, set()), trouble=trouble)
    heard = set(writer.acknowledged())
    writer.ended()
    result.struck += writer.errors == [code]
    return heard


def _clock_back(folder: Path, todo: list[Command], rng: Random, result: Round) -> set[int]:
    """The clock goes back two hours and forth again under a writer; then the writer is killed."""
    after = rng.randint(1, 20)
    clock = faulty.set_back_two_hours(after, after + rng.randint(5, 60))
    heard = _killed(Writer(folder, _left(todo, set()), clock=clock, stays=True), rng, result)
    with open_ledger(folder, clock=faulty.set_back_two_hours(0, COMMANDS)) as ledger:
        for number, command in _left(todo, heard)[:5]:
            command.perform(ledger)
            heard.add(number)
        result.struck += ledger.recorder.skew > faulty.TWO_HOURS // 2
    return heard


def _left(todo: list[Command], done: set[int]) -> list[tuple[int, Command]]:
    return [(number, command) for number, command in enumerate(todo) if number not in done]


KINDS: dict[str, tuple[Work, Strike]] = {
    "kill -9 of a writer": ("record", _kill),
    "kill -9 of an importer": ("import", _kill),
    "two writers, one killed": ("record", _two_writers),
    "two importers, one killed": ("import", _two_writers),
    "disk full, writer": ("record", _disk_full),
    "disk full, importer": ("import", _disk_full),
    "write cut off": ("record", _write_cut),
    "clock back two hours": ("record", _clock_back),
}
"""Kind of fault → what its writers do, and how it strikes."""
