"""A writer in a process of its own that says on a pipe what was acknowledged, and can be killed."""

from __future__ import annotations

import faulthandler
import multiprocessing
import os
import resource
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from rentalwatch.domain.instants import SECOND
from rentalwatch.errors import StorageError
from rentalwatch.ledger.application import Ledger
from rentalwatch.ledger.folder import open_ledger
from rentalwatch.ledger.store import Clock, until_back, wall_clock
from tests.faults.commands import Command
from tests.parts.forks import FORKED

_FORK = multiprocessing.get_context("fork")
HANGS_SECONDS = 25
"""After so long in one command a writer writes down where it stands: a little less than a command waits."""
TWO_HOURS = 7_200 * SECOND

Trouble = Callable[[Ledger, int], None]
"""Called before each command with its number: where a fault is put under the writer."""


class Writer:
    """Performs `work`, a list of (number, command), in a forked process and acknowledges each.

    `where` is a folder or a DSN; `first` is what the process does before it opens the ledger there."""

    def __init__(
        self,
        where: Path | str,
        work: Sequence[tuple[int, Command]],
        *,
        trouble: Trouble | None = None,
        clock: Clock = wall_clock,
        stays: bool = False,
        first: Callable[[], object] = bool,
    ) -> None:
        context = FORKED if isinstance(where, str) else _FORK
        reading, writing = context.Pipe(duplex=False)
        told = (where, work, writing, trouble, clock, stays, first)
        self._process = context.Process(target=_write, args=told)
        self._process.start()
        writing.close()
        self._said = os.fdopen(os.dup(reading.fileno()), encoding="ascii")
        reading.close()
        self.errors: list[str] = []

    def acknowledged(self) -> Iterator[int]:
        """The numbers of the commands that returned, as they are told, until the process is gone."""
        for line in self._said:
            if line.startswith("!"):
                self.errors.append(line[1:].strip())
            elif line.endswith("\n"):
                yield int(line)

    def kill(self) -> None:
        """SIGKILL: no handler, no flush, no rollback of its own."""
        self._process.kill()

    def ended(self) -> int:
        """Its exit code; -9 if it was killed."""
        self._said.close()
        self._process.join()
        assert self._process.exitcode is not None
        return self._process.exitcode


def _write(
    where: Path | str,
    work: Sequence[tuple[int, Command]],
    said: Connection,
    trouble: Trouble | None,
    clock: Clock,
    stays: bool,
    first: Callable[[], object],
) -> None:
    pipe = said.fileno()
    first()
    # a writer may be started while the database is down; opening says so at once, as to a person
    with until_back(lambda: open_ledger(where, clock=clock)) as ledger:
        for number, command in work:
            if trouble is not None:
                trouble(ledger, number)
            faulthandler.dump_traceback_later(HANGS_SECONDS)
            try:
                command.perform(ledger)
            except StorageError as e:
                os.write(pipe, f"!{e.code}\n".encode())
                return
            os.write(pipe, f"{number}\n".encode())
        faulthandler.cancel_dump_traceback_later()
        while stays:  # a round that is to be killed ends by being killed
            signal.pause()


def fills_the_disk(pages: int) -> Trouble:
    """The database may grow by so many pages and no more."""

    def trouble(ledger: Ledger, number: int) -> None:
        if number == 0:
            with ledger.recorder.datastore.get_connection(commit=True) as connection:
                cursor = connection.cursor()
                cursor.execute("PRAGMA page_count")
                limit = cursor.fetchone()[0] + pages
                cursor.execute(f"PRAGMA max_page_count={limit}")

    return trouble


def cuts_writes_at(size: int) -> Trouble:
    """The operating system refuses, perhaps in the middle of a page, what goes beyond `size` bytes."""

    def trouble(ledger: Ledger, number: int) -> None:
        if number == 0:
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))

    return trouble


def set_back_two_hours(after: int, until: int) -> Clock:
    """A clock that is two hours back between its looks `after` and `until`."""
    return _SetBack(after, until)


@dataclass
class _SetBack:
    after: int
    until: int
    looks: int = 0

    def __call__(self) -> int:
        self.looks += 1
        back = self.after <= self.looks < self.until
        return time.time_ns() // 1000 - (TWO_HOURS if back else 0)
