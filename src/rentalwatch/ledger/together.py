"""Group commit: commands of several threads that arrive while a commit is under way share the next one.

A commit waits for the disk; a hundred commands wait no longer than one.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Condition
from typing import Generic, TypeVar

from rentalwatch.ledger.store import Append, LedgerRecorder

MAX_TOGETHER = 100
"""Commands a commit: a few events each, well below what a commit may hold."""

T = TypeVar("T")


class _Command(Generic[T]):
    """What one thread waits for."""

    def __init__(self, act: Callable[[Append], T]) -> None:
        self.act = act
        self.done = False
        self.error: BaseException | None = None

    def attempt(self, tx: Append) -> None:
        """Does it; if it fails, nothing of it stays in the transaction."""
        tx.execute("SAVEPOINT command")
        try:
            self.result = self.act(tx)
        except Exception as e:
            tx.execute("ROLLBACK TO command")
            self.error = e
        tx.execute("RELEASE command")

    def answer(self) -> T:
        if self.error is not None:
            raise self.error
        return self.result


class Together(Generic[T]):
    """Runs commands under the write lock, as many in one commit as are waiting."""

    def __init__(self, recorder: LedgerRecorder) -> None:
        self.recorder = recorder
        self._waiting: list[_Command[T]] = []
        self._led = False
        self._turn = Condition()

    def run(self, act: Callable[[Append], T]) -> T:
        """What `act` returns, once it is committed; what `act` reads includes the commands before it.

        Guarantees: whole or not at all, whatever becomes of the commands beside it. Raises what `act`
        raises, or why the commit failed.
        """
        if self.recorder.is_joined:
            with self.recorder.writing() as tx:
                return act(tx)
        command = _Command(act)
        batch = self._await_turn(command)
        if batch:
            self._lead(batch)
        return command.answer()

    def _await_turn(self, command: _Command[T]) -> list[_Command[T]]:
        """Waits until the command is done, or until nobody leads: then this thread commits what it
        returns, its own command among it."""
        with self._turn:
            self._waiting.append(command)
            try:
                self._turn.wait_for(lambda: command.done or not self._led)
            except BaseException:  # Ctrl-C: the answer will never be asked for
                if command in self._waiting:
                    self._waiting.remove(command)
                raise
            if command.done:
                return []
            self._waiting.remove(command)
            batch = [command, *self._waiting[: MAX_TOGETHER - 1]]
            del self._waiting[: MAX_TOGETHER - 1]
            self._led = True
            return batch

    def _lead(self, batch: list[_Command[T]]) -> None:
        try:
            self._commit(batch)
        except BaseException as e:
            for command in batch:
                command.error = e
        finally:
            with self._turn:
                self._led = False
                for command in batch:
                    command.done = True
                self._turn.notify_all()

    def _commit(self, batch: list[_Command[T]]) -> None:
        with self.recorder.joined() as tx:
            if len(batch) == 1:
                batch[0].result = batch[0].act(tx)
                return
            for command in batch:
                command.attempt(tx)
