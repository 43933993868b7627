"""How a process learns that it is to end, with real signals and real processes."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading

import pytest

from rentalwatch.observe.stopping import Stopping


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_sets_it_for_every_thread(number: signal.Signals) -> None:
    found: list[bool] = []
    with Stopping() as stopping:
        threads = [threading.Thread(target=lambda: found.append(stopping.wait(30))) for _ in range(3)]
        for thread in threads:
            thread.start()
        os.kill(os.getpid(), number)
        for thread in threads:
            thread.join()
        assert stopping.is_set()
    assert found == [True] * 3


def test_waiting_ends_without_it_after_the_seconds_given() -> None:
    with Stopping() as stopping:
        assert not stopping.wait(0.01)
        assert not stopping.is_set()


def test_tasks_of_a_loop_wait_for_it_too() -> None:
    async def three_wait(stopping: Stopping) -> None:
        waits = [asyncio.create_task(stopping.waited()) for _ in range(3)]
        await asyncio.sleep(0)
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.gather(*waits)

    with Stopping() as stopping:
        asyncio.run(asyncio.wait_for(three_wait(stopping), 30))
        assert stopping.is_set()


def test_elsewhere_than_in_the_main_thread_only_set_sets_it() -> None:
    made: list[Stopping] = []
    thread = threading.Thread(target=lambda: made.append(Stopping()))
    before = signal.getsignal(signal.SIGTERM)
    thread.start()
    thread.join()
    assert signal.getsignal(signal.SIGTERM) is before
    made[0].set()
    made[0].set()
    assert made[0].wait()
    made[0].close()


def test_the_signals_go_back_to_whoever_had_them() -> None:
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    with Stopping():
        assert signal.getsignal(signal.SIGTERM) != before[0]
    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before


STUBBORN = """
from rentalwatch.observe.stopping import Stopping
stopping = Stopping()
print("up", flush=True)
stopping.wait()
print("heard", flush=True)
while True:
    __import__("time").sleep(60)
"""


def test_the_second_signal_ends_a_process_that_does_not_end_by_itself() -> None:
    process = subprocess.Popen([sys.executable, "-c", STUBBORN], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    with process:
        assert process.stdout.readline() == "up\n"
        process.terminate()
        assert process.stdout.readline() == "heard\n"
        process.terminate()
        assert process.wait(30) == -signal.SIGTERM


BETWEEN = """
import os, select, signal
from rentalwatch.observe.stopping import Stopping

class Late:
    # the system call that begins when the signal has come and its handler has not run
    register = lambda self, *_: None
    def poll(self, milliseconds):
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
        os.kill(os.getpid(), signal.SIGTERM)
        real.poll(milliseconds)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])

real, select.poll = select.poll(), Late
with Stopping() as stopping:
    assert stopping.wait()
"""


def test_a_signal_that_comes_just_before_the_sleep_is_not_slept_through() -> None:
    assert subprocess.run([sys.executable, "-c", BETWEEN], timeout=120, check=False).returncode == 0
