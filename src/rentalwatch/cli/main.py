"""The command `rentalwatch`: puts the commands together and turns errors into sentences and exit codes."""

from __future__ import annotations

import os
import sys
from itertools import pairwise
from typing import Annotated

import typer

from rentalwatch import __version__
from rentalwatch.cli import (
    action,
    alerts,
    area,
    boards,
    case,
    cluster,
    delivery,
    dev,
    duplicates,
    dwellings,
    estate,
    exporting,
    imports,
    maintenance,
    merging,
    overdue,
    programme,
    recording,
    relay,
    rulebooks,
    rules,
    sample,
    signals,
    sources,
    sublandlord,
    topics,
    worker,
)
from rentalwatch.cli.refusals import said
from rentalwatch.cli.session import DataOption
from rentalwatch.cli.waiting import note
from rentalwatch.cli.words import Words
from rentalwatch.errors import RentalwatchError
from rentalwatch.settings import settings

INTERRUPTED = 130
"""The exit code of a process that Ctrl-C ended (128 + SIGINT)."""

app = typer.Typer(
    name="rentalwatch",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("import")(imports.import_)
app.command("imports")(imports.imports)
app.command("record")(recording.record)
app.command("targets")(boards.targets)
app.command("overdue")(overdue.overdue)
app.command("file")(dwellings.file)
app.command("list")(dwellings.list_)
app.command("duplicates")(duplicates.duplicates)
app.command("export")(exporting.export)
app.command("merge")(merging.merge)
app.command("split")(merging.split)
app.add_typer(area.app, name="area")
app.add_typer(alerts.app, name="alerts")
app.command("migrate")(cluster.migrate)
app.command("move")(cluster.move)
app.command("sample")(sample.sample)
app.command("verify")(maintenance.verify)
app.command("rebuild")(maintenance.rebuild)
app.command("parked")(maintenance.parked)
app.add_typer(sources.app, name="source")
app.add_typer(rulebooks.app, name="rulebook")
app.add_typer(rules.app, name="rules")
app.add_typer(case.app, name="case")
app.add_typer(estate.app, name="estate")
app.add_typer(action.app, name="action")
app.add_typer(sublandlord.app, name="sublandlord")
app.add_typer(programme.app, name="programme")
app.add_typer(signals.app, name="signals")
app.add_typer(delivery.app, name="delivery")
app.add_typer(topics.app, name="topics")
app.add_typer(dev.app, name="dev")
app.add_typer(worker.app, name="worker")
app.add_typer(relay.app, name="relay")
app.command("restore")(relay.restore)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"rentalwatch {__version__}")
        raise typer.Exit


@app.callback()
def root(
    data: DataOption = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Group-rental governance 群租治理: facts in an immutable ledger, judged into three targets.

    Exit codes: 0 done, 1 unexpected, 2 bad input, 3 refused, 4 not found, 5 storage, 6 damage found,
    130 interrupted."""
    if data is not None:
        os.environ["RENTALWATCH_DATA"] = str(data)


def _lang_asked() -> str:
    """The language of the command line that failed, wherever in it the option stands."""
    args = sys.argv[1:]
    asked = [b for a, b in pairwise(args) if a == "--lang"] + [
        a.partition("=")[2] for a in args if a.startswith("--lang=")
    ]
    return asked[-1] if asked else settings().lang


def run() -> None:
    """The entry point: runs a command, says what went wrong in words."""
    try:
        app()
    except RentalwatchError as e:
        note(said(e, Words(_lang_asked())))
        sys.exit(e.exit_code)
    except KeyboardInterrupt:
        note(Words(_lang_asked())("stopped"))
        sys.exit(INTERRUPTED)
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        sys.stderr.close()
        sys.exit(0)
