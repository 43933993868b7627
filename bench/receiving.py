"""For benchmarks of early warning: somebody who is told, by webhook, and a sender who tells him."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from bench.parts import until
from bench.stage import Stage

SECRET = "RENTALWATCH_BENCH_SECRET"
READY_SECONDS, LOOK_SECONDS = 60.0, 0.02
CHANNELS = """
zone: Asia/Shanghai
channels:
  - {{name: bench, kind: webhook, levels: [manager, neighbourhood, squad, subdistrict], areas: [sh/],
     url: "http://127.0.0.1:{port}/", allow_private: true, secret_env: {secret}}}
"""


class _Takes(BaseHTTPRequestHandler):
    """Takes whatever comes."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing: the run would be full of it."""


@contextmanager
def told_by_webhook(stage: Stage, dsn: str, prefix: str) -> Iterator[None]:
    """Until the block is left whatever is in the outbox is sent to a server on this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Takes)
    Thread(target=server.serve_forever, daemon=True).start()
    channels = stage.parts.folder / f"channels-{prefix}.yaml"
    channels.write_text(CHANNELS.format(port=server.server_port, secret=SECRET), encoding="utf-8")
    os.environ[SECRET] = "whsec_cmVudGFsd2F0Y2gtYmVuY2gtc2VjcmV0LTAx"
    try:
        command = ("delivery", "send", "--channels", str(channels))
        with stage.parts.running(command, dsn, prefix) as sender:
            until(sender.ready, sender, READY_SECONDS, LOOK_SECONDS)
            yield
    finally:
        server.shutdown()
        server.server_close()
