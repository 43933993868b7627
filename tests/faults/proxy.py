"""A TCP proxy that cuts a connection at the worst moment: when the server has done what it was asked, before
the answer comes back (or just before the server hears of it).

    with KafkaProxy("127.0.0.1:9092") as proxy:          # clients connect to proxy.bootstrap
        proxy.cut(END_TXN)                               # the next EndTxn is done, its answer lost
    with PostgresProxy("127.0.0.1", 5432) as proxy:      # clients connect to 127.0.0.1:proxy.port
        proxy.cut()                                      # the next COMMIT is done, its answer lost

`proxy.cuts` counts what was cut. Needs nothing but the standard library; safe to use from any thread.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from types import TracebackType
from typing import Literal, Self

from tests.faults.wires import END_TXN, KafkaWire, PostgresWire, Wire

When = Literal["before", "after"]
"""The server never hears of it, or it does and nobody hears its answer."""


class Proxy:
    """One listening port before one server."""

    def __init__(self, server: tuple[str, int], wire: Wire, port: int = 0) -> None:
        self.server, self.wire, self.cuts = server, wire, 0
        self._armed: list[When] = []
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._listening = socket.create_server(("127.0.0.1", port))
        self.port: int = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self, times: int = 1, when: When = "after") -> None:
        """Arms the next messages of the kind."""
        with self._lock:
            self._armed += [when] * times

    def cut_all(self) -> None:
        """Cuts every connection that is open now, wherever it is."""
        for end in list(self._open):
            _ended(end)

    def close(self) -> None:
        """No more connections; those that are open are cut."""
        _ended(self._listening)  # a thread that waits in accept() is not woken by close() alone
        self.cut_all()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                threading.Thread(target=self._connect, args=(client,), daemon=True).start()

    def _connect(self, client: socket.socket) -> None:
        try:
            server = socket.create_connection(self.server)
        except OSError:
            _ended(client)
            return
        for end in (client, server):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        pair = _Pair(self, client, server)
        self._open |= {client, server}
        threading.Thread(target=pair.back, daemon=True).start()
        pair.forth()
        self._open -= {client, server}

    def taken(self) -> When | None:
        """The order to cut, once for each that was armed."""
        with self._lock:
            if not self._armed:
                return None
            self.cuts += 1
            return self._armed.pop(0)


class _Pair:
    """The two ends of one connection."""

    def __init__(self, proxy: Proxy, client: socket.socket, server: socket.socket) -> None:
        self.proxy, self.client, self.server = proxy, client, server
        self.fatal: int | None = None

    def forth(self) -> None:
        wire = self.proxy.wire
        with suppress(OSError):
            for frame in wire.frames(self.client):
                number = wire.is_it(frame)
                when = self.proxy.taken() if number is not None else None
                if when == "before":
                    break
                if when == "after":
                    self.fatal = number
                self.server.sendall(frame)
        self.end()

    def back(self) -> None:
        wire = self.proxy.wire
        with suppress(OSError):
            for answer in wire.answers(self.server):
                if self.fatal is not None and wire.answers_it(answer, self.fatal):
                    break
                self.client.sendall(answer)
        self.end()

    def end(self) -> None:
        _ended(self.client)
        _ended(self.server)


class PostgresProxy(Proxy):
    """Before a database: cuts at COMMIT."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__((host, port), PostgresWire())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class KafkaProxy:
    """Before all brokers of a cluster, one port each; to who comes through, brokers are known by these."""

    def __init__(self, bootstrap: str, ports: Sequence[int] = ()) -> None:
        servers = [(host, int(port)) for host, _, port in (s.rpartition(":") for s in bootstrap.split(","))]
        self.wire = KafkaWire({})
        chosen = [*ports, *[0] * len(servers)]
        self.proxies = [Proxy(server, self.wire, port) for server, port in zip(servers, chosen, strict=False)]
        self.wire.ports |= {proxy.server[1]: proxy.port for proxy in self.proxies}
        self.bootstrap = ",".join(f"127.0.0.1:{proxy.port}" for proxy in self.proxies)

    @property
    def cuts(self) -> int:
        """How often it was cut."""
        return sum(proxy.cuts for proxy in self.proxies)

    def cut(self, api_key: int = END_TXN, times: int = 1, when: When = "after") -> None:
        """Arms the next requests of a kind, `times` on each broker."""
        self.wire.api_key = api_key
        for proxy in self.proxies:
            proxy.cut(times, when)

    def cut_all(self) -> None:
        """Cuts every connection that is open now."""
        for proxy in self.proxies:
            proxy.cut_all()

    def close(self) -> None:
        with ExitStack() as stack:
            for proxy in self.proxies:
                stack.callback(proxy.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _ended(end: socket.socket) -> None:
    """Closed with a reset of whoever waits in it."""
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
