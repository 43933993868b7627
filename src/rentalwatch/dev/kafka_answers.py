"""Whether a broker serves."""

from __future__ import annotations

import logging
import socket

from rentalwatch.dev.ports import HOST
from rentalwatch.extras import needs

QUIET = logging.CRITICAL + 1
"""The client's log while a broker is asked that may not serve yet: refusals are what is expected."""
PATIENCE = 1_000
"""Milliseconds for an answer of a broker that listens."""


def answers(bootstrap: str, nodes: int = 1) -> bool:
    """Whether a broker answers an administrator's question and sees at least so many nodes."""
    with needs("cluster"):
        from kafka import KafkaAdminClient
        from kafka.errors import KafkaError
    if not _listens(bootstrap):
        return False
    log = logging.getLogger("kafka")
    before = log.level
    log.setLevel(QUIET)
    try:
        admin = KafkaAdminClient(bootstrap_servers=bootstrap, bootstrap_timeout_ms=PATIENCE)
        try:
            return len(admin.describe_cluster()["brokers"]) >= nodes
        finally:
            admin.close()
    except (KafkaError, OSError):
        return False
    finally:
        log.setLevel(before)


def _listens(bootstrap: str) -> bool:
    port = int(bootstrap.split(",")[0].rpartition(":")[2])
    try:
        socket.create_connection((HOST, port), timeout=PATIENCE / 1_000).close()
    except OSError:
        return False
    return True
