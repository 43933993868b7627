"""How a command runs a process that goes on until it is told to end."""

from __future__ import annotations

import threading
from collections.abc import Callable

from rentalwatch.observe.stopping import Stopping

LOOK_SECONDS = 0.2
STOP_SECONDS = 8.0
"""How long what is under way may take at the end; a supervisor waits ten seconds."""


def until_stopped(name: str, run: Callable[[], None], stopping: Stopping) -> None:
    """Runs it in a thread of its own: a call that hangs must not keep the process from ending. Raises what
    it raises."""
    failed: list[BaseException] = []

    def act() -> None:
        try:
            run()
        except BaseException as e:
            failed.append(e)

    thread = threading.Thread(target=act, name=name, daemon=True)
    thread.start()
    while thread.is_alive() and not stopping.wait(LOOK_SECONDS):
        pass
    thread.join(STOP_SECONDS)
    if failed:
        raise failed[0]
