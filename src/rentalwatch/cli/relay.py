"""`relay`, `relay recover`, `restore`: from the ledger to Kafka, and what brings the two together again."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rentalwatch.cli.serving import until_stopped
from rentalwatch.cli.session import LangOption
from rentalwatch.cli.show import say
from rentalwatch.cli.waiting import note, progress
from rentalwatch.errors import InvalidInputError
from rentalwatch.extras import needs
from rentalwatch.settings import place_of, settings

if TYPE_CHECKING:
    from rentalwatch.ledger.relay.diagnosis import Diagnosis, Finds
    from rentalwatch.ledger.relay.recover import Recovered

LISTEN = "127.0.0.1:9464"
"""Where a relay shows its health unless something else is said."""

ANEW = ("nothing-published", "diverged")
"""Cases after which read models may say what the topic does not: it is another, or the ledger was."""

app = typer.Typer(invoke_without_command=True)

WhereOption = Annotated[
    str | None,
    typer.Option("--data", help="Data folder, or DSN of a cluster's database [default: RENTALWATCH_DATA]."),
]
ListenOption = Annotated[
    str | None, typer.Option("--listen", help=f"host:port for health and metrics [default: {LISTEN}].")
]
YesOption = Annotated[bool, typer.Option("--yes", help="Do it; without it only what was found is shown.")]
ExportOption = Annotated[
    Path | None,
    typer.Option("--export", help="Where to write what only the ledger has (NDJSON, a new file)."),
]
FromKafkaOption = Annotated[bool, typer.Option("--from-kafka", help="From the events topic.")]


@app.callback()
def relay(
    context: typer.Context, data: WhereOption = None, listen: ListenOption = None, lang: LangOption = None
) -> None:
    """Publish the ledger's events to Kafka, each exactly once and in order, until it is stopped.

    Example: rentalwatch relay --listen 127.0.0.1:9464

    A second one stands by. It ends with exit code 3 if ledger and topic do not belong together.
    """
    if context.invoked_subcommand is not None:
        return
    with needs("cluster"):
        from rentalwatch.ledger.relay.run import Relay
    from rentalwatch.observe import logs
    from rentalwatch.observe.health import Health, serving
    from rentalwatch.observe.stopping import Stopping

    logs.configure(settings().log, process="relay")
    health = Health("relay")
    with Stopping() as stopping, serving(health, listen or settings().listen or LISTEN) as port:
        note(f"relay: health and metrics on port {port}")
        until_stopped("relay", Relay(_cluster(data), health, stopping).run, stopping)


@app.command("recover")
def recover(
    data: WhereOption = None, yes: YesOption = False, export: ExportOption = None, lang: LangOption = None
) -> None:
    """Bring ledger and topic together again after one of them lost something. Stop the writers first.

    Example: rentalwatch relay recover --yes

    Without --yes it shows what it found and what it would do. It may be run again at any time.
    """
    with needs("cluster"):
        from rentalwatch.ledger.relay.recover import recovering

    with progress("comparing") as report, recovering(_cluster(data), lambda n: report(n, n)) as recovery:
        found = recovery.diagnose()
        for line in _plan(found):
            say(line)
        _show_finds(found.finds)
        if not yes:
            note("Nothing was changed. Run it again with --yes to do this.")
            return
        path = export or Path(f"ledger-tail-{datetime.now(UTC):%Y%m%dT%H%M%S.%f}.ndjson")
        _show_done(recovery.act(found, path), path)
        if found.case.value in ANEW:
            say("Then build the read models anew: rentalwatch rebuild")


def restore(data: WhereOption = None, from_kafka: FromKafkaOption = False, lang: LangOption = None) -> None:
    """Make a ledger anew from the events topic, in an empty database or folder; all of it or nothing.

    Example: rentalwatch restore --from-kafka --data postgresql://localhost/rentalwatch
    """
    if not from_kafka:
        raise InvalidInputError(
            "restore from where?", todo="rentalwatch restore --from-kafka", code="RW-OPTIONS"
        )
    with needs("cluster"):
        from rentalwatch.ledger.relay.restore import NOT_ON_THE_TOPIC
        from rentalwatch.ledger.relay.restore import restore as fill

    with progress("restoring") as report:
        done = fill(_cluster(data), lambda n: report(n, n))
    say(f"{done.events:,} events restored; the ledger is of epoch {done.epoch} from now on")
    _show_finds(done.finds)
    say("Not on the topic, and so not restored:")
    for what in NOT_ON_THE_TOPIC:
        say(f"  - {what}")
    say("Next: rentalwatch verify --kafka")


def _cluster(data: str | None) -> Any:
    from rentalwatch.ledger.relay.cluster import Cluster

    said = settings()
    return Cluster(place_of(data) if data else said.data, said.kafka, said.topics)


def _plan(found: Diagnosis) -> list[str]:
    """What was found, and what `--yes` does about it."""
    own = found.ledger_end - found.fork
    found_line = (
        f"The ledger ends at position {found.ledger_end:,}, the topic at {found.topic_end:,};"
        f" they are equal up to {found.fork:,}."
    )
    does = {
        "nothing-published": "The topic holds no events: publish everything, from the first event on.",
        "agreed": "All that is published is in the ledger: go on behind it.",
        "lost-tail": f"Take events {found.fork + 1:,} to {found.topic_end:,} back from the topic.",
        "diverged": f"Write the ledger's own {own:,} events to a file, take what the topic has instead,"
        " and submit the ledger's records again behind it.",
        "holed": "Nothing: the topic has lost events in its midst.",
    }
    epoch = f"Begin epoch {found.epoch + 1}, so that a relay of an older copy of the ledger is refused."
    return [found_line, does[found.case.value], epoch]


def _show_done(done: Recovered, path: Path) -> None:
    if done.taken_back:
        say(f"{done.taken_back:,} events taken back from the topic")
    if done.exported:
        again = done.again
        say(f"{done.exported:,} events of the ledger's own written to {path}")
        say(
            f"of their records {again.stored:,} stored again, {again.known:,} known already,"
            f" {len(again.refused):,} refused"
        )
        for line in again.refused:
            note(line)
    say(f"epoch {done.epoch} begins; start the relay again")


def _show_finds(finds: Finds) -> None:
    for line in finds.shown:
        note(line)
    if finds.count > len(finds.shown):
        note(f"and {finds.count - len(finds.shown):,} more")
