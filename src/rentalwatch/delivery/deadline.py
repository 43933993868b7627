"""A time by which a conversation over a socket is over, however slowly the other side speaks.

A socket's own timeout begins anew with every byte: one byte a second would hold a sender for ever.
"""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from types import TracebackType
from typing import NamedTuple


class Timeouts(NamedTuple):
    """Seconds: to connect to one address; for each read; for all of it once the address is known."""

    connect: float = 5.0
    read: float = 10.0
    total: float = 20.0


class Deadline:
    """Cuts the socket that it watches once its time is over; `over` says whether it did."""

    def __init__(self, seconds: float) -> None:
        self.over = False
        self._socket: socket.socket | None = None
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True

    def watch(self, sock: socket.socket) -> None:
        """From now on this connection is cut when the time is over, whatever TLS is laid over it later."""
        self._socket = sock.dup()  # TLS takes the file number away from the socket that it wraps
        if self.over:
            self._cut()

    def _cut(self) -> None:
        self.over = True
        if self._socket is not None:
            with suppress(OSError):  # it has ended already
                self._socket.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Deadline:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        if self._socket is not None:
            self._socket.close()
