"""Where each process of a cluster listens: kept from start to start."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rentalwatch.dev.jars import Say
from rentalwatch.dev.node_config import NodeAddress
from rentalwatch.dev.ports import claim, free_port, is_free, wanted_port

KAFKA, POSTGRES, RELAY, WORKER = 9092, 5432, 9464, 9465
"""Ports that are taken where nobody says otherwise and nothing else listens."""


def ports_for(
    brokers: int, kept: Mapping[str, int], kafka: int | None, postgres: int | None, say: Say
) -> dict[str, int]:
    """Name → port: as asked for, else as before, else the usual one, else one that is free. Raises
    StorageError (RW-PORT-TAKEN) for one that was asked for and is taken."""
    chosen: dict[str, int] = {}
    for name, asked, usual, option in _wanted(brokers, kafka, postgres):
        taken = set(chosen.values())
        if asked is not None:
            chosen[name] = wanted_port(asked, name, option)
            continue
        candidates = [kept[name]] if name in kept else [usual] if usual else []
        good = [port for port in candidates if port not in taken and is_free(port) and claim(port)]
        chosen[name] = good[0] if good else free_port(taken)
        if name in kept and not good:
            say(f"Port {kept[name]} of {name} is taken by another program: it moves to {chosen[name]}.")
    return chosen


def _wanted(
    brokers: int, kafka: int | None, postgres: int | None
) -> Iterator[tuple[str, int | None, int | None, str]]:
    """Name, the port asked for, the usual one, the option. What was asked for comes first."""
    for i in range(brokers):
        yield f"broker-{i + 1}", None if kafka is None else kafka + i, KAFKA + i, "--kafka-port"
    yield "database", postgres, POSTGRES, "--postgres-port"
    yield "relay", None, RELAY, ""
    yield "worker", None, WORKER, ""
    for i in range(brokers):
        yield f"controller-{i + 1}", None, None, ""


def addresses(brokers: int, ports: Mapping[str, int]) -> list[NodeAddress]:
    """The nodes of the broker."""
    return [NodeAddress(i, ports[f"broker-{i}"], ports[f"controller-{i}"]) for i in range(1, brokers + 1)]
