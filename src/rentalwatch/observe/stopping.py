"""How a process learns that it is to end: SIGTERM from its supervisor, Ctrl-C from a person."""

from __future__ import annotations

import asyncio
import math
import os
import select
import signal
import threading
import time
from types import FrameType, TracebackType
from typing import Any

SIGNALS = (signal.SIGTERM, signal.SIGINT)

LOOK_SECONDS = 0.2
"""Longest sleep at a time. A signal that arrives between Python's last look and the system call does not
interrupt it: its handler runs after the sleep, however long (seen: for ever)."""


class Stopping:
    """Set by the first SIGTERM or SIGINT, or by `set()`; the second signal ends the process at once.

    Made in the main thread it takes the signals over until `close()` (or the end of a `with`); elsewhere
    only `set()` sets it. Any thread and any asyncio loop may wait for it, several at a time.
    """

    def __init__(self) -> None:
        # A pipe instead of threading.Event: a signal handler that sets an Event while the interrupted code
        # holds its lock waits for itself for ever.
        self._read, self._write = os.pipe()
        os.set_blocking(self._write, False)
        self._set = False
        self._before: dict[signal.Signals, Any] = {}
        if threading.current_thread() is threading.main_thread():
            self._before = {s: signal.signal(s, self._heard) for s in SIGNALS}

    def is_set(self) -> bool:
        """Whether the process is to end."""
        return self._set

    def set(self) -> None:
        """Asks the process to end, as a signal would. Safe anywhere, also twice."""
        if not self._set:
            self._set = True
            os.write(self._write, b"x")

    def wait(self, seconds: float | None = None) -> bool:
        """Waits until it is set, for so many seconds at most; whether it is set."""
        poll = select.poll()
        poll.register(self._read, select.POLLIN)
        end = math.inf if seconds is None else time.monotonic() + seconds
        while not self._set and (left := end - time.monotonic()) > 0:
            poll.poll(min(left, LOOK_SECONDS) * 1000)
        return self._set

    async def waited(self) -> None:
        """The same in an asyncio task: returns once it is set."""
        while not self._set:
            await asyncio.sleep(LOOK_SECONDS)

    def close(self) -> None:
        """Gives the signals back to whoever had them. Nobody may wait any more."""
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before = {}
        os.close(self._read)
        os.close(self._write)

    def _heard(self, number: int, _frame: FrameType | None) -> None:
        if self._set:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
        self.set()

    def __enter__(self) -> Stopping:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
