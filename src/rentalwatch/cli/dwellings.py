"""`file` and `list`: one home's file as of any day, and which homes there are."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import sqlalchemy as sa
import typer

from projections.files import FILES, File, find, read_facts
from projections.history import STATES
from projections.lag import known_up_to
from projections.scope import Scope
from projections.spans import SOURCE
from rentalwatch.cli.asking import (
    AreaOption,
    AsOfOption,
    KnownOption,
    KnownSourceOption,
    known_phrase,
    scope_of,
)
from rentalwatch.cli.irregular import odd_rows
from rentalwatch.cli.output import ForceOption, OutputOption, as_sheet, check_output
from rentalwatch.cli.session import (
    DataOption,
    Format,
    FormatOption,
    LangOption,
    LimitOption,
    Session,
    limit_of,
    one_of,
    opened,
)
from rentalwatch.cli.show import as_csv, as_json, day, due_day, how_many, say, stamp, table
from rentalwatch.cli.standing import readable, standing_lines
from rentalwatch.cli.timeline import lines
from rentalwatch.cli.words import Words
from rentalwatch.domain.facts import Fact, standing
from rentalwatch.domain.instants import Micros
from rentalwatch.domain.irregularities import IRREGULARITIES
from rentalwatch.domain.judge import judge
from rentalwatch.domain.judgement import (
    Alert,
    Claim,
    Clock,
    Departure,
    Exemption,
    Judgement,
    Party,
    Round,
    State,
)
from rentalwatch.errors import NotFoundError
from rentalwatch.importers.record import KIND_OF

STATE_NAMES = (
    "known", "suspected", "unreached", "cleared", "confirmed", "noticed", "claimed", "verified", "released",
    "gone",
)  # fmt: skip
"""What `list --state` may ask for."""


def file(
    home: Annotated[str, typer.Argument(help="Its label, an identity key, or its id.")],
    as_of: AsOfOption = "",
    known_at: KnownOption = "",
    known_at_source: KnownSourceOption = "",
    data: DataOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LangOption = None,
) -> None:
    """One home's file 一户一档: what happened, what became of it, how it stood on any day.

    Example: rentalwatch file "718 EAST 232 STREET / 1" --as-of 2023-12-31
    """
    with opened(data, lang) as session, session.asking() as connection:
        found = _find(session, connection, home)
        scope, _ = scope_of(
            session, connection, area=found.area, as_of=as_of, known_at=known_at,
            known_at_source=known_at_source,
        )  # fmt: skip
        everything = read_facts(connection, [found.stream_id])[found.stream_id]
        known = [f for f in everything if _known(f, scope) < scope.known_at]
        judged = judge(known, "source" if scope.axis == SOURCE else "ledger")
        facts = standing(known, "source" if scope.axis == SOURCE else "ledger")
        if fmt is Format.TABLE:
            _show(session.words, found, facts, judged, scope, known_at or known_at_source)
        elif fmt is Format.JSON:
            as_json(_as_json(found, facts, judged, scope, known_up_to(connection) + 1))
        else:
            _as_csv(found, facts, scope)


def _known(fact: Fact, scope: Scope) -> Micros:
    return fact.known_to_source if scope.axis == SOURCE else fact.recorded_at


def _find(session: Session, connection: sa.Connection, home: str) -> File:
    """By label or id; else by an identity key."""
    try:
        return find(connection, home)
    except NotFoundError as not_called_so:
        try:
            stream = session.ledger.stream_of(home)
        except NotFoundError:
            raise not_called_so from None
        return find(connection, stream)


def _show(w: Words, found: File, facts: list[Fact], judged: Judgement, scope: Scope, known: str) -> None:
    zone, asked = found.zone, scope.asked
    when = w("as_of", day=due_day(asked, zone), known=known_phrase(w, scope, known))
    say(f"{found.label} · {found.area}    {when}")
    if not judged.at(asked, State):
        say(w("nothing_known"))
        return
    for line in standing_lines(w, judged, asked, zone):
        say(f"  {line}")
    say()
    shown = lines(facts, judged, asked, zone, w)
    recorded = {day(x.facts[0].recorded_at, zone) for x in shown}
    table(
        ["", "", "", ""],
        [
            [
                "  " + (day(x.at, zone) if x.facts[0].event.precision != "unknown" else "–"),
                x.text,
                x.fate,
                w("source_prefix", day=day(x.facts[0].recorded_at, zone)) if len(recorded) > 1 else "",
            ]
            for x in shown
        ],
        bare=True,
    )
    if any(f.event.precision == "first_seen" for x in shown for f in x.facts):
        say("  " + w("first_seen"))
    say()
    _footer(w, facts, judged, asked, zone)


def _footer(w: Words, facts: list[Fact], judged: Judgement, asked: Micros, zone: str) -> None:
    later = [f for f in facts if f.at >= asked]
    if later:
        say(w("later_events", n=len(later), day=day(later[0].at, zone)))
    afterwards = [f for f in facts if f.recorded_at >= asked]
    if afterwards:
        days = sorted({day(f.recorded_at, zone) for f in afterwards})
        recorded = days[0] if len(days) == 1 else f"{days[0]} – {days[-1]}"
        key = "known_later_all" if len(afterwards) == len(facts) else "known_later"
        say(w(key, n=len(afterwards), all=len(facts), recorded=recorded))
    odd = [i for i in judged.irregular if i.at < asked]
    if odd:
        say(w("irregular", n=len(odd)))
        table(["", ""], odd_rows(w, odd, zone), bare=True)


def _as_json(
    found: File, facts: list[Fact], judged: Judgement, scope: Scope, known_up_to_: Micros
) -> dict[str, Any]:
    zone, asked = found.zone, scope.asked

    def at(kind: type) -> list[dict[str, Any]]:
        return [
            readable(row, zone) for row in judged.at(asked, kind) if asked <= getattr(row, "until", asked)
        ]

    return {
        "dwelling": found._asdict(),
        "as_of": stamp(asked, zone),
        "known_at": stamp(min(scope.known_at, known_up_to_), zone),
        "state": next(iter(at(State)), None),
        "rounds": at(Round),
        "claims": at(Claim),
        "clocks": at(Clock),
        "alerts": at(Alert),
        "parties": at(Party),
        "exemptions": at(Exemption),
        "departures": at(Departure),
        "irregular": [
            {**readable(i, zone), "article": IRREGULARITIES[i.code].en}
            for i in judged.irregular
            if i.at < asked
        ],
        "facts": [
            {
                "kind": KIND_OF[type(f.event)],
                "recorded_at": stamp(f.recorded_at, zone),
                "position": f.position,
                "version": f.version,
                **f.event.model_dump(mode="json", exclude_defaults=True),
            }
            for f in facts
            if f.at < asked
        ],
    }


def _as_csv(found: File, facts: list[Fact], scope: Scope) -> None:
    zone = found.zone
    as_csv(
        ["happened_at", "precision", "kind", "findings", "recorded_at", "record_id"],
        [
            [stamp(f.at, zone), f.event.precision, KIND_OF[type(f.event)],
             ";".join(f"{x.ground}/{x.key}" for x in getattr(f.event, "findings", ())),
             stamp(f.recorded_at, zone), str(f.event.record_id)]
            for f in facts if f.at < scope.asked
        ],
    )  # fmt: skip


def list_(
    search: Annotated[str, typer.Argument(help="Part of a label.")] = "",
    area: AreaOption = "",
    state: Annotated[
        str, typer.Option("--state", help="Such as confirmed, noticed, claimed, verified.")
    ] = "",
    as_of: AsOfOption = "",
    known_at: KnownOption = "",
    known_at_source: KnownSourceOption = "",
    limit: LimitOption = None,
    data: DataOption = None,
    fmt: FormatOption = Format.TABLE,
    output: OutputOption = None,
    force: ForceOption = False,
    lang: LangOption = None,
) -> None:
    """Which homes there are, and how they stand.

    Example: rentalwatch list "EAST 232" --state claimed
    """
    one_of("--state", state, STATE_NAMES)
    check_output(output, fmt, force=force)
    with opened(data, lang) as session, session.asking() as connection:
        scope, _ = scope_of(
            session, connection, area=area, as_of=as_of, known_at=known_at, known_at_source=known_at_source
        )
        s = STATES.c
        query = (
            sa.select(s.stream_id, FILES.c.label, s.area, s.state, s.round_no, s.open_findings)
            .join(FILES, FILES.c.stream_id == s.stream_id)
            .where(*STATES.visible(scope.asked, scope.known_at, scope.axis), *scope.within(s.area))
            .order_by(FILES.c.label, s.stream_id)
        )
        if state:
            query = query.where(s.state == state)
        if search:
            query = query.where(FILES.c.label.icontains(search, autoescape=True))
        shown = limit_of(limit, fmt) if output is None else limit or None
        total = connection.execute(sa.select(sa.func.count()).select_from(query.subquery())).scalar_one()
        rows = [dict(r) for r in connection.execute(query.limit(shown)).mappings()]
        if output is not None:
            _as_sheet((output, force), session.words, rows)
        else:
            _list(session.words, rows, total, fmt)


def _as_sheet(output: tuple[Path, bool], w: Words, rows: list[dict[str, Any]]) -> None:
    columns = ("label", "area", "state", "round_no", "open_findings", "stream_id")
    header = [w(k) for k in ("home", "area", "state", "round", "findings", "id")]
    as_sheet(output, w, w("home"), header, [[_cell(w, c, r[c]) for c in columns] for r in rows])


def _cell(w: Words, column: str, value: Any) -> Any:
    return w.state(value) if column == "state" else value


def _list(w: Words, rows: list[dict[str, Any]], total: int, fmt: Format) -> None:
    if fmt is Format.JSON:
        as_json(rows)
        return
    columns = ["label", "area", "state", "round_no", "open_findings"]
    if fmt is Format.CSV:
        as_csv(["stream_id", *columns], [[r[c] for c in ("stream_id", *columns)] for r in rows])
        return
    if not rows:
        say(w("nothing_listed"))
        return
    header = [w(k) for k in ("home", "area", "state", "round", "findings")]
    table(header, [[_cell(w, c, r[c]) for c in columns] for r in rows])
    say(how_many(w, len(rows), total))
