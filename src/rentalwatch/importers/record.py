"""The canonical record: the one shape that every source becomes (D17; JSON Schema in docs/).

A record says one thing about one home: its kind, whose home, when, and the fields of that kind. Bare
dates become instants in the record's zone; due instants that the record does not state are resolved by
the rulebook.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import ValidationError

from rentalwatch.domain import events as ev
from rentalwatch.domain.instants import ALWAYS, FIRST, LAST, day_end, day_last, day_start
from rentalwatch.domain.rulebook import ClockName, Rulebook
from rentalwatch.errors import RentalwatchError
from rentalwatch.importers.problems import RowError, from_validation
from rentalwatch.ledger.statements import NO_RECORD, Statement
from rentalwatch.rulebooks import load

KINDS: dict[str, type[ev.Event]] = {
    "registration": ev.DwellingRegistered,
    "particulars": ev.DwellingCorrected,
    "deregistration": ev.DwellingDeregistered,
    "lead": ev.LeadReported,
    "dispatch": ev.LeadDispatched,
    "patrol": ev.PatrolRecorded,
    "visit": ev.VisitAttempted,
    "assistance": ev.AssistanceRequested,
    "inspection": ev.InspectionRecorded,
    "confirmation": ev.ViolationConfirmed,
    "annulment": ev.ConfirmationAnnulled,
    "notice": ev.NoticeServed,
    "extension": ev.DeadlineExtended,
    "claim": ev.RectificationClaimed,
    "rejection": ev.RectificationRejected,
    "verification": ev.RectificationVerified,
    "release": ev.WatchReleased,
    "note": ev.NoteRecorded,
    "retraction": ev.RecordRetracted,
}
"""Kind of record → the event that it is stored as."""

KIND_OF = {cls: kind for kind, cls in KINDS.items()}

ROUTING = ("kind", "dwelling", "on", "at", "zone", "source", "fact", "key", "rulebook", "first_seen")
"""Fields that say where a record belongs and when; all others belong to its kind."""

INSTANTS = {"deadline", "due", "notice_due", "source_recorded_at"}
LISTS = {"findings", "officers", "keys", "evidence", "rooms"}

STATED = {"by", "channel", "source_recorded_at"}
"""Fields of the envelope that a record may state; the ledger sets all others."""

MAX_NAME = 200
"""Characters of a key, a fact, a home's name: what an event can hold (`Code`)."""

TERMS: dict[str, tuple[ClockName, str]] = {
    "lead": ("on_site", "due"),
    "dispatch": ("on_site", "due"),
    "confirmation": ("notice", "notice_due"),
    "notice": ("self_rectification", "deadline"),
    "claim": ("verification", "due"),
}
"""Kind → the clock it opens and the field that holds the due instant."""

EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
AHEAD = timedelta(days=1)
"""A fact may lie at most this far in the future: clocks of phones differ, typing errors differ more."""


def statement(record: dict[str, Any], *, now: datetime, source: str = "") -> Statement:
    """A canonical record as a statement. Raises RowError with the field, the value and what to do."""
    fields = {name: value for name, value in record.items() if value not in ("", None)}
    kind = _word(fields, "kind")
    if kind not in KINDS:
        raise RowError("RW-KIND", column="kind", value=kind, what=f"must be one of: {', '.join(KINDS)}")
    if "dwelling" not in fields:
        raise RowError("RW-FIELD", column="dwelling", what="is missing", todo="say whose home it is about")
    routing = {name: fields.pop(name) for name in ROUTING if name in fields}
    for name in fields:
        if name in ev.Event.model_fields and name not in STATED:
            raise RowError("RW-FIELD-UNKNOWN", column=name, what=f"a {kind} record has no field {name!r}")
    zone = _zone(str(routing.get("zone", "Asia/Shanghai")))
    if kind == "registration":
        fields["zone"] = zone
    return build(
        kind,
        fields,
        dwelling=str(routing["dwelling"]),
        when=_when(kind, routing, zone),
        first_seen=str(routing.get("first_seen", "")).lower() in ("true", "1", "yes"),
        zone=zone,
        book=_book(str(routing.get("rulebook", ""))),
        place=(
            source or str(routing.get("source", "")),
            str(routing.get("fact", kind)),
            str(routing.get("key", "")),
        ),
        now=now,
    )


def build(
    kind: str,
    fields: dict[str, Any],
    *,
    dwelling: str,
    when: date | datetime | None,
    first_seen: bool,
    zone: str,
    book: tuple[Rulebook, str] | None,
    place: tuple[str, str, str],
    now: datetime,
) -> Statement:
    """A statement from fields that are already apart. `when`: an instant, a day, or None for "since
    always"; `place`: source, fact, key. Raises RowError."""
    cls = KINDS[kind]
    happened_at, precision = _lies(cls, when, zone)
    if not EARLIEST <= happened_at <= now + AHEAD:
        raise RowError(
            "RW-DATE-RANGE", column="on", value=str(when), what="lies before 1900 or in the future"
        )
    source, fact, key = place
    for name, text in (("dwelling", dwelling), ("fact", fact), ("key", key)):
        _refuse_no_name(name, text, blank=name == "key" and not source)
    for name in INSTANTS & fields.keys():
        fields[name] = _instant(name, fields[name], zone)
    try:
        for name in LISTS & fields.keys():
            fields[name] = _list(name, fields[name])
        event = cls(
            record_id=NO_RECORD,
            happened_at=happened_at,
            precision="first_seen" if first_seen else precision,
            rulebook=book[1] if book else "",
            **fields,
        )
    except ValidationError as e:
        raise from_validation(e, kind) from e
    return Statement(
        event,
        dwelling=dwelling,
        source=source if key else "",
        fact=fact,
        key=key,
        terms=_terms(kind, event, book[0]) if book else None,
    )


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


def _terms(kind: str, event: ev.Event, book: Rulebook) -> dict[str, Any] | None:
    """What the rulebook in force adds to a statement and the record itself does not say."""
    if isinstance(event, ev.RectificationVerified) and book.watch != ev.WatchTerms():
        return {"watch": book.watch.model_dump(mode="json")}
    if kind not in TERMS:
        return None
    clock, name = TERMS[kind]
    if getattr(event, name) is not None:
        return None
    due = book.due(clock, event.happened_at)
    return None if due is None else {name: due}


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
    if kind == "registration":
        return None
    raise RowError("RW-FIELD", column="on", what="is missing", todo="say when it happened: on (a date) or at")


@lru_cache(maxsize=65_536)
def _date(column: str, text: str | date) -> date:
    try:
        return text if isinstance(text, date) else date.fromisoformat(text)
    except ValueError:
        raise RowError("RW-DATE", column=column, value=str(text), what="not a date (YYYY-MM-DD)") from None


def _instant(column: str, value: Any, zone: str) -> datetime:
    """An ISO instant, in the record's zone where it has no offset; a bare date is that whole day."""
    if isinstance(value, datetime):
        return _in_calendar(value if value.tzinfo else value.replace(tzinfo=ZoneInfo(zone)))
    if isinstance(value, date):
        return day_end(value, zone)
    text = str(value)
    if len(text) == 10:
        return day_end(_date(column, text), zone)
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
    parts = [p.strip() for p in value.split(";") if p.strip()] if isinstance(value, str) else value
    if name != "findings" or not isinstance(parts, list | tuple):
        return parts
    return tuple(_finding(p) if isinstance(p, str) else p for p in parts)


@lru_cache(maxsize=4_096)
def _finding(text: str) -> ev.Finding:
    ground, slash, key = text.partition("/")
    if not (ground and slash and key):
        raise RowError("RW-FINDING", column="findings", value=text, what="not a finding (ground/key)")
    return ev.Finding(ground=ground, key=key)


def _word(fields: dict[str, Any], name: str) -> str:
    return str(fields.get(name, "")).strip().lower()


@lru_cache(maxsize=256)
def _zone(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a folder, a name too long
        raise RowError("RW-ZONE", column="zone", value=name, what="not an IANA time zone") from None


@lru_cache(maxsize=64)
def _book(name: str) -> tuple[Rulebook, str] | None:
    if not name:
        return None
    try:
        return load(name)
    except RentalwatchError as e:
        raise RowError("RW-NO-RULEBOOK", column="rulebook", value=name, what=e.what, todo=e.todo) from e
