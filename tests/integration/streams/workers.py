"""Workers as processes: started, asked, waited for."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from tests.integration.streams.cluster import Cluster

LONGEST_SECONDS = 90
"""After which a story is taken to have failed: a session that ends and a transaction that is given up, on a
machine that does much else."""

LOOK_SECONDS = 0.1
RUN = "from rentalwatch.cli.start import run; run()"


class Worker:
    """A process that was started; killed at the end of its block if it still runs."""

    def __init__(self, cluster: Cluster, name: str, folder: Path, command: Sequence[str] = ()) -> None:
        self.name = name
        self.log = folder / f"{name}-{time.monotonic_ns()}.log"
        environment = {
            **os.environ,
            "RENTALWATCH_DATA": cluster.dsn,
            "RENTALWATCH_KAFKA": cluster.kafka,
            "RENTALWATCH_TOPICS": cluster.topics,
            "RENTALWATCH_LISTEN": "127.0.0.1:0",
            "RENTALWATCH_WORKER": name,
            "RENTALWATCH_LOG": "json",
        }
        whole = command or [sys.executable, "-c", RUN, "worker", "projector"]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                whole, env=environment, stderr=log, stdout=subprocess.DEVNULL, cwd=folder
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.kill()

    def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        self.process.wait()

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    @property
    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")

    @property
    def port(self) -> int | None:
        """Where it answers, once it does."""
        for line in self.said.splitlines():
            if '"port"' in line:
                return int(json.loads(line)["port"])
        return None

    def problems(self) -> dict[str, str] | None:
        """Why it is not ready; None while it does not answer."""
        said = self._get("/readyz")
        return dict(json.loads(said)["problems"]) if said else None

    @property
    def ready(self) -> bool:
        return self.problems() == {}

    def partitions(self) -> set[int]:
        """Those whose lag it shows: its own."""
        return set(self.lag())

    def lag(self) -> dict[int, float]:
        """Partition → events that are not folded yet."""
        start = "rentalwatch_projection_lag_events{partition="
        lines = (line for line in self._get("/metrics").splitlines() if line.startswith(start))
        return {int(line.split('"')[1]): float(line.split()[1]) for line in lines}

    def figure(self, name: str) -> float:
        """A metric without labels."""
        lines = (line for line in self._get("/metrics").splitlines() if line.startswith(f"{name} "))
        return next((float(line.split()[1]) for line in lines), 0.0)

    def _get(self, path: str) -> str:
        if self.port is None:
            return ""
        try:
            with urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return str(answer.read().decode())
        except HTTPError as e:
            return e.read().decode()
        except (URLError, OSError):
            return ""


def until(happens: Callable[[], object], *workers: Worker, within: float = LONGEST_SECONDS) -> None:
    """Waits; if it does not happen, shows what the workers said."""
    give_up = time.monotonic() + within
    while not happens():
        if time.monotonic() > give_up:
            logs = "\n".join(f"--- {w.name}: {w.problems()}\n{w.said[-3000:]}" for w in workers)
            raise AssertionError(f"it did not happen within {within:.0f} s\n{logs}")
        time.sleep(LOOK_SECONDS)
