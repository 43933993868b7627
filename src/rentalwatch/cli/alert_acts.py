"""What is done about an alert 预警: taken on, answered, escalated; and a home released from its watch."""

from __future__ import annotations

import re
from typing import Annotated, Any, get_args
from uuid import UUID, uuid4

import typer

from projections.alerts import AlertRow, find_alert
from projections.files import find
from projections.scope import Scope
from rentalwatch.cli.asking import bound
from rentalwatch.cli.session import (
    DataOption,
    Format,
    FormatOption,
    LangOption,
    Session,
    one_of,
    opened,
)
from rentalwatch.cli.show import as_csv, as_json, say, stamp
from rentalwatch.cli.stating import OfficerOption, RecordOption, actor, record_named
from rentalwatch.domain import events as ev
from rentalwatch.domain.alerts import OBSERVATIONS
from rentalwatch.domain.instants import FOREVER, Micros, instant, micros
from rentalwatch.early_warning.reporting import Report, report
from rentalwatch.errors import InvalidInputError
from rentalwatch.ledger.application import Outcome
from rentalwatch.ledger.statements import NO_RECORD, Statement
from rentalwatch.ledger.store import wall_clock
from rentalwatch.rulebooks.rules import Rules

ANSWERS: tuple[str, ...] = get_args(ev.AlertAnswered.model_fields["answer"].annotation)
_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,79}")

AlertArgument = Annotated[str, typer.Argument(metavar="ALERT", help="An alert's number, or how it begins.")]
AtOption = Annotated[str, typer.Option("--at", help="The instant at which it was done [default: now].")]
RoleOption = Annotated[str, typer.Option("--role", help="In which role, such as manager or inspector.")]


def ack(
    alert: AlertArgument,
    officer: OfficerOption = "",
    role: RoleOption = "",
    at: AtOption = "",
    record_id: RecordOption = "",
    data: DataOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LangOption = None,
) -> None:
    """Take an alert on 接单: somebody is at it. Its clock runs on until it is answered.

    Example: rentalwatch alerts ack 3f1c2a9b --officer M-03 --role manager
    """
    with opened(data, lang) as session:
        row = _alert(session, alert, role)
        told = _told(session, ev.AlertAcknowledged, row, (officer, role, at, record_id))
        _say(session, told, row, fmt, session.words("alert_taken_on", home=row.label))


def answer(
    alert: AlertArgument,
    said: Annotated[str, typer.Argument(metavar="ANSWER", help=", ".join(ANSWERS) + ".")],
    observation: Annotated[
        str, typer.Option("--observation", help=f"What was looked at: {', '.join(OBSERVATIONS)}.")
    ] = "",
    reference: Annotated[
        str, typer.Option("--reference", help="The number that the city's own app gave the report.")
    ] = "",
    officer: OfficerOption = "",
    role: RoleOption = "",
    at: AtOption = "",
    record_id: RecordOption = "",
    data: DataOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LangOption = None,
) -> None:
    """Answer an alert by what can be seen from outside. A suspicion is the report that is due within 24 h:
    its text is printed for the city's own app, whose number is told now or later (reported --reference).

    Example: rentalwatch alerts answer 3f1c2a9b suspicious --observation beds_seen --officer M-03
    """
    one_of("the answer", said, ANSWERS)
    one_of("--observation", observation, OBSERVATIONS)
    if reference and not _REFERENCE.fullmatch(reference):
        raise InvalidInputError(
            "--reference is not a number as an app gives it",
            todo="Letters, digits and . _ : / - only; nobody's name.",
            code="RW-OPTIONS",
        )
    with opened(data, lang) as session:
        row = _alert(session, alert, role)
        stated = {"answer": said, "observation": observation, "reference": reference}
        told = _told(session, ev.AlertAnswered, row, (officer, role, at, record_id), **stated)
        text = None
        if said == "suspicious":
            happened = micros(told[1].happened_at)
            text = report(row, happened, observation, officer, _basis(session, row, happened))
        w = session.words
        lines = [w("alert_answered", home=row.label, answer=w.code(said))]
        if said == "nothing" and not observation:
            lines.append(w("alert_without_observation"))
        _say(session, told, row, fmt, *lines, text=text)


def release(
    name: Annotated[str, typer.Argument(metavar="HOME", help="The home's label or id.")],
    reason: Annotated[str, typer.Option("--reason", help="A code.")] = "plan_fulfilled",
    officer: OfficerOption = "",
    role: RoleOption = "",
    at: AtOption = "",
    record_id: RecordOption = "",
    data: DataOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LangOption = None,
) -> None:
    """Release a home from its watch 解除回头看. Never refused: before the plan is fulfilled it is shown as
    irregular, and a relapse afterwards is one all the same.

    Example: rentalwatch alerts release "HOME" --officer 310115-0427
    """
    with opened(data, lang) as session:
        with session.asking() as connection:
            home = find(connection, name)
        ident = record_named("--record-id", record_id) if record_id else uuid4()
        event = ev.WatchReleased(
            record_id=NO_RECORD,
            happened_at=_when(session, at, ident, home.zone),
            by=actor(officer, role),
            reason=reason,
        )
        outcome = session.ledger.record(Statement(event, subject=home.stream_id), ident)
        _say_outcome(session, outcome, home.zone, fmt, session.words("watch_ended", home=home.label))


Told = tuple[Outcome, ev.Event]
Who = tuple[str, str, str, str]
"""officer, role, when, record id: as they were typed."""


def _alert(session: Session, number: str, role: str) -> AlertRow:
    """The alert as it stands now. Who acts as a manager does not learn of one that is withheld."""
    with session.asking() as connection:
        return find_alert(connection, number, Scope(asked=FOREVER), as_manager=role == "manager")


def _told(session: Session, kind: type[ev.Event], row: AlertRow, who: Who, **stated: Any) -> Told:
    officer, role, at, record_id = who
    ident = record_named("--record-id", record_id) if record_id else uuid4()
    event = kind(
        record_id=NO_RECORD,
        happened_at=_when(session, at, ident, row.zone),
        by=actor(officer, role),
        alert=UUID(row.alert.record),  # type: ignore[call-arg]
        **stated,
    )
    return session.ledger.record(Statement(event, subject=row.stream_id), ident), event


def _when(session: Session, at: str, record: UUID, zone: str) -> Any:
    """When it was done: as stated; else as this record said when it was sent before; else now."""
    if at:
        return instant(bound("--at", at, zone))
    before = session.ledger.said_by(record)
    return before[0].happened_at if before else instant(wall_clock())


def _basis(session: Session, row: AlertRow, at: Micros) -> str:
    """The notice that asks for the report, as the rulebook in force there names it."""
    chosen = Rules(session.ledger.adopted()).holding(row.area, instant(at), row.zone)
    clock = chosen[0].clocks.get("manager_report") if chosen else None
    return clock.origin if clock else ""


def _say(
    session: Session, told: Told, row: AlertRow, fmt: Format, *lines: str, text: Report | None = None
) -> None:
    more = {"alert": row.alert.record, **({"report": text._asdict()} if text else {})}
    _say_outcome(session, told[0], row.zone, fmt, *lines, **more)
    if text is not None and fmt is Format.TABLE:
        w = session.words
        say()
        say(w("report_to_paste"))
        for one in (text.zh, text.en) if w.lang == "zh" else (text.en, text.zh):
            say()
            say(one)


def _say_outcome(
    session: Session, outcome: Outcome, zone: str, fmt: Format, *lines: str, **more: Any
) -> None:
    recorded = {
        "record_id": str(outcome.record_id),
        "recorded_at": stamp(outcome.recorded_at, zone),
        "again": outcome.again,
    }
    if fmt is Format.JSON:
        as_json({**recorded, **more})
    elif fmt is Format.CSV:
        as_csv(list(recorded), [list(recorded.values())])
    else:
        for line in lines:
            say(line)
        again = "recorded_before" if outcome.again else "recorded_under"
        say(session.words(again, record=outcome.record_id, at=recorded["recorded_at"]))
