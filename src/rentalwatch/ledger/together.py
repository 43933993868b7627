"""Group commit: commands of several threads that arrive while a commit is under way share the next one.

A commit waits for the disk; a hundred commands wait no longer than one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from threading import Condition, Lock
from typing import Generic, TypeVar

from eventsourcing.persistence import IntegrityError

from rentalwatch.ledger.appending import Append
from rentalwatch.ledger.store import MAX_EVENTS, Recorder

MAX_TOGETHER = MAX_EVENTS // 2
"""Commands that are decided at once; how many a commit really takes is for `perform` to say."""

C = TypeVar("C")
R = TypeVar("R")

Perform = Callable[[Append, Sequence[C]], Sequence[R | Exception]]
"""Decides commands under the write lock; the answers to the first ones, at least one."""


class _Waiting(Generic[C, R]):
    """What one thread waits for: an answer, or the lead."""

    def __init__(self, command: C) -> None:
        self.command = command
        self.done = self.leads = False
        self.error: BaseException | None = None
        self._turn = Lock()
        self._turn.acquire()

    def wait(self) -> None:
        """Until it is woken; each sleeps on a lock of its own, so that nobody is woken in vain."""
        self._turn.acquire()

    def wake(self) -> None:
        self._turn.release()

    def tell(self, answer: R | BaseException) -> None:
        if isinstance(answer, BaseException):
            self.error = answer
        else:
            self.result = answer
        self.done = True

    def answer(self) -> R:
        if self.error is not None:
            raise self.error
        return self.result


class Together(Generic[C, R]):
    """Runs commands under the write lock, as many in one commit as are waiting."""

    def __init__(self, recorder: Recorder, perform: Perform[C, R]) -> None:
        self.recorder = recorder
        self.perform = perform
        self._waiting: list[_Waiting[C, R]] = []
        self._led = False
        self._lock = Lock()
        self._gathered = Condition(self._lock)
        self._together = 1
        """Commands that were committed or waiting when the last commit ended."""
        self._took = 0.0
        """Seconds of the last commit."""

    def run(self, command: C) -> R:
        """The answer to a command, once it is committed; its decision knows the commands before it.

        Guarantees: whole or not at all, whatever becomes of the commands beside it. Raises the answer if it
        is an error, or why the commit failed.
        """
        mine: _Waiting[C, R] = _Waiting(command)
        if self.recorder.is_joined:
            self._commit([mine])
            return mine.answer()
        if self._leads(mine):
            self._lead(mine)
        return mine.answer()

    def _leads(self, mine: _Waiting[C, R]) -> bool:
        """Waits until the command is done, or until nobody leads: then this thread does."""
        with self._lock:
            if not self._led:
                self._led = True
                return True
            self._waiting.append(mine)
            if len(self._waiting) + 1 >= self._together:
                self._gathered.notify()
        try:
            mine.wait()
        except BaseException:  # Ctrl-C: the answer will never be asked for
            self._leave(mine)
            raise
        return not mine.done

    def _leave(self, mine: _Waiting[C, R]) -> None:
        with self._lock:
            if mine in self._waiting:
                self._waiting.remove(mine)
            elif mine.leads:
                self._hand_on()

    def _hand_on(self) -> None:
        """The first that waits leads from now on."""
        self._led = bool(self._waiting)
        if self._waiting:
            following = self._waiting.pop(0)
            following.leads = True
            following.wake()

    def _lead(self, mine: _Waiting[C, R]) -> None:
        batch = [mine]
        try:
            batch += self._gather()
            begun = time.perf_counter()
            self._commit(batch)
            self._took = time.perf_counter() - begun
        except IntegrityError as e:
            self._alone(batch, e)
        except BaseException as e:
            for waiting in batch:
                waiting.tell(e)
        finally:
            self._end(batch)

    def _gather(self) -> list[_Waiting[C, R]]:
        """Those that wait. Who was answered just now often comes back at once: without waiting for them a
        moment, half of the threads would always be waiting for the other half's commit."""
        with self._lock:
            if self._together > 1 and self.recorder.patience:
                everyone = lambda: len(self._waiting) + 1 >= self._together  # noqa: E731
                self._gathered.wait_for(everyone, min(self.recorder.patience, self._took / 2))
            found = self._waiting[: MAX_TOGETHER - 1]
            del self._waiting[: MAX_TOGETHER - 1]
            return found

    def _end(self, batch: list[_Waiting[C, R]]) -> None:
        with self._lock:
            self._waiting[:0] = [waiting for waiting in batch[1:] if not waiting.done]
            self._together = len(batch) + len(self._waiting)
            for waiting in batch[1:]:
                if waiting.done:
                    waiting.wake()
            self._hand_on()

    def _commit(self, batch: list[_Waiting[C, R]]) -> None:
        with self.recorder.joined() as tx:
            answers = self.perform(tx, [waiting.command for waiting in batch])
        for waiting, answer in zip(batch, answers, strict=False):
            waiting.tell(answer)

    def _alone(self, batch: list[_Waiting[C, R]], conflict: IntegrityError) -> None:
        """What no decision foresaw: each has a commit of its own, so that nobody else fails."""
        if len(batch) == 1:
            batch[0].tell(conflict)
            return
        for waiting in batch:
            try:
                self._commit([waiting])
            except Exception as e:
                waiting.tell(e)
