"""Ports on this machine: free ones, and whether one is taken.

A chosen port is claimed until this process ends, so that two clusters that start at the same moment do not
both choose a port on which neither listens yet.
"""

from __future__ import annotations

import fcntl
import os
import random
import socket
import tempfile
from pathlib import Path
from typing import IO

from rentalwatch.errors import StorageError

HOST = "127.0.0.1"
FIRST, LAST = 20_000, 32_000
"""Below the ports that systems give to outgoing connections (Linux from 32768, macOS from 49152): a client
that keeps knocking at a closed port among those may be connected to itself, and then the port is taken."""
TRIES = 200

_claims: dict[int, IO[bytes]] = {}
"""Port → the locked file that says it is ours."""


def is_free(port: int) -> bool:
    """Whether a server could listen there now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind((HOST, port))
        except OSError:
            return False
    return True


def claim(port: int) -> bool:
    """Takes a port for this process among all that ask here; false if another one has it."""
    if port in _claims:
        return True
    folder = Path(tempfile.gettempdir()) / f"rentalwatch-ports-{os.getuid()}"
    folder.mkdir(exist_ok=True, mode=0o700)
    lock = (folder / str(port)).open("ab")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        return False
    _claims[port] = lock
    return True


def free_port(taken: set[int] | None = None) -> int:
    """A port that is free now and not among those taken. Raises StorageError (RW-PORT-TAKEN)."""
    for _ in range(TRIES):
        port = random.randint(FIRST, LAST)
        if port not in (taken or ()) and is_free(port) and claim(port):
            return port
    raise StorageError(
        f"no free port between {FIRST} and {LAST}", todo="Stop other servers.", code="RW-PORT-TAKEN"
    )


def wanted_port(wanted: int, what: str, option: str) -> int:
    """The port that was asked for. Raises StorageError (RW-PORT-TAKEN) when something else listens there."""
    if not is_free(wanted):
        raise StorageError(
            f"port {wanted}, wanted for {what}, is taken by another program",
            todo=f"Stop that program, or choose another port with {option}.",
            code="RW-PORT-TAKEN",
            port=wanted,
        )
    return wanted
