"""A child process with a log of its own, which never outlives the process that started it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

LEASH = Path(__file__).with_name("leash.py")
LEFT_ALONE = 8.0
"""Seconds that a child has for an orderly stop once its starter is gone: within the 10 s of a clean stop."""
LOG_LIMIT = 20_000_000
"""Bytes of a log that are kept over a start; what is longer becomes NAME.log.1."""
TAIL = 12
"""Lines of a log that go into an error message."""


@dataclass
class Child:
    """A running child. `pid` is the program's own, so that a test may kill -9 it."""

    process: subprocess.Popen[bytes]
    log: Path
    lifeline: int
    stop_signal: int
    begin: int
    """Where in the log this start begins."""

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def stop(self, seconds: float) -> bool:
        """Asks it to stop and insists after so many seconds; whether it stopped by itself."""
        if self.alive:
            self.process.send_signal(self.stop_signal)
        return self.stopped(seconds)

    def stopped(self, seconds: float) -> bool:
        """Waits until it has stopped; kills it when it takes longer; whether it stopped by itself."""
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            return False
        self._let_go()
        return True

    def kill(self) -> None:
        """kill -9."""
        if self.alive:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self._let_go()

    def last_words(self) -> str:
        """The last lines that it wrote, and how it ended if it did."""
        with self.log.open("rb") as f:
            f.seek(min(self.begin, self.log.stat().st_size))
            lines = f.read().decode("utf-8", errors="replace").splitlines()[-TAIL:]
        code = self.process.poll()
        ended = [] if code is None else [f"(ended with {signal_or_code(code)})"]
        return "\n".join([*lines, *ended])

    def _let_go(self) -> None:
        if self.lifeline >= 0:
            os.close(self.lifeline)
            self.lifeline = -1


def start(
    command: Sequence[str | Path],
    log: Path,
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    owner: str = "",
    stop_signal: int = signal.SIGTERM,
) -> Child:
    """Starts a program in a session of its own (Ctrl-C at the terminal does not reach it), as `owner`
    (uid:gid) if given, with its output added to the log."""
    reading, writing = os.pipe()
    leash = [sys.executable, "-I", "-S", LEASH, reading, int(stop_signal), LEFT_ALONE, owner]
    with rotated(log).open("ab") as out:
        begin = out.tell()
        process = subprocess.Popen(
            [str(part) for part in (*leash, *command)],
            stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
            env=None if env is None else dict(env), cwd=cwd, pass_fds=[reading], start_new_session=True,
        )  # fmt: skip
    os.close(reading)
    return Child(process, log, writing, stop_signal, begin)


def signal_or_code(code: int) -> str:
    """How a process ended, in words."""
    return f"exit code {code}" if code >= 0 else f"signal {signal.Signals(-code).name}"


def rotated(log: Path) -> Path:
    """The log, with its folder; a long one is put aside."""
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > LOG_LIMIT:
        log.replace(log.with_name(f"{log.name}.1"))
    return log
