"""Where the processes of a cluster listen."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from rentalwatch.dev.places import addresses, ports_for
from rentalwatch.dev.ports import FIRST, LAST, claim, free_port, is_free
from rentalwatch.errors import StorageError


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which another program listens."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", free_port()))
        s.listen()
        yield s.getsockname()[1]


def unsaid(text: str) -> None:
    raise AssertionError(text)


def test_a_chosen_port_is_none_that_outgoing_connections_get(taken: int) -> None:
    port = free_port({taken})
    assert FIRST <= port <= LAST
    assert is_free(port)
    assert not is_free(taken)


def test_ports_stay_from_start_to_start() -> None:
    kept = ports_for(3, {}, None, None, unsaid)
    assert len(set(kept.values())) == len(kept) == 9
    assert ports_for(3, kept, None, None, unsaid) == kept


def test_a_port_that_was_asked_for_and_is_taken_is_refused_by_name(taken: int) -> None:
    for asked, option in (((taken, None), "--kafka-port"), ((None, taken), "--postgres-port")):
        with pytest.raises(StorageError) as refused:
            ports_for(1, {}, *asked, unsaid)
        assert refused.value.code == "RW-PORT-TAKEN"
        assert option in str(refused.value)
        assert str(taken) in str(refused.value)


def test_a_kept_port_that_is_taken_gives_way_and_it_is_said(taken: int) -> None:
    said: list[str] = []
    kept = ports_for(1, {}, None, None, unsaid) | {"database": taken}
    now = ports_for(1, kept, None, None, said.append)
    assert now["database"] != taken
    assert now | {"database": 0} == kept | {"database": 0}
    assert f"Port {taken} of database" in said[0]


def test_three_brokers_stand_side_by_side_from_the_port_asked_for() -> None:
    first = free_port()
    while not all(is_free(first + i) for i in range(3)):
        first = free_port()
    nodes = addresses(3, ports_for(3, {}, first, None, unsaid))
    assert [node.port for node in nodes] == [first, first + 1, first + 2]


def test_a_port_that_one_process_has_chosen_is_chosen_by_no_other() -> None:
    # given a port on which nobody listens yet
    port = free_port()
    # when another process asks for it, then it does not get it; the one that has it keeps it
    asks = f"from rentalwatch.dev.ports import claim; print(claim({port}))"
    said = subprocess.run([sys.executable, "-c", asks], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "False"
    assert claim(port)
