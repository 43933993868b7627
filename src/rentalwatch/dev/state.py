"""What is written down of a cluster in its folder, so that a later command finds it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypedDict

from rentalwatch.dev.processes import Process
from rentalwatch.errors import NotFoundError, StorageError

FORMAT = 1
"""Of the folder: raised when an older one cannot be started as it is."""
FILE = "cluster.json"
STARTING, READY, STOPPED = "starting", "ready", "stopped"
SUPERVISOR = "supervisor"


@dataclass(frozen=True)
class State:
    """A cluster as its folder states it. Holds the password of the database, in the DSN."""

    brokers: int = 1
    ports: dict[str, int] = field(default_factory=dict)
    """Of each process that listens: name → port."""
    processes: dict[str, Process] = field(default_factory=dict)
    """Name → the process that was last started for it; the supervisor among them."""
    dsn: str = ""
    kafka: str = ""
    phase: str = STOPPED

    @property
    def supervised(self) -> bool:
        """Whether the process that looks after the cluster runs."""
        return SUPERVISOR in self.processes and self.processes[SUPERVISOR].runs

    def running(self) -> dict[str, Process]:
        """Those of its processes that run, the supervisor apart."""
        return {n: p for n, p in self.processes.items() if n != SUPERVISOR and p.runs}

    def changed(self, **fields: Any) -> State:
        """The same with other fields."""
        return replace(self, **fields)


class _Written(TypedDict):
    pid: int
    began: float


def save(folder: Path, state: State) -> None:
    """Writes it whole or not at all; only its owner may read it."""
    processes: dict[str, _Written] = {
        name: {"pid": p.pid, "began": p.began} for name, p in state.processes.items()
    }
    text = json.dumps({"format": FORMAT, **vars(state), "processes": processes}, indent=2)
    fresh = folder / f"{FILE}.new"
    fresh.touch(mode=0o600)
    fresh.write_text(text + "\n", encoding="utf-8")
    fresh.rename(folder / FILE)


def load(folder: Path) -> State:
    """The cluster of a folder. Raises NotFoundError (RW-NO-CLUSTER), StorageError (RW-CLUSTER-FORMAT)."""
    if not (folder / FILE).exists():
        raise NotFoundError(
            f"{folder} holds no cluster",
            todo="`rentalwatch dev up` makes one there; --folder names another folder.",
            code="RW-NO-CLUSTER",
            folder=folder,
        )
    try:
        said = json.loads((folder / FILE).read_text(encoding="utf-8"))
        stated = int(said.pop("format"))
        if stated == FORMAT:
            processes = {name: Process(p["pid"], p["began"]) for name, p in said.pop("processes").items()}
            return State(**said, processes=processes)
    except (ValueError, TypeError, KeyError, AttributeError) as e:
        raise _unusable(folder, f"{FILE} cannot be read") from e
    raise _unusable(folder, f"it is of format {stated}, this rentalwatch knows {FORMAT}")


def _unusable(folder: Path, why: str) -> StorageError:
    return StorageError(
        f"the cluster in {folder} cannot be used: {why}",
        todo="Name another folder with --folder, or take what you need from this one and delete it.",
        code="RW-CLUSTER-FORMAT",
        folder=folder,
    )
