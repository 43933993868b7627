"""A whole process: it serves, it logs, it is told to end and ends, whatever its clients do."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from urllib.request import urlopen

import pytest

PROGRAM = """
import logging
from rentalwatch.observe import logs, metrics
from rentalwatch.observe.health import Health, serving
from rentalwatch.observe.stopping import Stopping

logs.configure("", "relay")
metrics.RELAY_LAG_EVENTS.set(7)
with Stopping() as stopping, serving(Health("relay"), "127.0.0.1:0") as port:
    print(port, flush=True)
    stopping.wait()
    logging.getLogger("rentalwatch").info("ends in order")
"""


@pytest.fixture
def process() -> Iterator[subprocess.Popen[str]]:
    """One that runs until it is told to end."""
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as started:
        yield started
        started.kill()


def port_of(process: subprocess.Popen[str]) -> int:
    assert process.stdout is not None
    return int(process.stdout.readline())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_in_order_although_a_client_holds_its_connection(
    process: subprocess.Popen[str], number: signal.Signals
) -> None:
    port = port_of(process)
    with socket.create_connection(("127.0.0.1", port)) as dawdler:
        dawdler.sendall(b"GET /rea")
        process.send_signal(number)
        _, log = process.communicate(timeout=60)
    assert process.returncode == 0
    (line,) = map(json.loads, log.splitlines())
    assert (line["process"], line["message"]) == ("relay", "ends in order")


def test_prometheus_reads_what_it_measures(process: subprocess.Popen[str]) -> None:
    with urlopen(f"http://127.0.0.1:{port_of(process)}/metrics", timeout=30) as answer:
        lines = answer.read().decode().splitlines()
        assert answer.headers["Content-Type"].startswith("text/plain; version=")
    assert "rentalwatch_relay_lag_events 7.0" in lines
    assert 'rentalwatch_process_ready{process="relay"} 1.0' in lines
