"""The broker and the database that all rounds of a soak share, started when the first round asks for them."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from rentalwatch.dev.broker import Broker, chosen_addresses
from rentalwatch.dev.database import Database
from rentalwatch.dev.ports import free_port


class SharedParts:
    """Nothing of it is left running at the end of the block."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._made: dict[str, str] = {}

    @property
    def kafka(self) -> Callable[[], str]:
        """Asks for the bootstrap servers."""
        return lambda: self._part("kafka", self._broker)

    @property
    def postgres(self) -> Callable[[], str]:
        """Asks for the DSN of the server's own database."""
        return lambda: self._part("postgres", self._database)

    def _part(self, name: str, start: Callable[[Path], str]) -> str:
        if name not in self._made:
            folder = Path(tempfile.mkdtemp(prefix=f"rentalwatch-soak-{name}-"))
            self._stack.callback(shutil.rmtree, folder, ignore_errors=True)
            self._made[name] = start(folder)
        return self._made[name]

    def _broker(self, folder: Path) -> str:
        broker = Broker(folder, chosen_addresses(1))
        self._stack.callback(broker.kill)
        broker.start()
        return broker.bootstrap

    def _database(self, folder: Path) -> str:
        database = Database(folder, free_port())
        self._stack.callback(database.kill)
        database.start()
        return database.dsn()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()
