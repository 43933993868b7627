"""`worker projector`: a process that folds the topic of events into a cluster's read models."""

from __future__ import annotations

import os
from typing import Annotated

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
    given = {"RENTALWATCH_WORKER": name, "RENTALWATCH_LISTEN": listen, "RENTALWATCH_DATA": data or ""}
    os.environ.update({setting: str(value) for setting, value in given.items() if value})
    with needs("cluster"):
        import faust

        from streams.projector import app as projecting
    projecting.check()
    process = faust.Worker(projecting, quiet=True, loglevel="warn", redirect_stdouts=False)
    process.spinner = None  # it would move the cursor about in a log
    process.execute_from_commandline()
