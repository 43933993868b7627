"""What a broker is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from rentalwatch.dev.broker import chosen_addresses
from rentalwatch.dev.node_config import NodeAddress, NodeConfig

THREE = [NodeAddress(1, 9092, 9192), NodeAddress(2, 9093, 9193), NodeAddress(3, 9094, 9194)]


def told(nodes: list[NodeAddress], **extra: str) -> dict[str, str]:
    text = NodeConfig(nodes[0], nodes, Path("/data"), extra).text()
    return dict(line.split("=", 1) for line in text.splitlines())


@pytest.mark.parametrize(("nodes", "copies", "in_sync"), [(1, "1", "1"), (3, "3", "2")])
def test_internal_topics_fit_the_number_of_nodes_or_groups_never_form(
    nodes: int, copies: str, in_sync: str
) -> None:
    said = told(THREE[:nodes])
    for topic in ("offsets.topic", "transaction.state.log", "share.coordinator.state.topic"):
        assert said[f"{topic}.replication.factor"] == copies
    assert said["min.insync.replicas"] == said["transaction.state.log.min.isr"] == in_sync


def test_a_broker_listens_on_this_machine_alone_and_makes_no_topic_unasked() -> None:
    said = told(THREE)
    assert said["listeners"] == "PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9192"
    assert said["controller.quorum.voters"] == "1@127.0.0.1:9192,2@127.0.0.1:9193,3@127.0.0.1:9194"
    assert said["auto.create.topics.enable"] == "false"
    assert said["unclean.leader.election.enable"] == "false"


def test_what_a_caller_says_goes_before_our_own() -> None:
    said = told(THREE[:1], **{"advertised.listeners": "PLAINTEXT://127.0.0.1:7000"})
    assert said["advertised.listeners"] == "PLAINTEXT://127.0.0.1:7000"


def test_addresses_take_the_ports_given_and_never_one_twice() -> None:
    nodes = chosen_addresses(3, [19092])
    assert nodes[0].port == 19092
    ports = [port for node in nodes for port in (node.port, node.controller_port)]
    assert len(set(ports)) == 6
