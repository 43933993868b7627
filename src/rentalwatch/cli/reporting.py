"""`programme report`: a figure is handed upward, frozen with its definition and what was known."""

from __future__ import annotations

from typing import Annotated

import typer

from projections.lag import known_up_to
from projections.programmes import find
from projections.targets import DEFINITION, restated
from rentalwatch.cli.asking import AreaOption, AsOfOption, KnownOption, scope_of
from rentalwatch.cli.session import DataOption, Format, FormatOption, LangOption, opened
from rentalwatch.cli.show import as_json, due_day, say, stamp
from rentalwatch.cli.stating import OfficerOption, actor, state
from rentalwatch.domain.events import FigureReported
from rentalwatch.domain.instants import instant
from rentalwatch.ledger.statements import NO_RECORD
from rentalwatch.ledger.store import wall_clock


def report(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The programme's label, key or id.")],
    figure: Annotated[str, typer.Option("--figure", help="Any figure of `targets`, such as relapses.")],
    to: Annotated[str, typer.Option("--to", help="Who it is handed to, such as an office.")] = "",
    area: AreaOption = "",
    begin: Annotated[
        str, typer.Option("--from", help="Begin of the period [default: the programme's baseline].")
    ] = "",
    as_of: AsOfOption = "",
    known_at: KnownOption = "",
    officer: OfficerOption = "",
    data: DataOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LangOption = None,
) -> None:
    """Count a figure and record it as reported 上报数: it stays as it is, later recounts stand beside it.

    Example: rentalwatch programme report "Three zeros" --figure relapses --as-of 2026-03-31
    """
    with opened(data, lang) as session:
        with session.asking() as connection:
            found = find(connection, name)
            scope, zone = scope_of(
                session, connection, area=area, begin=begin, as_of=as_of, known_at=known_at, programme=found
            )
            value = restated.value_of(connection, figure, scope)
            known = min(scope.known_at, known_up_to(connection) + 1)
        event = FigureReported(
            record_id=NO_RECORD,
            happened_at=instant(wall_clock()),
            by=actor(officer),
            figure=figure,
            value=value,
            area=scope.area,
            period_from=instant(scope.begin),
            as_of=instant(scope.asked),
            known_at=instant(known),
            definition=DEFINITION,
            to=to,
        )
        outcome = state(session, event, found.stream_id)
        w = session.words
        if fmt is Format.JSON:
            as_json(
                {"record_id": str(outcome.record_id), "figure": figure, "value": value, "area": scope.area,
                 "period_from": stamp(scope.begin, zone), "as_of": stamp(scope.asked, zone),
                 "known_at": stamp(known, zone), "definition": DEFINITION, "to": to}
            )  # fmt: skip
            return
        shown = w("na") if value is None else f"{value:,}"
        say(w("reported", figure=figure, value=shown, day=due_day(scope.asked, zone)))
