"""What a timer does about alerts 预警: escalation, relapse alerts, notifications."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

import sqlalchemy as sa
import typer

from rentalwatch.cli.asking import AreaOption, bound, closed
from rentalwatch.cli.session import DataOption, Format, FormatOption, LangOption, Session, opened
from rentalwatch.cli.show import as_csv, as_json, due_day, say, stamp, table
from rentalwatch.cli.stating import OfficerOption
from rentalwatch.delivery import outbox
from rentalwatch.domain.instants import Micros
from rentalwatch.early_warning import tending
from rentalwatch.early_warning.escalation import Escalation, escalate
from rentalwatch.errors import InvalidInputError
from rentalwatch.ledger.store import wall_clock


def escalate_(
    area: AreaOption = "",
    at: Annotated[str, typer.Option("--at", help="As of which instant [default: now].")] = "",
    officer: OfficerOption = "",
    data: DataOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LangOption = None,
) -> None:
    """Ask the next level about every alert that was not answered in time; each level once, however often this
    is run. Meant for a timer.

    Example: rentalwatch alerts escalate --area sh/pudong/
    """
    with opened(data, lang) as session, session.asking() as connection:
        asked = _instant_asked(session, connection, at, area)
        found = escalate(session.ledger, connection, asked, area=closed(area), officer=officer)
        _escalated(session, found, fmt)


def tend(
    area: AreaOption = "",
    at: Annotated[str, typer.Option("--at", help="As of which instant [default: now].")] = "",
    officer: OfficerOption = "",
    data: DataOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LangOption = None,
) -> None:
    """Do what is due by itself: raise the relapse alerts that confirmations and reports call for, escalate,
    and put what is to be told into the outbox. Meant for a timer; twice does no harm.

    Example: rentalwatch alerts tend --area sh/pudong/
    """
    with opened(data, lang) as session, outbox.opened(session.place) as box:
        with session.asking() as connection:
            asked = _instant_asked(session, connection, at, area)
        done = tending.tend(
            session.ledger, session.asking, session.follow, box, asked, area=closed(area), officer=officer
        )
        counts = {"raised": len(done.raised), "escalated": len(done.escalated), "told": done.told}
        if fmt is Format.JSON:
            as_json(counts)
        elif fmt is Format.CSV:
            as_csv(list(counts), [list(counts.values())])
        else:
            say(session.words("tended", **counts))


def _instant_asked(session: Session, connection: sa.Connection, at: str, area: str) -> Micros:
    """As of when it is done: never later than now. Raises InvalidInputError."""
    now = wall_clock()
    asked = bound("--at", at, session.zone(connection, closed(area))) if at else now
    if asked > now:
        raise InvalidInputError("--at lies in the future", todo="Leave it out for now.", code="RW-DATE-RANGE")
    return asked


def _escalated(session: Session, found: list[Escalation], fmt: Format) -> None:
    w = session.words
    header = ("alert", "home", "from_level", "level", "due")
    if fmt is Format.JSON:
        rows = [[e.row.alert.record, e.row.label, e.row.alert.level, e.level, stamp(e.due, e.row.zone)]
                for e in found]  # fmt: skip
        as_json([dict(zip(header, row, strict=True)) for row in rows])
    elif fmt is Format.CSV:
        as_csv(
            list(header),
            [[e.row.alert.record, e.row.label, e.row.alert.level, e.level, due_day(e.due, e.row.zone)]
             for e in found],
        )  # fmt: skip
    elif not found:
        say(w("nothing_to_escalate"))
    else:
        by_level = Counter(e.level for e in found)
        table([w("level"), w("alerts")], [[w(f"level_{level}"), n] for level, n in by_level.items()])
        say(w("escalated", n=len(found)))
