"""The relay and the workers: processes of the same interpreter, with a health page each."""

from __future__ import annotations

import http.client
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from rentalwatch.dev import child
from rentalwatch.dev.member import Member
from rentalwatch.dev.ports import HOST

PATIENCE = 2.0
"""Seconds for the answer of a health page."""


class Service(Member):
    """A command of rentalwatch that goes on until it is stopped."""

    def __init__(self, name: str, command: Sequence[str], port: int, folder: Path, env: Mapping[str, str]):
        super().__init__(name, folder / f"{name}.log")
        self.command, self.port = command, port
        self.env = {**os.environ, **env, "RENTALWATCH_LISTEN": f"{HOST}:{port}"}

    def begin(self) -> None:
        """Starts the process; it is not ready yet."""
        self.child = child.start([sys.executable, "-m", "rentalwatch", *self.command], self.log, env=self.env)

    def ready(self) -> bool:
        """Whether its health page says so."""
        return page_is_ready(self.port)


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
