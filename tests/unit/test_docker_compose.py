"""The compose file, checked as far as it can be without an engine."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml
from jsonschema import Draft202012Validator

from rentalwatch.cli.main import app
from rentalwatch.dev.node_config import NodeAddress, NodeConfig
from rentalwatch.settings import NAMES

ROOT = Path(__file__).parents[2]
DOCKER = ROOT / "docker"
COMPOSE: dict[str, Any] = yaml.safe_load((DOCKER / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
ONCE = {name for name, service in SERVICES.items() if service["restart"] == "on-failure"}
LONG = sorted(set(SERVICES) - ONCE)
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
KAFKA = {name: service for name, service in SERVICES.items() if name.startswith("kafka-")}


def each(names: Any) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("name", sorted(names))


def test_it_is_a_compose_file() -> None:
    schema = json.loads((ROOT / "tests/schemas/compose-spec.json").read_text(encoding="utf-8"))
    Draft202012Validator(schema).validate(COMPOSE)


def test_it_is_the_whole_cluster() -> None:
    assert len(KAFKA) == 3
    assert sorted(ONCE) == ["migrate", "topics"]
    assert {"postgres", "relay-1", "relay-2", "projector-1", "projector-2"} <= set(LONG)


@each(SERVICES)
def test_nothing_runs_as_root_or_writes_outside_its_volumes(name: str) -> None:
    service = SERVICES[name]
    assert int(service["user"].split(":")[0]) > 0
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert "privileged" not in service
    assert "cap_add" not in service


@each(SERVICES)
def test_memory_processes_and_logs_are_bounded(name: str) -> None:
    service = SERVICES[name]
    assert service["mem_limit"]
    assert service["pids_limit"]
    assert service["logging"]["options"]["max-size"]


@each(SERVICES)
def test_images_are_of_one_version(name: str) -> None:
    assert re.fullmatch(r"[\w./-]+:v?\d+\.\d+(\.\d+)?(-\w+)?", SERVICES[name]["image"])


@each(LONG)
def test_what_runs_for_long_starts_again_and_its_health_is_asked(name: str) -> None:
    service = SERVICES[name]
    assert service["restart"] == "unless-stopped"
    assert name in OURS or service["healthcheck"]["test"]  # ours: in the image


@each(SERVICES)
def test_it_waits_for_what_it_needs_in_the_right_way(name: str) -> None:
    needed = SERVICES[name].get("depends_on", {})
    assert set(needed) <= set(SERVICES)
    if isinstance(needed, dict):
        for other, how in needed.items():
            done = "service_completed_successfully" if other in ONCE else "service_healthy"
            assert how["condition"] == done


@each(SERVICES)
def test_every_file_and_volume_that_it_mounts_exists(name: str) -> None:
    for mount in SERVICES[name].get("volumes", []):
        source, target, *mode = mount.split(":")
        if source.startswith("."):
            assert (DOCKER / source).exists()
            assert mode == ["ro"]
        else:
            assert source in COMPOSE["volumes"]
        assert target.startswith("/")


def test_every_volume_is_used_by_one_service() -> None:
    used = [m.split(":")[0] for s in SERVICES.values() for m in s.get("volumes", []) if m[0] != "."]
    assert sorted(used) == sorted(COMPOSE["volumes"])


def test_passwords_come_from_files_that_never_reach_the_repository() -> None:
    for service in SERVICES.values():
        for name, value in service.get("environment", {}).items():
            assert "PASSWORD" not in name or name.endswith("_FILE")
            assert not re.search(r"://[^/@\s]+:[^/@\s]+@", str(value))
    for secret in COMPOSE["secrets"].values():
        assert secret["file"].startswith("./secrets/")
    assert (DOCKER / "secrets/.gitignore").read_text(encoding="utf-8").splitlines()[-2:] == [
        "*",
        "!.gitignore",
    ]
    used = {s for service in SERVICES.values() for s in service.get("secrets", [])}
    assert used == set(COMPOSE["secrets"])


@each(OURS)
def test_every_part_of_ours_can_open_the_database_and_end_in_time(name: str) -> None:
    service = OURS[name]
    assert service["environment"]["PGPASSWORD_FILE"] == "/run/secrets/database_password"
    assert "database_password" in service["secrets"]
    assert int(service["stop_grace_period"].removesuffix("s")) > 10


@each(OURS)
def test_its_command_options_and_settings_exist(name: str) -> None:
    command, words = typer.main.get_command(app), list(OURS[name]["command"])
    while words and words[0] in getattr(command, "commands", {}):
        command = command.commands[words.pop(0)]  # type: ignore[attr-defined]
    command.parse_args(command.make_context(name, words, resilient_parsing=False), words)
    assert command.callback
    assert {s for s in OURS[name]["environment"] if s != "PGPASSWORD_FILE"} <= set(NAMES)


def test_workers_have_a_name_of_their_own_that_outlives_a_restart() -> None:
    workers = {n: s for n, s in OURS.items() if s["command"][0] == "worker"}
    assert {n: s["environment"]["RENTALWATCH_WORKER"] for n, s in workers.items()} == {n: n for n in workers}
    assert len(workers) == 4


def test_only_the_dashboards_are_reachable_and_only_from_this_host() -> None:
    assert [p for s in SERVICES.values() for p in s.get("ports", [])] == ["127.0.0.1:3000:3000"]


@each(KAFKA)
def test_brokers_have_the_settings_that_were_tried(name: str) -> None:
    """Those of the three nodes that the tests kill; the image makes `a.b` of KAFKA_A_B."""
    nodes = [NodeAddress(n, 0, 0) for n in (1, 2, 3)]
    tried = dict(line.split("=", 1) for line in NodeConfig(nodes[0], nodes, Path("x")).text().splitlines())
    said = {
        key.removeprefix("KAFKA_").lower().replace("_", "."): str(value)
        for key, value in KAFKA[name]["environment"].items()
        if key.startswith("KAFKA_")
    }
    place = {"node.id", "listeners", "advertised.listeners", "controller.quorum.voters", "log.dirs"}
    small = {
        "log.cleaner.dedupe.buffer.size",
        "offsets.topic.num.partitions",
        "transaction.state.log.num.partitions",
    }
    for setting in set(tried) - place - small:
        assert said.get(setting) == tried[setting], setting


def test_brokers_know_each_other() -> None:
    ids = {name: service["environment"]["KAFKA_NODE_ID"] for name, service in KAFKA.items()}
    voters = ",".join(f"{number}@{name}:9093" for name, number in ids.items())
    for name, service in KAFKA.items():
        assert service["environment"]["KAFKA_CONTROLLER_QUORUM_VOTERS"] == voters
        assert service["environment"]["KAFKA_ADVERTISED_LISTENERS"] == f"PLAINTEXT://{name}:9092"
    brokers = ",".join(f"{name}:9092" for name in ids)
    assert all(s["environment"]["RENTALWATCH_KAFKA"] == brokers for s in OURS.values())
