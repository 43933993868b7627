"""How a cluster stands, asked from outside: each process, whether it runs and serves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rentalwatch.dev.cluster import SERVICES
from rentalwatch.dev.database import reachable
from rentalwatch.dev.kafka_answers import answers
from rentalwatch.dev.ports import HOST
from rentalwatch.dev.service import page_is_ready
from rentalwatch.dev.state import SUPERVISOR, State

READY, STARTING, DOWN = "ready", "starting", "down"


@dataclass(frozen=True)
class Standing:
    """One process of a cluster."""

    name: str
    state: str
    """`ready`, `starting` (it runs and does not serve, or not yet) or `down`."""
    pid: int | None
    address: str
    log: str


def standing(folder: Path, state: State) -> Iterator[Standing]:
    """Every process that the cluster was started with."""
    for name, process in state.processes.items():
        runs = process.runs
        serves = runs and (name == SUPERVISOR or _serves(name, state))
        yield Standing(
            name=name,
            state=READY if serves else STARTING if runs else DOWN,
            pid=process.pid if runs else None,
            address=_address(name, state),
            log=str(log_of(folder, name)),
        )


def names_of(state: State) -> list[str]:
    """The processes that a cluster has or had, those that write a log."""
    brokers = [f"broker-{i + 1}" for i in range(state.brokers)]
    return ["database", *brokers, *SERVICES, SUPERVISOR]


def log_of(folder: Path, name: str) -> Path:
    """Where a process of the cluster writes its log."""
    if name == "database":
        return folder / "database" / "database.log"
    return folder / ("kafka" if name.startswith("broker-") else "logs") / f"{name}.log"


def _serves(name: str, state: State) -> bool:
    if name == "database":
        return bool(state.dsn) and reachable(state.dsn)
    if name.startswith("broker-"):
        return answers(f"{HOST}:{state.ports[name]}")
    return page_is_ready(state.ports[name])


def _address(name: str, state: State) -> str:
    if name not in state.ports:
        return ""
    where = f"{HOST}:{state.ports[name]}"
    return where if name == "database" or name.startswith("broker-") else f"http://{where}/readyz"
