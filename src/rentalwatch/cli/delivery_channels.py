"""`delivery channels` and `delivery test`: who is notified, and whether it works."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import uuid4

import typer

from rentalwatch.cli.session import Format, FormatOption, LangOption, words_of
from rentalwatch.cli.show import as_csv, as_json, say, table
from rentalwatch.delivery.channel_file import checked, read, read_text, secrets_of
from rentalwatch.delivery.channels import Channel, Channels
from rentalwatch.errors import InvalidInputError, NotFoundError, StorageError
from rentalwatch.settings import settings

if TYPE_CHECKING:
    from rentalwatch.delivery.claiming import Claimed

app = typer.Typer(help="Channels: who is notified of what, and how.", no_args_is_help=True)

ChannelsOption = Annotated[
    Path | None, typer.Option("--channels", help="The file of channels [default: RENTALWATCH_CHANNELS].")
]


def channels_of(path: Path | None) -> Channels:
    """The channels of the file that is named, or the setting's. Raises as `channel_file.read` does."""
    return read(path or settings().channels)


@app.command("list")
def list_(channels: ChannelsOption = None, fmt: FormatOption = Format.TABLE, lang: LangOption = None) -> None:
    """The channels, and who is told of what by each.

    Example: rentalwatch delivery channels list --channels channels.yaml
    """
    found = list(channels_of(channels).by_name().values())
    header = ("channel", "kind", "level", "area", "at_least", "digest", "quiet")
    rows = [
        [c.name, c.kind, " ".join(c.levels), " ".join(c.areas), c.at_least.word, f"{c.digest:g}",
         f"{c.quiet.begin}–{c.quiet.until}" if c.quiet else ""]
        for c in found
    ]  # fmt: skip
    if fmt is Format.JSON:
        as_json([dict(zip(header, row, strict=True)) for row in rows])
    elif fmt is Format.CSV:
        as_csv(list(header), rows)
    else:
        table([words_of(lang)(f"delivery_{k}") for k in header], rows)


@app.command("check")
def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file of channels.")],
    fmt: FormatOption = Format.TABLE,
    lang: LangOption = None,
) -> None:
    """Whether a file of channels can be used; every complaint with its line.

    Example: rentalwatch delivery channels check channels.yaml
    """
    found, complaints = checked(read_text(file))
    if fmt is Format.JSON:
        as_json({"ok": found is not None, "complaints": [c.model_dump() for c in complaints]})
    elif fmt is Format.CSV:
        as_csv(["line", "where", "what"], [[c.line, c.where, c.what] for c in complaints])
    elif found is None:
        for complaint in complaints:
            say(f"{file}:{complaint.line}: {complaint.where}: {complaint.what}")
    else:
        say(words_of(lang)("channels_ok", n=len(found.channels)))
    if found is None:
        raise typer.Exit(InvalidInputError.exit_code)


def trial(
    name: Annotated[str, typer.Argument(metavar="CHANNEL", help="The channel's name.")],
    channels: ChannelsOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LangOption = None,
) -> None:
    """Send a trial message to a channel, once and past the outbox; says whether it was taken.

    Example: rentalwatch delivery test e-7-office
    """
    from rentalwatch.delivery.sending import send
    from rentalwatch.ledger.store import wall_clock

    found = channels_of(channels).by_name().get(name)
    if found is None:
        raise NotFoundError(
            f"there is no channel {name}",
            todo="rentalwatch delivery channels list shows them.",
            code="RW-NO-CHANNEL",
            channel=name,
        )
    begun = time.monotonic()
    result = send(found, secrets_of(found, os.environ), _trial(found), wall_clock())
    seconds = time.monotonic() - begun
    if fmt is Format.JSON:
        as_json(result._asdict() | {"seconds": round(seconds, 3)})
    elif fmt is Format.CSV:
        as_csv(list(result._fields), [list(result)])
    elif result.outcome == "sent":
        say(words_of(lang)("channel_works", name=name, seconds=f"{seconds:.2f}"))
    if result.outcome != "sent":
        why = " ".join(str(part) for part in (result.outcome, result.status, result.code) if part)
        raise StorageError(
            f"the channel {name} did not take the message: {why}",
            todo="docs/delivery.md says what the outcomes mean.",
            code="RW-NOT-DELIVERED",
            channel=name,
            why=why,
        )


def _trial(channel: Channel) -> Claimed:
    from rentalwatch.delivery.claiming import Claimed
    from rentalwatch.delivery.notification import Notification, Said, Severity
    from rentalwatch.ledger.store import wall_clock

    told = Notification(
        id=f"trial-{uuid4().hex}",
        level=channel.levels[0],
        area=channel.areas[0],
        severity=Severity.NOTICE,
        title=Said(en="A trial message of rentalwatch", zh="rentalwatch 测试消息"),
        body=Said(en="Nothing needs to be done.", zh="无需处理。"),
    )
    return Claimed(f"msg_{uuid4().hex}", channel.name, 1, 1, wall_clock(), "", (told,))
