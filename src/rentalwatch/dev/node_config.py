"""What a broker is told: one node for a laptop, or three that lose nothing when one is killed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rentalwatch.dev.ports import HOST

JAVA_OPTIONS = (
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:-UsePerfData",
    "-XX:+ExitOnOutOfMemoryError",
)
"""Quick to start and small: a laptop's broker is not asked for throughput."""
HEAP = {1: ("-Xms256m", "-Xmx512m"), 3: ("-Xms128m", "-Xmx384m")}
"""Number of nodes → memory of each."""
LOGGING = (
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSZ",
    "-Dorg.slf4j.simpleLogger.log.org.apache.kafka.clients=warn",
)


@dataclass(frozen=True)
class NodeAddress:
    """Where a node listens: for clients, and for the other nodes' controllers."""

    number: int
    port: int
    controller_port: int


@dataclass(frozen=True)
class NodeConfig:
    """One node of a broker."""

    address: NodeAddress
    all_nodes: Sequence[NodeAddress]
    data: Path
    extra: Mapping[str, str] = field(default_factory=dict)
    """Settings that go before ours, such as `advertised.listeners` of a broker behind a proxy."""

    def text(self) -> str:
        """The properties file."""
        said = self._place() | self._group() | self._copies() | dict(self.extra)
        return "".join(f"{name}={value}\n" for name, value in sorted(said.items()))

    def _place(self) -> dict[str, str]:
        own = self.address
        return {
            "process.roles": "broker,controller",
            "node.id": str(own.number),
            "controller.quorum.voters": ",".join(
                f"{n.number}@{HOST}:{n.controller_port}" for n in self.all_nodes
            ),
            "listeners": f"PLAINTEXT://{HOST}:{own.port},CONTROLLER://{HOST}:{own.controller_port}",
            "advertised.listeners": f"PLAINTEXT://{HOST}:{own.port}",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "controller.listener.names": "CONTROLLER",
            "inter.broker.listener.name": "PLAINTEXT",
            "log.dirs": str(self.data),
            "auto.create.topics.enable": "false",
            "log.cleaner.dedupe.buffer.size": str(16 * 1024 * 1024),  # of 128 MiB, a quarter of the heap
        }

    @staticmethod
    def _group() -> dict[str, str]:
        """A consumer group forms at once, and may notice a killed member within a second."""
        return {"group.initial.rebalance.delay.ms": "0", "group.min.session.timeout.ms": "1000"}

    def _copies(self) -> dict[str, str]:
        """Kafka's default of three copies means that no group ever forms on one node."""
        nodes = len(self.all_nodes)
        copies, in_sync = str(nodes), str(max(1, nodes - 1))
        said = {
            "default.replication.factor": copies,
            "min.insync.replicas": in_sync,
            "offsets.topic.replication.factor": copies,
            "offsets.topic.num.partitions": "12",
            "transaction.state.log.replication.factor": copies,
            "transaction.state.log.min.isr": in_sync,
            "transaction.state.log.num.partitions": "12",
            "share.coordinator.state.topic.replication.factor": copies,
            "share.coordinator.state.topic.min.isr": in_sync,
        }
        return said | self._failover()

    @staticmethod
    def _failover() -> dict[str, str]:
        """A killed node is noticed in three seconds, and may come back after as many: until then the others
        hold the new one for a double. A copy that lags behind never becomes the leader."""
        return {
            "unclean.leader.election.enable": "false",
            "broker.session.timeout.ms": "3000",
            "broker.heartbeat.interval.ms": "500",
            "replica.lag.time.max.ms": "3000",
        }
