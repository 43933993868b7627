"""The relay and the workers: processes of the same interpreter, with a health page each."""

from __future__ import annotations

import http.client
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from rentalwatch.dev import child
from rentalwatch.dev.ports import HOST

PATIENCE = 2.0
"""Seconds for the answer of a health page."""


class Member(Protocol):
    """A process of the cluster: a node of the broker, the database, the relay, a worker."""

    name: str
    log: Path

    @property
    def pid(self) -> int: ...
    @property
    def alive(self) -> bool: ...
    def begin(self) -> None: ...
    def ready(self) -> bool: ...
    def stop(self, seconds: float) -> None: ...
    def kill(self) -> None: ...


class Service:
    """A command of rentalwatch that goes on until it is stopped."""

    def __init__(self, name: str, command: Sequence[str], port: int, folder: Path, env: Mapping[str, str]):
        self.name, self.command, self.port = name, command, port
        self.log = folder / f"{name}.log"
        self.env = {**os.environ, **env, "RENTALWATCH_LISTEN": f"{HOST}:{port}"}
        self.child: child.Child | None = None

    @property
    def pid(self) -> int:
        return self.child.pid if self.child else 0

    @property
    def alive(self) -> bool:
        return self.child is not None and self.child.alive

    def begin(self) -> None:
        """Starts the process; it is not ready yet."""
        self.child = child.start([sys.executable, "-m", "rentalwatch", *self.command], self.log, env=self.env)

    def ready(self) -> bool:
        """Whether its health page says so."""
        return page_is_ready(self.port)

    def stop(self, seconds: float) -> None:
        """An orderly stop."""
        if self.child:
            self.child.stop(seconds)

    def kill(self) -> None:
        """kill -9."""
        if self.child:
            self.child.kill()


def page_is_ready(port: int) -> bool:
    """Whether the process that listens there says that it is ready."""
    page = http.client.HTTPConnection(HOST, port, timeout=PATIENCE)  # past any proxy of the environment
    try:
        page.request("GET", "/readyz")
        return page.getresponse().status == http.HTTPStatus.OK
    except (http.client.HTTPException, OSError):
        return False
    finally:
        page.close()
