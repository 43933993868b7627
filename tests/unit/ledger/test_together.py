"""Commands of several threads share commits; none of them notices."""

import signal
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event, Thread, get_ident

import pytest

from rentalwatch.errors import NotPermittedError
from rentalwatch.ledger.application import Ledger, Outcome
from rentalwatch.ledger.audit import audit
from rentalwatch.ledger.statements import Statement
from rentalwatch.ledger.together import Together
from tests.unit.ledger.words import an_id, notices, patrols, registers, stored

THREADS = 16


def at_once(ledger: Ledger, commands: list[tuple[Statement, str]]) -> list[Outcome | Exception]:
    """What each command answered; all begin together, and wait until the first commit is made."""
    gate = Barrier(len(commands))

    def act(said: Statement, name: str) -> Outcome | Exception:
        gate.wait()
        try:
            return ledger.record(said, an_id(name))
        except Exception as e:
            return e

    with ThreadPoolExecutor(len(commands)) as pool:
        return list(pool.map(lambda command: act(*command), commands))


@pytest.fixture
def home(ledger: Ledger) -> Ledger:
    ledger.record(registers(), an_id("home"))
    return ledger


def test_all_are_stored_in_one_file_without_a_gap(home):
    told = at_once(home, [(patrols(), f"patrol {n}") for n in range(THREADS)])
    assert sorted(outcome.version for outcome in told) == list(range(2, THREADS + 2))
    assert list(audit(home)) == []


def test_one_that_is_refused_takes_nobody_with_it(home):
    told = at_once(home, [(notices("N-1"), f"notice {n}") for n in range(THREADS)])
    assert sum(isinstance(answer, NotPermittedError) for answer in told) == THREADS - 1
    assert len(stored(home)) == 2


def test_the_same_command_at_once_is_stored_once(home):
    told = at_once(home, [(patrols(), "patrol")] * THREADS)
    assert {outcome.version for outcome in told} == {2}
    assert sum(not outcome.again for outcome in told) == 1


def test_an_outcome_says_when_its_event_was_recorded(home):
    told = at_once(home, [(patrols(), f"patrol {n}") for n in range(THREADS)])
    recorded = {row.version: (row.position, row.recorded_at) for row in stored(home)}
    assert all(recorded[o.version] == (o.position, o.recorded_at) for o in told)


def test_a_commit_that_fails_is_told_to_all_and_stores_nothing(home, monkeypatch):
    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as broken:
        broken.setattr("eventsourcing.sqlite.SQLiteConnection.commit", full)
        told = at_once(home, [(patrols(), f"patrol {n}") for n in range(THREADS)])
    assert {getattr(answer, "code", answer) for answer in told} == {"RW-DISK-FULL"}
    assert len(stored(home)) == 1
    assert not home.record(patrols(), an_id("patrol 0")).again


def test_commands_of_one_commit_are_recorded_at_one_instant(home):
    with home.recorder.joined():
        told = [home.record(patrols(), an_id(f"patrol {n}")) for n in range(3)]
    assert len({outcome.recorded_at for outcome in told}) == 1
    assert [outcome.version for outcome in told] == [2, 3, 4]
    assert list(audit(home)) == []


def test_who_is_interrupted_while_it_waits_holds_up_nobody(home):
    # a shell that runs the tests in the background has them ignore Ctrl-C
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        _interrupted(home)
    finally:
        signal.signal(signal.SIGINT, before)


def _interrupted(home):
    begun, go_on = Event(), Event()

    def perform(tx, commands):
        begun.set()
        go_on.wait()
        return [command.upper() for command in commands]

    group: Together[str, str] = Together(home.recorder, perform)
    leader = Thread(target=group.run, args=("first",))
    leader.start()
    begun.wait()
    me = get_ident()
    interrupter = Thread(target=lambda: _interrupts(group, me))
    interrupter.start()
    with pytest.raises(KeyboardInterrupt):
        group.run("interrupted")
    go_on.set()
    leader.join()

    assert group.run("next") == "NEXT"


def _interrupts(group: Together[str, str], thread: int) -> None:
    """Ctrl-C, once a command waits."""
    pause = Event()
    while not group._waiting:
        pause.wait(0.01)
    signal.pthread_kill(thread, signal.SIGINT)
