"""Which addresses may be connected to; a name is judged by what it stands for, each time."""

from __future__ import annotations

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rentalwatch.delivery.addresses import METADATA, connect, permitted
from rentalwatch.delivery.outcomes import FailedError

PRIVATE = [
    "127.0.0.1", "127.8.8.8", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "::1",
    "fd12:3456::1", "fc00::1", "::ffff:10.0.0.1", "::ffff:127.0.0.1", "2002:0a00:0001::",
    "64:ff9b::192.168.0.1", "198.18.0.1", "192.0.2.1", "2001:db8::1",
]  # fmt: skip
NEVER = [
    "169.254.169.254", "169.254.1.1", "100.100.100.200", "168.63.129.16", "fd00:ec2::254", "fe80::1",
    "fe80::1%1", "224.0.0.1", "ff02::1", "0.0.0.0", "0.1.2.3", "::", "255.255.255.255", "240.0.0.1",
    "::ffff:169.254.169.254", "64:ff9b::169.254.169.254", "2002:a9fe:a9fe::",
    "::169.254.169.254", "::7f00:1", "fec0::1",
]  # fmt: skip
PUBLIC = ["1.1.1.1", "114.114.114.114", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"]


@pytest.mark.parametrize("address", PRIVATE)
def test_a_private_address_is_reached_only_where_a_channel_allows_it(address: str) -> None:
    assert not permitted(address, private=False)
    assert permitted(address, private=True)


@pytest.mark.parametrize("address", NEVER)
def test_some_are_never_reached_whatever_is_allowed(address: str) -> None:
    assert not permitted(address, private=False)
    assert not permitted(address, private=True)


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_reached(address: str) -> None:
    assert permitted(address, private=False)


@given(st.ip_addresses(v=4))
def test_wrapping_an_address_in_another_changes_nothing(ip: object) -> None:
    number = int(ip)  # type: ignore[call-overload]
    sixtofour = f"2002:{number >> 16:x}:{number & 0xFFFF:x}::"
    for private in (False, True):
        judged = permitted(str(ip), private=private)
        for wrapped in (f"::ffff:{ip}", f"64:ff9b::{ip}", sixtofour):
            assert permitted(wrapped, private=private) == judged


@given(st.ip_addresses())
def test_nothing_is_reached_without_allowance_that_is_not_reached_with_it(ip: object) -> None:
    assert permitted(str(ip), private=True) or not permitted(str(ip), private=False)
    assert ip not in METADATA or not permitted(str(ip), private=True)


def test_a_name_that_says_another_address_the_next_time_is_judged_by_that(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """DNS rebinding: a public address for whoever looks first, this machine for whoever connects."""
    asked = []

    def rebinding(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        asked.append(host)
        ip = "93.184.216.34" if len(asked) > 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port))]

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)
        with pytest.raises(FailedError) as refused:
            connect("rebinding.example", server.getsockname()[1], private=False, seconds=0.5)
        with pytest.raises(TimeoutError):
            server.accept()
    assert refused.value.result.outcome == "forbidden"
    assert asked == ["rebinding.example"]  # looked up once: what was judged is what would be connected to
