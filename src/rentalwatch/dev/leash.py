"""Runs a program that ends with the process that started it, however that one ends: even by kill -9.

`python leash.py LIFELINE SIGNAL SECONDS UID:GID PROGRAM [ARGUMENT …]` becomes the program itself (same
process id) and leaves a watcher behind. The watcher holds the reading end of a pipe whose other end only the
starting process has: when that process is gone the pipe ends, and the watcher stops the program with SIGNAL,
after SECONDS with SIGKILL. It stands alone, so that it starts quickly and needs nothing installed.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import time

LOOK = 0.5
"""Seconds between two looks whether the program ended by itself: a watcher has nothing to do after it."""
PAUSE = 0.05
"""Seconds between two looks whether the program heeded the signal."""


def watch(program: int, lifeline: int, stop: int, seconds: float) -> None:
    """Waits for the end of the program or of the process that started it; ends the program then."""
    for ignored in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(ignored, signal.SIG_IGN)
    # the watcher is the program's child: as long as it is, that process id cannot be anyone else's
    while os.getppid() == program:
        if select.select([lifeline], [], [], LOOK)[0]:
            end(program, stop, seconds)
            return


def end(program: int, stop: int, seconds: float) -> None:
    """Asks the program to stop, insists after some seconds. One that has ended meanwhile is left alone: its
    starter closes the pipe too once it has noticed that, and the id may be another's by then."""
    deadline = time.monotonic() + seconds
    asked = False
    while os.getppid() == program:
        if time.monotonic() > deadline:
            os.kill(program, signal.SIGKILL)
            return
        if not asked:
            os.kill(program, stop)
            asked = True
        time.sleep(PAUSE)


def main(lifeline: int, stop: int, seconds: float, owner: str, *program: str) -> None:
    """Becomes the program, as the owner if one is named."""
    myself = os.getpid()
    if os.fork() == 0:
        watch(myself, lifeline, stop, seconds)
        os._exit(0)
    os.close(lifeline)
    if owner:
        user, _, group = owner.partition(":")
        os.setgroups([])
        os.setgid(int(group))
        os.setuid(int(user))
    os.execv(program[0], program)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), sys.argv[4], *sys.argv[5:])
