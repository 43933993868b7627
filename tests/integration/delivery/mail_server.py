"""A mail server on this machine that speaks as much SMTP as is needed, or does what real ones do instead."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import BinaryIO

TLS = Path(__file__).parents[2] / "fixtures/tls"
EXTENSIONS = ["250-mail.example", "250-STARTTLS", "250-AUTH PLAIN", "250 SIZE 100000"]


@dataclass
class MailServer:
    """`answers`: verb → line instead of the usual one; "hang", "reset" and "close" are what they say."""

    answers: dict[str, str] = field(default_factory=dict)
    refused: frozenset[str] = frozenset()
    tls: bool = False
    port: int = 0
    verbs: list[str] = field(default_factory=list)
    mails: list[EmailMessage] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)


@contextmanager
def mailing(server: MailServer) -> Iterator[MailServer]:
    """The server, listening."""

    class Handler(StreamRequestHandler):
        def handle(self) -> None:
            try:
                sock = secured(self.connection) if server.tls else self.connection
                Talk(server, sock).run()
            except (OSError, ssl.SSLError):
                pass  # the client has gone, as it may

    class Listening(ThreadingTCPServer):
        daemon_threads, block_on_close = True, False

    with Listening(("127.0.0.1", 0), Handler) as listening:
        server.port = listening.server_address[1]
        threading.Thread(target=listening.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield server
        finally:
            server.over.set()
            listening.shutdown()


def secured(sock: socket.socket) -> ssl.SSLSocket:
    """TLS as `localhost`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "localhost.pem", TLS / "localhost.key")
    return context.wrap_socket(sock, server_side=True)


class Talk:
    """One conversation."""

    def __init__(self, server: MailServer, sock: socket.socket) -> None:
        self.server, self.sock = server, sock
        self.file: BinaryIO = sock.makefile("rb")

    def run(self) -> None:
        usual = {
            "EHLO": "\r\n".join(EXTENSIONS), "STARTTLS": "220 go on", "AUTH": "235 welcome", "MAIL": "250 ok",
            "DATA": "354 go on", "RSET": "250 ok", "QUIT": "221 bye",
        }  # fmt: skip
        if not self.says(self.server.answers.get("", "220 mail.example ESMTP")):
            return
        while line := self.file.readline():
            verb = line.decode().split()[0].upper().partition(":")[0]
            self.server.verbs.append(verb)
            answer = self.server.answers.get(verb) or (
                self.recipient(line) if verb == "RCPT" else usual[verb]
            )
            if not self.says(answer) or verb == "QUIT":
                return
            if verb == "STARTTLS":
                self.sock = secured(self.sock)
                self.file = self.sock.makefile("rb")
            if verb == "DATA" and answer.startswith("354") and not self.content():
                return

    def recipient(self, line: bytes) -> str:
        address = line.decode().partition("<")[2].partition(">")[0]
        return "550 no such user" if address in self.server.refused else "250 ok"

    def content(self) -> bool:
        lines = []
        while (line := self.file.readline()) != b".\r\n":
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        answer = self.server.answers.get(".", "250 taken")
        if answer.startswith("250"):
            mail = message_from_bytes(b"".join(lines), policy=policy.default)
            assert isinstance(mail, EmailMessage)
            self.server.mails.append(mail)
        return self.says(answer)

    def says(self, answer: str) -> bool:
        if answer == "hang":
            self.server.over.wait(20)
            return False
        if answer == "reset":
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.file.close()
            self.sock.close()
            return False
        if answer == "close":
            return False
        self.sock.sendall(answer.encode() + b"\r\n")
        return True
