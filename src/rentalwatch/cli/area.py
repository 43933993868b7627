"""`area reassign`: a boundary was moved 区划调整. History is counted where the homes lay then."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import islice
from typing import Annotated
from uuid import uuid5

import sqlalchemy as sa
import typer

from projections.files import FILES
from projections.scope import Scope
from rentalwatch.cli.session import DataOption, Format, FormatOption, LangOption, opened
from rentalwatch.cli.show import as_csv, as_json, say
from rentalwatch.cli.waiting import progress
from rentalwatch.domain.events import AreaReassigned
from rentalwatch.domain.instants import FOREVER, day_start, local_date
from rentalwatch.errors import InvalidInputError
from rentalwatch.ledger.application import Command
from rentalwatch.ledger.statements import NO_RECORD, RECORDS, Statement
from rentalwatch.ledger.store import wall_clock
from rentalwatch.settings import settings

AT_ONCE = 400
"""Files a commit: below what one may hold."""

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def area() -> None:
    """Areas and their boundaries 区划."""


@app.command("reassign")
def reassign(
    old: Annotated[str, typer.Option("--from", help="The path that is left, such as pudong/weifang/e-17/.")],
    new: Annotated[str, typer.Option("--to", help="The path that takes its place.")],
    decree: Annotated[str, typer.Option("--decree", help="The number of the decree.")],
    on: Annotated[str, typer.Option("--on", help="From which day on [default: today].")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say how many, change nothing.")] = False,
    data: DataOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LangOption = None,
) -> None:
    """A boundary was moved 区划调整: all homes and estates below a path lie below another from a day on.
    Interrupted, it is run again and does the rest.

    Example: rentalwatch area reassign --from pudong/weifang/e-17/ --to pudong/tangqiao/e-17/ --decree 2026-41
    """
    old, new = f"{old.rstrip('/')}/", f"{new.rstrip('/')}/"
    if new.startswith(old) or old == "/" or new == "/":
        raise InvalidInputError("--to lies below --from", todo="Name two different paths.", code="RW-OPTIONS")
    with opened(data, lang) as session:
        with session.asking() as connection:
            c = FILES.c
            lie = (*Scope(FOREVER, area=old).within(c.area), c.merged_into == "")
            query = sa.select(c.stream_id, c.kind, c.area, c.zone).where(
                c.kind.in_(("dwelling", "estate")), *lie
            )
            files = connection.execute(query.order_by(c.stream_id)).all()
        told = [(stream, kind, new + lies[len(old) :], zone) for stream, kind, lies, zone in files]
        done = 0
        with progress(session.words("reassigning")) as report:
            for some in () if dry_run else _parts(told):
                commands = [_command(*file, decree=decree, on=_day(on), path=(old, new)) for file in some]
                done += sum(not answer.again for answer in session.ledger.record_together(commands))
                report(done, len(told))
        if done:
            session.follow()
        counts = {
            "homes": sum(t[1] == "dwelling" for t in told),
            "estates": sum(t[1] == "estate" for t in told),
        }
        if fmt is Format.JSON:
            as_json({"from": old, "to": new, "done": not dry_run, **counts})
        elif fmt is Format.CSV:
            as_csv(list(counts), [list(counts.values())])
        else:
            said = "would_reassign" if dry_run else "reassigned"
            say(session.words(said, old=old, new=new, **{k: f"{n:,}" for k, n in counts.items()}))


File = tuple[str, str, str, str]


def _parts(files: Iterable[File]) -> Iterator[list[File]]:
    left = iter(files)
    while some := list(islice(left, AT_ONCE)):
        yield some


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text) if text else local_date(wall_clock(), settings().zone)
    except ValueError:
        raise InvalidInputError(
            f"--on {text!r} is not a date", todo="Write 2026-03-24.", code="RW-DATE"
        ) from None


def _command(
    stream: str, kind: str, area: str, zone: str, *, decree: str, on: date, path: tuple[str, str]
) -> Command:
    """The same record however often it is sent: a reassignment that was interrupted is simply run again."""
    event = AreaReassigned(
        record_id=NO_RECORD, happened_at=day_start(on, zone), precision="day", area=area, decree=decree
    )
    of = "estate" if kind == "estate" else "dwelling"
    record = uuid5(RECORDS, "\x1f".join(("area", *path, decree, on.isoformat(), stream)))
    return Command(Statement(event, subject=stream, of=of), record)  # type: ignore[arg-type]


__all__ = ["app"]
