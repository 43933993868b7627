"""Processes of a run that was killed: they end by themselves (see `leash`); here one waits, and insists."""

from __future__ import annotations

import signal
import time

from rentalwatch.dev.child import LEFT_ALONE
from rentalwatch.dev.jars import Say
from rentalwatch.dev.state import SUPERVISOR, State

SUPERVISOR_STOPS_WITHIN = 15.0
"""Seconds that a supervisor has for stopping its cluster: it takes 10 at most."""


def end_leftovers(state: State, say: Say) -> None:
    """Ends what still runs of an earlier start. Only the very processes that were written down are meant:
    one that has got the same id since is not touched."""
    left = state.running()
    if not left:
        return
    say(f"An earlier run was killed; waiting for its processes to end: {', '.join(left)} ...")
    deadline = time.monotonic() + LEFT_ALONE + 2
    for process in left.values():
        if not process.ended(within=max(0.0, deadline - time.monotonic())):
            process.end(signal.SIGKILL)
            process.ended(within=LEFT_ALONE)


def stop_cluster(state: State, say: Say) -> bool:
    """Stops a running cluster, from outside; whether there was anything to stop."""
    if not state.supervised and not state.running():
        return False
    if state.supervised:
        supervisor = state.processes[SUPERVISOR]
        supervisor.end(signal.SIGTERM)
        if not supervisor.ended(within=SUPERVISOR_STOPS_WITHIN):
            supervisor.end(signal.SIGKILL)
    end_leftovers(state, say)
    return True
