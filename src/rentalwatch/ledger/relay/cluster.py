"""Which ledger is published to which topics."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Cluster:
    """What a relay connects: a ledger (a folder, or a DSN) with the topics of one prefix on some brokers
    (host:port, separated by commas)."""

    where: Path | str
    bootstrap: str
    prefix: str
