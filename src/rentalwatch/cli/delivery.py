"""`delivery`: what was told to whom, what could not be, and the process that sends."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from rentalwatch.cli.delivery_channels import ChannelsOption, channels_of, trial
from rentalwatch.cli.delivery_channels import app as channels_app
from rentalwatch.cli.delivery_rows import FIELDS, HEADER, line_data, line_row, show_message, untold_row
from rentalwatch.cli.serving import until_stopped
from rentalwatch.cli.session import (
    DataOption,
    Format,
    FormatOption,
    LangOption,
    LimitOption,
    limit_of,
    one_of,
    words_of,
)
from rentalwatch.cli.show import as_csv, as_json, how_many, say, table
from rentalwatch.cli.waiting import note
from rentalwatch.cli.words import Words
from rentalwatch.delivery import deciding, figures
from rentalwatch.delivery.outbox import Outbox, opened
from rentalwatch.delivery.tables import STATES
from rentalwatch.errors import InvalidInputError, NotFoundError
from rentalwatch.settings import settings

app = typer.Typer(help="Notifications: what was sent, what was not, and the sender.", no_args_is_help=True)
app.add_typer(channels_app, name="channels")
app.command("test")(trial)

LISTEN = "127.0.0.1:9466"
SILENCE_SECONDS = 60.0
"""A main loop that was not heard of for so long counts as dead; the database may be away for half of it."""

WANTED = (*STATES, "pending", "untold")
"""What `delivery list --state` takes: beside the states, what is not sent yet, and what nobody took."""


@app.command("list")
def list_(
    state: Annotated[str, typer.Option("--state", help=f"One of: {', '.join(WANTED)}.")] = "",
    channel: Annotated[str, typer.Option("--channel", help="Only messages of this channel.")] = "",
    limit: LimitOption = None,
    data: DataOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LangOption = None,
) -> None:
    """Messages and what became of them, the last first.

    Example: rentalwatch delivery list --state given_up
    """
    one_of("--state", state, WANTED)
    w = words_of(lang)
    with _outbox(data) as outbox, outbox.engine.begin() as connection:
        if state == "untold":
            _list_untold(w, outbox, limit, fmt)
            return
        asked = limit_of(limit, fmt)
        lines, total = figures.listed(connection, state=state, channel=channel, limit=asked)
    if fmt is Format.JSON:
        as_json([line_data(line) for line in lines])
    elif fmt is Format.CSV:
        as_csv(list(FIELDS), [list(line_data(line).values()) for line in lines])
    elif not lines:
        say(w("delivery_none"))
    else:
        table([w(f"delivery_{k}") for k in HEADER], [line_row(w, line) for line in lines])
        say(how_many(w, len(lines), total))


def _list_untold(w: Words, outbox: Outbox, limit: int | None, fmt: Format) -> None:
    with outbox.engine.begin() as connection:
        found = figures.untold(connection, limit_of(limit, fmt))
    rows = [untold_row(w, n) for n in found]
    if fmt is Format.JSON:
        as_json([n.model_dump(mode="json") for n in found])
    elif fmt is Format.CSV:
        as_csv(["id", "level", "area", "severity", "title"], rows)
    elif not rows:
        say(w("delivery_all_told"))
    else:
        table([w(f"delivery_{k}") for k in ("id", "level", "area", "severity", "title")], rows)


@app.command("show")
def show(
    of: Annotated[str, typer.Argument(metavar="ID", help="A message, a notification, or an alert.")],
    data: DataOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LangOption = None,
) -> None:
    """What was told of it, to whom, and every try.

    Example: rentalwatch delivery show msg_5d0c61b0a4f54c1f9f7a5a0c6b1b2f6e
    """
    with _outbox(data) as outbox, outbox.engine.begin() as connection:
        found = figures.shown(connection, of)
    if not found:
        raise NotFoundError(
            f"nothing was told of {of}",
            todo="`rentalwatch delivery list` shows the messages, --state untold what nobody took.",
            code="RW-NO-MESSAGE",
            message=of,
        )
    if fmt is Format.TABLE:
        for message in found:
            show_message(words_of(lang), message)
        return
    tries = [line_data(m.line) | {"attempts": [a._asdict() for a in m.attempts]} for m in found]
    if fmt is Format.JSON:
        told = [[n.model_dump(mode="json") for n in m.told] for m in found]
        as_json([t | {"told": n} for t, n in zip(tries, told, strict=True)])
    else:
        header = ["message", *figures.Attempt._fields]
        as_csv(header, [[m.line.id, *attempt] for m in found for attempt in m.attempts])


IdsArgument = Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Messages given up.")]
OfChannelOption = Annotated[str, typer.Option("--channel", help="All that were given up for this one.")]
AllOption = Annotated[bool, typer.Option("--all", help="All that were given up.")]
UntoldOption = Annotated[bool, typer.Option("--untold", help="Notifications that no channel took.")]


@app.command("replay")
def replay(
    ids: IdsArgument = None,
    channel: OfChannelOption = "",
    everything: AllOption = False,
    untold: UntoldOption = False,
    data: DataOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LangOption = None,
) -> None:
    """Try again what was given up; what was sent is not sent again.

    Example: rentalwatch delivery replay --channel e-7-office
    """
    which = _which(ids, channel, everything, untold)
    with _outbox(data) as outbox:
        count = deciding.replay(outbox.engine, outbox.clock(), which)
    _told_count(words_of(lang), fmt, "replayed", count)


@app.command("drop")
def drop(
    ids: IdsArgument = None,
    channel: OfChannelOption = "",
    everything: AllOption = False,
    untold: UntoldOption = False,
    data: DataOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LangOption = None,
) -> None:
    """Leave what was given up at that: it is off the list, and stays on record.

    Example: rentalwatch delivery drop --channel e-7-office
    """
    which = _which(ids, channel, everything, untold)
    with _outbox(data) as outbox:
        count = deciding.drop(outbox.engine, outbox.clock(), which)
    _told_count(words_of(lang), fmt, "dropped", count)


def _which(ids: list[str] | None, channel: str, everything: bool, untold: bool) -> deciding.Which:
    if sum([bool(ids), bool(channel), everything, untold]) != 1:
        raise InvalidInputError(
            "which messages?", todo="Name some, or --channel, or --all, or --untold.", code="RW-OPTIONS"
        )
    return deciding.Which(ids or None, channel, untold)


def _told_count(w: Words, fmt: Format, what: str, count: int) -> None:
    if fmt is Format.JSON:
        as_json({what: count})
    elif fmt is Format.CSV:
        as_csv([what], [[count]])
    else:
        say(w(f"delivery_were_{what}", n=f"{count:,}"))


@app.command("send")
def send(
    once: Annotated[bool, typer.Option("--once", help="Send what is due now, then end.")] = False,
    channels: ChannelsOption = None,
    listen: Annotated[
        str, typer.Option("--listen", help=f"host:port for health and metrics [default: {LISTEN}].")
    ] = "",
    data: DataOption = None,
    lang: LangOption = None,
) -> None:
    """Send what is put into the outbox, until SIGTERM or Ctrl-C; any number of senders share the work.

    Example: rentalwatch delivery send --once
    """
    from rentalwatch.delivery.channel_file import secrets_of
    from rentalwatch.delivery.sender import Sender
    from rentalwatch.observe import logs
    from rentalwatch.observe.health import Health, serving
    from rentalwatch.observe.stopping import Stopping

    said = channels_of(channels)
    secrets = {c.name: secrets_of(c, os.environ) for c in said.channels}
    logs.configure(settings().log, process="delivery")
    with _outbox(data) as outbox:
        sender = Sender(outbox, said, secrets)
        if once:
            sender.once()
            sender.close()
            _told_standing(words_of(lang), outbox)
            return
        health = Health("delivery", SILENCE_SECONDS)
        with Stopping() as stopping, serving(health, listen or settings().listen or LISTEN) as port:
            note(f"delivery: health and metrics on port {port}")
            until_stopped("delivery", lambda: sender.run(stopping, health), stopping)


def _told_standing(w: Words, outbox: Outbox) -> None:
    with outbox.engine.begin() as connection:
        found = figures.standing(connection, outbox.clock())
    say(w("delivery_standing", pending=f"{found.pending:,}", given_up=f"{found.given_up:,}"))
    if found.untold:
        say(w("delivery_untold", n=f"{found.untold:,}"))


@contextmanager
def _outbox(data: Path | str | None) -> Iterator[Outbox]:
    """The outbox beside the ledger. Raises NotFoundError where there is no folder: it is not made here."""
    place = data or settings().data
    if isinstance(place, Path) and not place.is_dir():
        raise NotFoundError(
            f"there is no ledger in {place}/",
            todo="--data or RENTALWATCH_DATA names another folder.",
            code="RW-NO-LEDGER",
            folder=place,
        )
    with opened(place) as outbox:
        yield outbox
