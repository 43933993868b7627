"""A recovery or a restoration that kills itself (kill -9) at a named point: `python -m … POINT WHAT WHERE
KAFKA PREFIX EXPORT`."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

from rentalwatch.ledger.appending import Append
from rentalwatch.ledger.relay import recover, restore
from rentalwatch.ledger.relay.cluster import Cluster
from rentalwatch.ledger.relay.publisher import Publisher
from rentalwatch.settings import place_of

POINTS = {
    "after the export": (recover, "export", "after"),
    "in the midst of the transaction": (Append, "set_epoch", "before"),
    "behind the last statement": (Append, "set_epoch", "after"),
    "between commit and progress": (Publisher, "put", "before"),
    "after the progress": (Publisher, "put", "after"),
}


def dies_at(point: str) -> None:
    """Arms one point."""
    owner, name, when = POINTS[point]
    right = getattr(owner, name)

    def deadly(*args: Any, **kwargs: Any) -> Any:
        if when == "after":
            right(*args, **kwargs)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(owner, name, deadly)


def main(point: str, what: str, where: str, kafka: str, prefix: str, export: str) -> None:
    dies_at(point)
    cluster = Cluster(place_of(where), kafka, prefix)
    if what == "restore":
        restore.restore(cluster, lambda _: None)
        return
    with recover.recovering(cluster, lambda _: None) as recovery:
        recovery.act(recovery.diagnose(), Path(export))


if __name__ == "__main__":
    main(*sys.argv[1:])
