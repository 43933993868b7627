"""Which addresses a message may be sent to: the public ones, and no other unless a channel allows it.

Whoever may write a URL could otherwise make this machine ask others of its own network, or a cloud's
metadata service. What is judged is the address that is connected to, not the name: a name may say another
one the next time it is asked (DNS rebinding), and `2130706433` or `0x7f.1` is an address as well.
"""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any

from rentalwatch.delivery.outcomes import FailedError

METADATA = frozenset(
    map(ip_address, ["169.254.169.254", "100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254"])
)
"""Where clouds tell a machine its secrets: never, whatever is allowed. Two look like public addresses."""

THIS_NETWORK = IPv4Network("0.0.0.0/8")
"""Many systems take it for the machine itself."""

NAT64 = IPv6Network("64:ff9b::/96")
"""IPv6 in which an IPv4 address is reached (RFC 6052)."""


MOST_ADDRESSES = 3


def permitted(address: str, *, private: bool) -> bool:
    """Whether an address may be connected to; `private`: loopback and private networks too.

    Link-local, multicast, unspecified, reserved and metadata addresses never. An IPv4 address that is wrapped
    in an IPv6 one (mapped, 6to4, Teredo, NAT64) is judged as itself.
    """
    ip = _unwrapped(ip_address(address.partition("%")[0]))
    if ip.is_loopback:
        return private
    never = ip.is_link_local or ip.is_multicast or ip.is_unspecified or ip.is_reserved
    if never or ip in METADATA or (ip in THIS_NETWORK if ip.version == 4 else ip.is_site_local):
        return False
    return private or ip.is_global


def connect(host: str, port: int, *, private: bool, seconds: float) -> socket.socket:
    """A connection to the first permitted address of a host that answers; each gets `seconds`, and no more
    than `MOST_ADDRESSES` are tried: a name may have hundreds.

    Raises FailedError: `forbidden` if no address is permitted, `unreachable` if none of them answers or the
    name is unknown, `timeout`.
    """
    found = _resolved(host, port)
    allowed = [place for place in found if permitted(str(place[1][0]), private=private)]
    if not allowed:
        raise FailedError("forbidden", "address")
    failed = FailedError("unreachable", "refused")
    for family, place in allowed[:MOST_ADDRESSES]:
        sock = socket.socket(family, socket.SOCK_STREAM)
        sock.settimeout(seconds)
        try:
            sock.connect(place)
        except TimeoutError:
            sock.close()
            failed = FailedError("timeout", "connect")
        except OSError:
            sock.close()
        else:
            return sock
    raise failed


def _resolved(host: str, port: int) -> list[tuple[int, tuple[Any, ...]]]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as e:
        raise FailedError("unreachable", "name") from e
    return [(family, place) for family, _, _, _, place in found]


def _unwrapped(ip: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    if isinstance(ip, IPv4Address):
        return ip
    if ip in NAT64:
        return IPv4Address(int(ip) & 0xFFFF_FFFF)
    teredo = ip.teredo[1] if ip.teredo else None
    return ip.ipv4_mapped or ip.sixtofour or teredo or ip
