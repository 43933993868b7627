"""`worker projector`, `worker early-warning`: processes that read a cluster's topics."""

from __future__ import annotations

import os
from typing import Annotated, Any

import typer

from rentalwatch.cli.session import DataOption
from rentalwatch.extras import needs

app = typer.Typer(
    help="Processes of a cluster that read its topics; any number of each, which share the work.",
    no_args_is_help=True,
)

NameOption = Annotated[
    str,
    typer.Option(
        "--name",
        help="What this worker is called, the same after a restart [default: the host's name and a number].",
    ),
]
ListenOption = Annotated[
    str, typer.Option("--listen", help="host:port for health and metrics [default: 127.0.0.1:9465].")
]


@app.callback()
def workers() -> None:
    """Processes of a cluster that read its topics; any number of each, which share the work."""


@app.command("projector")
def projector(name: NameOption = "", listen: ListenOption = "", data: DataOption = None) -> None:
    """Fold events from Kafka into the read models in PostgreSQL, until SIGTERM or Ctrl-C.

    Example: rentalwatch worker projector --name projector-1
    """
    _set(name, listen, data)
    with needs("cluster"):
        from streams.projector import app as projecting
    _run(projecting)


@app.command("early-warning")
def early_warning(
    name: NameOption = "",
    listen: Annotated[
        str, typer.Option("--listen", help="host:port for health and metrics [default: 127.0.0.1:9467].")
    ] = "",
    data: DataOption = None,
) -> None:
    """Judge readings from Kafka by the warning rules and raise alerts in the ledger, until SIGTERM or Ctrl-C.

    Example: rentalwatch worker early-warning --name early-warning-1
    """
    _set(name, listen, data)
    with needs("cluster"):
        from streams.early_warning import app as warning
    _run(warning)


def _set(name: str, listen: str, data: Any) -> None:
    """An app reads its settings when its module is imported."""
    given = {"RENTALWATCH_WORKER": name, "RENTALWATCH_LISTEN": listen, "RENTALWATCH_DATA": data or ""}
    os.environ.update({setting: str(value) for setting, value in given.items() if value})


def _run(worker: Any) -> None:
    import faust

    worker.check()
    process = faust.Worker(worker, quiet=True, loglevel="warn", redirect_stdouts=False)
    process.spinner = None  # it would move the cursor about in a log
    process.execute_from_commandline()
