"""`export`: what the ledger holds, as records that can be imported again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from projections import exported
from projections.parking import parked_streams
from rentalwatch.cli.asking import AreaOption, AsOfOption, KnownOption, bound
from rentalwatch.cli.output import ForceOption, refuse_there, whole_file
from rentalwatch.cli.session import DataOption, LangOption, one_of, opened
from rentalwatch.cli.show import say
from rentalwatch.cli.waiting import note, progress
from rentalwatch.domain.instants import FOREVER
from rentalwatch.importers.record import KINDS
from rentalwatch.importers.record_files import Records, form_of
from rentalwatch.importers.standing_records import Wanted


def export(
    output: Annotated[
        Path,
        typer.Option("--output", "-o", help="Where to: .ndjson, .csv or .xlsx; .ndjson.gz, .csv.gz."),
    ],
    area: AreaOption = "",
    begin: Annotated[str, typer.Option("--from", help="Only what happened from this day on.")] = "",
    as_of: AsOfOption = "",
    known_at: KnownOption = "",
    kind: Annotated[
        list[str] | None, typer.Option("--kind", help="Only records of this kind; may be given again.")
    ] = None,
    force: ForceOption = False,
    data: DataOption = None,
    lang: LangOption = None,
) -> None:
    """Write what stands in the ledger as canonical records. Imported into an empty ledger they are judged as
    they are here; imported into this one they are known.

    Example: rentalwatch export --output records.ndjson.gz
    """
    form, packed = form_of(output)
    refuse_there(output, force=force)
    for each in kind or []:
        one_of("--kind", each, list(KINDS))
    if area and not area.endswith("/"):
        area += "/"
    with opened(data, lang) as session, session.asking() as connection, Records() as records:
        zone = session.zone(connection, area)
        wanted = Wanted(
            begin=bound("--from", begin, zone, lower=True) if begin else -FOREVER,
            asked=bound("--as-of", as_of, zone) if as_of else FOREVER,
            known_at=bound("--known-at", known_at, zone) if known_at else FOREVER,
            kinds=frozenset(kind or ()),
        )
        with progress(session.words("exporting")) as report:
            files = exported.collect(connection, area, wanted, records, report)
        with whole_file(output, force=force) as part:
            records.write(part, form, packed=packed)
        say(session.words("exported", n=f"{records.count:,}", files=f"{files:,}", path=output))
        if parked := parked_streams(connection):
            note(session.words("parked_left_out", n=f"{len(parked):,}"))
