"""The canonical record: the one shape that every source becomes (D17; JSON Schema in docs/).

A record says one thing about one home, estate, case …: its kind, what it is about, when, and the fields of
that kind. Bare
dates become instants in the record's zone; due instants that the record does not state are resolved by
the rulebook.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import ValidationError

from rentalwatch.domain import events as ev
from rentalwatch.domain.clock import ClockName, Due
from rentalwatch.domain.instants import ALWAYS, FIRST, LAST, day_end, day_last, day_start
from rentalwatch.domain.rulebook import Rulebook
from rentalwatch.domain.streams import identity_key
from rentalwatch.errors import RentalwatchError
from rentalwatch.importers.problems import RowError, from_validation
from rentalwatch.ledger.statements import NO_RECORD, Statement
from rentalwatch.rulebooks.rules import SHIPPED, Rules, Whose

KINDS: dict[str, type[ev.Event]] = {
    # a home
    "registration": ev.DwellingRegistered,
    "particulars": ev.DwellingCorrected,
    "deregistration": ev.DwellingDeregistered,
    "area": ev.AreaReassigned,
    "party": ev.PartyLinked,
    "party_end": ev.PartyUnlinked,
    "exemption": ev.ExemptionGranted,
    "exemption_end": ev.ExemptionEnded,
    "lead": ev.LeadReported,
    "dispatch": ev.LeadDispatched,
    "location": ev.LeadLocated,
    "return": ev.LeadReturned,
    "answer": ev.LeadAnswered,
    "work_order": ev.WorkOrderClosed,
    "patrol": ev.PatrolRecorded,
    "visit": ev.VisitAttempted,
    "assistance": ev.AssistanceRequested,
    "assistance_answer": ev.AssistanceAnswered,
    "transfer": ev.Transferred,
    "transfer_accepted": ev.TransferAccepted,
    "seal": ev.HazardSealed,
    "seal_lifted": ev.SealLifted,
    "inspection": ev.InspectionRecorded,
    "confirmation": ev.ViolationConfirmed,
    "annulment": ev.ConfirmationAnnulled,
    "notice": ev.NoticeServed,
    "extension": ev.DeadlineExtended,
    "undertaking": ev.UndertakingSigned,
    "claim": ev.RectificationClaimed,
    "rejection": ev.RectificationRejected,
    "verification": ev.RectificationVerified,
    "departure": ev.TenantsMovedOut,
    "lease": ev.LeaseFiled,
    "regularisation": ev.LettingRegularised,
    "release": ev.WatchReleased,
    "alert": ev.AlertRaised,
    "relapse_alert": ev.RelapseAlertRaised,
    "alert_taken": ev.AlertAcknowledged,
    "alert_answer": ev.AlertAnswered,
    "alert_escalation": ev.AlertEscalated,
    "alert_closing": ev.AlertClosed,
    "note": ev.NoteRecorded,
    "retraction": ev.RecordRetracted,
    # an estate
    "estate": ev.EstateRegistered,
    "manager": ev.ManagerAppointed,
    "manager_end": ev.ManagerEnded,
    "rectified_list": ev.RectifiedListSent,
    "monthly_report": ev.MonthlyReportFiled,
    "chaser": ev.ReportChased,
    "estate_figures": ev.EstateFiguresReported,
    # a sublandlord, a joint action
    "sublandlord": ev.SublandlordIdentified,
    "exit": ev.SublandlordExited,
    "action": ev.JointActionHeld,
    # a penalty case
    "case": ev.PenaltyFiled,
    "no_case": ev.FilingDeclined,
    "case_withdrawal": ev.CaseWithdrawn,
    "notification": ev.PenaltyNotified,
    "defence": ev.DefenceHeard,
    "hearing_request": ev.HearingRequested,
    "hearing": ev.HearingHeld,
    "legal_review": ev.LegalReviewed,
    "decision": ev.PenaltyDecided,
    "waiver": ev.PenaltyWaived,
    "service": ev.PenaltyServed,
    "payment": ev.PenaltyPaid,
    "review": ev.ReviewDecided,
    "court_enforcement": ev.CourtEnforcementSought,
    "revocation": ev.PenaltyRevoked,
    # a programme
    "programme": ev.ProgrammeStarted,
    "programme_end": ev.ProgrammeClosed,
    "roll": ev.RollFixed,
    "roll_amendment": ev.RollAmended,
    "figure": ev.FigureReported,
    "supervision": ev.SupervisionOrdered,
    "supervision_answer": ev.SupervisionAnswered,
}
"""Kind of record → the event that it is stored as. Splitting, merging and adopting a rulebook are commands
of their own: each is several records at once."""

KIND_OF = {cls: kind for kind, cls in KINDS.items()}

ROUTING = ("kind", "on", "at", "zone", "source", "fact", "key", "rulebook", "first_seen", "record")
"""Fields that say where a record belongs and when, beside the one that names what it is about (`dwelling`,
`estate`, …, after the kinds of stream that its event may lie in); all others belong to its kind."""

UPPER = {
    "deadline", "due", "notice_due", "answer_due", "decision_due", "service_due", "limitation_due",
    "source_recorded_at", "on_site_due",
    "reported_at", "until", "baseline", "as_of", "known_at", "window_to",
}  # fmt: skip
LOWER = {"period_from", "window_from"}
INSTANTS = UPPER | LOWER
"""Fields that are instants: a bare date is that whole day, or its begin where it is a lower bound."""
STRUCTURED = {"rooms", "participants", "goals"}
LISTS = {"findings", "officers", "keys", "evidence", "dwellings", "added", "removed", "reasons"} | STRUCTURED
"""Fields that are lists: as JSON has them; in a cell with `;` between, unless their parts are structured."""

DEFAULT_ZONE = "Asia/Shanghai"
CANONICAL = "records"
"""The name of the source of files that hold canonical records already."""

IN_CELLS = {"by", "watch"} | STRUCTURED
"""Fields with parts of their own: a cell holds them as JSON."""

STATED = {"by", "channel", "source_recorded_at"}
"""Fields of the envelope that a record may state; the ledger sets all others."""

VERSION = re.compile(r"^[^@]{1,100}@[0-9a-f]{8,64}$")
"""A version of a rulebook, as events name it."""

MAX_NAME = 200
"""Characters of a key, a fact, a home's name: what an event can hold (`Code`)."""

TERMS: dict[str, tuple[tuple[ClockName, str], ...]] = {
    "lead": (("on_site", "due"), ("answer_complainant", "answer_due")),
    "dispatch": (("on_site", "due"),),
    "location": (("on_site", "due"),),
    "confirmation": (("notice", "notice_due"),),
    "notice": (("self_rectification", "deadline"),),
    "claim": (("verification", "due"),),
    "transfer": (("transfer", "due"),),
    "alert": (("on_site", "on_site_due"),),
    "relapse_alert": (("on_site", "on_site_due"),),
    "case": (("penalty_decision", "decision_due"),),
    "decision": (("penalty_service", "service_due"),),
}
"""Kind → the clocks it opens, each with the field that holds the due instant."""

TIMELESS = ("registration", "estate")
"""Kinds that need no date: what is registered stood there before any record."""

EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
AHEAD = timedelta(days=1)
"""A fact may lie at most this far in the future: clocks of phones differ, typing errors differ more."""


def statement(
    record: dict[str, Any],
    *,
    now: datetime,
    source: str = "",
    rules: Rules = SHIPPED,
    whose: Whose | None = None,
) -> Statement:
    """A canonical record as a statement. `rules`: those that count in the ledger; `whose`: what is known
    of the file it goes to, for a record that names no rulebook. Raises RowError with the field, the value
    and what to do."""
    fields = {name: value for name, value in record.items() if value not in ("", None)}
    kind = _word(fields, "kind")
    if kind not in KINDS:
        raise RowError("RW-KIND", column="kind", value=kind, what=f"must be one of: {', '.join(KINDS)}")
    of, subject = _subject(kind, fields)
    routing = {name: fields.pop(name) for name in ROUTING if name in fields}
    for name in fields:
        if name in ev.Event.model_fields and name not in STATED:
            raise RowError("RW-FIELD-UNKNOWN", column=name, what=f"a {kind} record has no field {name!r}")
    fields = {name: _from_cell(name, value) for name, value in fields.items()}
    zone = _zone(str(routing.get("zone", DEFAULT_ZONE)))
    if "zone" in KINDS[kind].model_fields:
        fields["zone"] = zone
    when = _when(kind, routing, zone)
    said = build(
        kind,
        fields,
        subject=subject,
        of=of,
        when=when,
        first_seen=str(routing.get("first_seen", "")).lower() in ("true", "1", "yes"),
        zone=zone,
        book=_book(rules, str(routing.get("rulebook", "")), whose, when, zone),
        place=(
            source or str(routing.get("source", "")),
            str(routing.get("fact", kind)),
            str(routing.get("key", "")),
        ),
        now=now,
    )
    said.record = _record(kind, routing.get("record", ""))
    return said


def build(
    kind: str,
    fields: dict[str, Any],
    *,
    subject: str,
    of: ev.Stream | None = None,
    when: date | datetime | None,
    first_seen: bool,
    zone: str,
    book: tuple[Rulebook | None, str] | None,
    place: tuple[str, str, str],
    now: datetime,
) -> Statement:
    """A statement from fields that are already apart. `of` and `subject`: what it is about; `when`: an
    instant, a day, or None for "since always"; `place`: source, fact, key. Raises RowError."""
    cls = KINDS[kind]
    of = of or cls.STREAMS[0]
    happened_at, precision = _lies(cls, when, zone)
    if not EARLIEST <= happened_at <= now + AHEAD:
        raise RowError(
            "RW-DATE-RANGE", column="on", value=str(when), what="lies before 1900 or in the future"
        )
    source, fact, key = place
    for name, text in ((of, identity_key(of, subject) if subject else ""), ("fact", fact), ("key", key)):
        _refuse_no_name(name, text, blank=name == "key" and not source)
    for name in INSTANTS & fields.keys():
        fields[name] = _instant(name, fields[name], zone, day_start if name in LOWER else day_end)
    try:
        for name in LISTS & fields.keys():
            fields[name] = _list(name, fields[name])
        _refuse_named_officers(fields)
        event = cls(
            record_id=NO_RECORD,
            happened_at=happened_at,
            precision="first_seen" if first_seen else precision,
            rulebook=book[1] if book else "",
            **fields,
        )
    except ValidationError as e:
        raise from_validation(e, kind) from e
    for text in getattr(event, "keys", ()):
        _refuse_no_name("keys", identity_key(of, text), blank=False)
    return Statement(
        event,
        subject=subject,
        of=of,
        source=source if key else "",
        fact=fact,
        key=key,
        terms=_terms(kind, event, book[0]) if book and book[0] else None,
    )


def subjects(cls: type[ev.Event]) -> list[ev.Stream]:
    """The fields that may say what a record is about. A rulebook is adopted by a command of its own; in a
    record `rulebook` says whose clocks run."""
    return [of for of in cls.STREAMS if of != "rulebook"]


def _subject(kind: str, fields: dict[str, Any]) -> tuple[ev.Stream, str]:
    """What a record is about: (kind of stream, name); its field is taken out of `fields`."""
    may = subjects(KINDS[kind])
    said = [of for of in may if of in fields]
    if len(said) != 1:
        what = "is missing" if not said else f"cannot stand beside {said[1]}"
        todo = "say whose home it is about" if may[0] == "dwelling" else f"say which {may[0]} it is about"
        raise RowError("RW-FIELD", column=said[0] if said else may[0], what=what, todo=todo)
    return said[0], str(fields.pop(said[0]))


def _refuse_no_name(name: str, text: str, *, blank: bool) -> None:
    """What names a record or a home is stored in every event: it must fit there, and be text."""
    if not text and not blank:
        raise RowError("RW-FIELD", column=name, what="is missing", todo=f"give each record a {name}")
    if len(text) > MAX_NAME:
        raise RowError("RW-FIELD", column=name, value=text, what=f"is longer than {MAX_NAME} characters")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise RowError(
            "RW-FIELD", column=name, value=ascii(text), what="is not text (half a character)"
        ) from None


def _refuse_named_officers(fields: dict[str, Any]) -> None:
    """Whoever did it is stated by number: a name would stay in the book for ever. It is not repeated here."""
    by, officers = fields.get("by"), fields.get("officers")
    stated = list(officers) if isinstance(officers, list | tuple) else []
    stated += [by["officer"]] if isinstance(by, dict) and by.get("officer") else []
    for text in stated:
        if isinstance(text, str) and not is_officer_number(text):
            raise RowError(
                "RW-OFFICER", column="officers" if officers else "by.officer",
                what="is no officer's number (one word with a digit in it)",
                todo="state the officer's number, never a name",
            )  # fmt: skip


def is_officer_number(text: str) -> bool:
    """Whether a text may be stated as an officer's number."""
    return re.fullmatch(ev.OFFICER_NUMBER, text) is not None


def _terms(kind: str, event: ev.Event, book: Rulebook) -> dict[str, Any] | None:
    """What the rulebook in force adds to a statement and the record itself does not say."""
    if isinstance(event, ev.RectificationVerified) and book.watch != ev.WatchTerms():
        return {"watch": book.watch.model_dump(mode="json")}
    if isinstance(event, ev.RectifiedListSent):
        return _report_day(event, book)
    terms = {name: due.instant for name, due in dues_set(kind, event, book).items()}
    if isinstance(event, ev.PenaltyFiled) and event.limitation_due is None:
        last = book.law.found_by(event.acted_on, life_or_health=event.endangers_life)
        if last is not None:
            terms["limitation_due"] = day_end(last, book.zone)
    return terms or None


def dues_set(kind: str, event: ev.Event, book: Rulebook) -> dict[str, Due]:
    """Field → the due instant that a rulebook gives a record, and whether it is provisional: of the clocks
    that the record opens, those it does not say itself when they are due."""
    opened = event.reported_at if isinstance(event, ev.LeadLocated) else event.happened_at
    dues = {
        name: book.due_of(clock, opened)
        for clock, name in TERMS.get(kind, ())
        if getattr(event, name) is None
    }
    return {name: due for name, due in dues.items() if due is not None}


def _report_day(event: ev.RectifiedListSent, book: Rulebook) -> dict[str, Any] | None:
    """The day of the month after by whose end a report is due, where the rulebook has another than usual."""
    clock = book.clocks.get("monthly_report")
    day = clock.day_of_next_month if clock is not None else None
    stated = "report_day" in event.model_fields_set
    return None if stated or day in (None, event.report_day) else {"report_day": day}


def _lies(cls: type[ev.Event], when: date | datetime | None, zone: str) -> tuple[datetime, str]:
    if when is None:
        return ALWAYS, "unknown"
    if isinstance(when, datetime):
        return when, "instant"
    return ev.lies_at(cls, day_start(when, zone), day_last(when, zone)), "day"


def _when(kind: str, routing: dict[str, Any], zone: str) -> date | datetime | None:
    if "at" in routing:
        return _instant("at", routing["at"], zone)
    if "on" in routing:
        on = routing["on"]
        return _date("on", on if isinstance(on, date) else str(on))
    if kind in TIMELESS:
        return None
    raise RowError("RW-FIELD", column="on", what="is missing", todo="say when it happened: on (a date) or at")


@lru_cache(maxsize=65_536)
def _date(column: str, text: str | date) -> date:
    try:
        return text if isinstance(text, date) else date.fromisoformat(text)
    except ValueError:
        raise RowError("RW-DATE", column=column, value=str(text), what="not a date (YYYY-MM-DD)") from None


def _instant(
    column: str, value: Any, zone: str, whole_day: Callable[[date, str], datetime] = day_end
) -> datetime:
    """An ISO instant, in the record's zone where it has no offset; a bare date is that whole day, or what
    else `whole_day` makes of it."""
    if isinstance(value, datetime):
        return _in_calendar(value if value.tzinfo else value.replace(tzinfo=ZoneInfo(zone)))
    if isinstance(value, date):
        return whole_day(value, zone)
    text = str(value)
    if len(text) == 10:
        return whole_day(_date(column, text), zone)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise RowError(
            "RW-DATE", column=column, value=text, what="neither a date nor an instant (ISO 8601)"
        ) from None
    return _in_calendar(moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone)))


def _in_calendar(moment: datetime) -> datetime:
    """At the ends of the calendar an offset may lead out of it; then the nearest instant there is."""
    try:
        moment.astimezone(UTC)
    except OverflowError:
        return FIRST if moment.year == 1 else LAST
    return moment


def _list(name: str, value: Any) -> Any:
    """A list as JSON has it, or as a cell has it: parts with `;` between, findings as ground/key."""
    parts = parts_of(value) if isinstance(value, str) else value
    if name != "findings" or not isinstance(parts, list | tuple):
        return parts
    return tuple(_finding(p) if isinstance(p, str) else p for p in parts)


def parts_of(cell: str) -> list[str]:
    """The parts of a list that stands in a cell."""
    return [part.strip() for part in cell.replace("；", ";").split(";") if part.strip()]


@lru_cache(maxsize=4_096)
def _finding(text: str) -> ev.Finding:
    ground, slash, key = text.partition("/")
    if not (ground and slash and key):
        raise RowError("RW-FINDING", column="findings", value=text, what="not a finding (ground/key)")
    return ev.Finding(ground=ground, key=key)


def _from_cell(name: str, value: Any) -> Any:
    """What a cell holds as JSON: a part with parts of its own, or a list whose parts have a `;` in them."""
    if not (isinstance(value, str) and (name in IN_CELLS or (name in LISTS and value.startswith("[")))):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        if name not in IN_CELLS:
            return value
        raise RowError("RW-JSON", column=name, value=value, what="is not JSON") from None


def _record(kind: str, text: Any) -> UUID | None:
    """The id that a record had in another book. Raises RowError if it is none, or cannot be kept."""
    if not text:
        return None
    if kind == "retraction":
        raise RowError(
            "RW-FIELD", column="record", what="cannot stand in a retraction", todo="leave it blank"
        )
    try:
        return UUID(str(text))
    except ValueError:
        raise RowError("RW-FIELD", column="record", value=str(text), what="is no record id (UUID)") from None


def _word(fields: dict[str, Any], name: str) -> str:
    return str(fields.get(name, "")).strip().lower()


@lru_cache(maxsize=256)
def _zone(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a folder, a name too long
        raise RowError("RW-ZONE", column="zone", value=name, what="not an IANA time zone") from None


def _book(
    rules: Rules, name: str, whose: Whose | None, when: date | datetime | None, zone: str
) -> tuple[Rulebook | None, str] | None:
    """The rulebook whose clocks run, and its version. `name@hash`: of that version, and whatever it had to
    say stands in the record already."""
    if VERSION.match(name):
        return None, name
    try:
        return rules.for_record(name, whose, when, zone)
    except RentalwatchError as e:
        raise RowError("RW-NO-RULEBOOK", column="rulebook", value=name, what=e.what, todo=e.todo) from e
