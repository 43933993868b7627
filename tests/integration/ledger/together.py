"""Several real processes that do something at the same moment."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence
from typing import Any

_FORK = multiprocessing.get_context("fork")
PATIENCE_SECONDS = 60
"""A process that has not answered by then hangs: the test fails instead of waiting for ever."""


def together(act: Callable[..., Any], arguments: Sequence[tuple[Any, ...]]) -> list[Any]:
    """What `act(*arguments[i])` answered in process i; all begin together. An error is an answer too."""
    gate = _FORK.Barrier(len(arguments))
    answers = _FORK.Queue()
    processes = [
        _FORK.Process(target=_run, args=(n, gate, answers, act, args)) for n, args in enumerate(arguments)
    ]
    for process in processes:
        process.start()
    try:
        answered = dict(answers.get(timeout=PATIENCE_SECONDS) for _ in processes)
    finally:
        for process in processes:
            process.join(timeout=PATIENCE_SECONDS)
            process.kill()
    return [answered[n] for n in range(len(arguments))]


def _run(n: int, gate: Any, answers: Any, act: Callable[..., Any], args: tuple[Any, ...]) -> None:
    gate.wait(PATIENCE_SECONDS)
    try:
        answer = act(*args)
    except Exception as e:
        answer = f"{type(e).__name__}: {e}"
    answers.put((n, answer))
