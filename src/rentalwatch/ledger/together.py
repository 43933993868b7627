"""Group commit: commands of several threads that arrive while a commit is under way share the next one.

A commit waits for the disk; a hundred commands wait no longer than one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Condition
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
    """What one thread waits for."""

    def __init__(self, command: C) -> None:
        self.command = command
        self.done = False
        self.error: BaseException | None = None

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
        self._turn = Condition()

    def run(self, command: C) -> R:
        """The answer to a command, once it is committed; its decision knows the commands before it.

        Guarantees: whole or not at all, whatever becomes of the commands beside it. Raises the answer if it
        is an error, or why the commit failed.
        """
        mine: _Waiting[C, R] = _Waiting(command)
        if self.recorder.is_joined:
            self._commit([mine])
            return mine.answer()
        batch = self._await_turn(mine)
        if batch:
            self._lead(batch)
        return mine.answer()

    def _await_turn(self, mine: _Waiting[C, R]) -> list[_Waiting[C, R]]:
        """Waits until the command is done, or until nobody leads: then this thread commits what it
        returns, its own command first."""
        with self._turn:
            self._waiting.append(mine)
            try:
                self._turn.wait_for(lambda: mine.done or not self._led)
            except BaseException:  # Ctrl-C: the answer will never be asked for
                if mine in self._waiting:
                    self._waiting.remove(mine)
                raise
            if mine.done:
                return []
            self._waiting.remove(mine)
            batch = [mine, *self._waiting[: MAX_TOGETHER - 1]]
            del self._waiting[: MAX_TOGETHER - 1]
            self._led = True
            return batch

    def _lead(self, batch: list[_Waiting[C, R]]) -> None:
        try:
            self._commit(batch)
        except IntegrityError as e:
            self._alone(batch, e)
        except BaseException as e:
            for waiting in batch:
                waiting.tell(e)
        finally:
            with self._turn:
                self._led = False
                self._waiting[:0] = [waiting for waiting in batch if not waiting.done]
                self._turn.notify_all()

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
