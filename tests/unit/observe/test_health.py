"""Health over HTTP, asked over real sockets."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from http.client import HTTPConnection

import pytest

from rentalwatch.errors import InvalidInputError, StorageError
from rentalwatch.observe import metrics
from rentalwatch.observe.health import Health, serving


class Asked:
    """A client of one served process."""

    def __init__(self, port: int) -> None:
        self.port = port

    def get(self, path: str, method: str = "GET") -> tuple[int, str]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request(method, path)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, text


@pytest.fixture
def health() -> Health:
    return Health("relay")


@pytest.fixture
def asked(health: Health) -> Iterator[Asked]:
    with serving(health, "127.0.0.1:0") as port:
        yield Asked(port)


def test_a_process_without_problems_is_ready(asked: Asked) -> None:
    assert asked.get("/healthz") == (200, '{"process": "relay", "alive": true}')
    assert asked.get("/readyz")[0] == 200


def test_a_problem_makes_it_unready_and_is_named_until_it_is_cleared(health: Health, asked: Asked) -> None:
    health.problem("kafka", "no broker answers")
    status, text = asked.get("/readyz")
    assert (status, json.loads(text)["problems"]) == (503, {"kafka": "no broker answers"})
    assert asked.get("/healthz")[0] == 200
    assert 'rentalwatch_process_ready{process="relay"} 0.0' in asked.get("/metrics")[1]

    health.problem("kafka", None)
    assert asked.get("/readyz")[0] == 200
    assert 'rentalwatch_process_ready{process="relay"} 1.0' in asked.get("/metrics")[1]


def test_a_main_loop_that_gives_no_sign_of_life_is_dead() -> None:
    now = [0.0]
    health = Health("worker", silence_seconds=30, clock=lambda: now[0])
    with serving(health, "127.0.0.1:0") as port:
        now[0] = 31
        assert Asked(port).get("/healthz")[0] == 503
        assert "silent" in json.loads(Asked(port).get("/readyz")[1])["problems"]
        health.alive()
        assert Asked(port).get("/healthz")[0] == 200


def test_a_process_shows_its_own_metrics_only(asked: Asked) -> None:
    metrics.RELAY_LAG_SECONDS.set(1.5)
    text = asked.get("/metrics")[1]
    assert "rentalwatch_relay_lag_seconds 1.5" in text
    assert "rentalwatch_projection_" not in text
    assert "process_resident_memory_bytes" in text


def test_head_and_unknown_paths_are_answered(asked: Asked) -> None:
    assert asked.get("/readyz", "HEAD") == (200, "")
    assert asked.get("/")[0] == 404


def test_a_taken_port_is_said_in_words() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = f"127.0.0.1:{other.getsockname()[1]}"
        with pytest.raises(StorageError) as refused, serving(Health("relay"), taken):
            pass
    assert refused.value.code == "RW-PORT-TAKEN"
    assert "RENTALWATCH_LISTEN" in refused.value.todo


@pytest.mark.parametrize("address", ["nowhere", "127.0.0.1:", "127.0.0.1:99999", "203.0.113.1:9464"])
def test_an_address_that_cannot_be_listened_on_is_said_in_words(address: str) -> None:
    with pytest.raises(InvalidInputError) as refused, serving(Health("relay"), address):
        pass
    assert refused.value.code == "RW-LISTEN"


def test_the_port_is_free_again_although_a_client_dawdles() -> None:
    with serving(Health("relay"), "127.0.0.1:0") as port:
        dawdler = socket.create_connection(("127.0.0.1", port))
        dawdler.sendall(b"GET /metr")
    with serving(Health("relay"), f"127.0.0.1:{port}") as again:
        assert Asked(again).get("/healthz")[0] == 200
    dawdler.close()
