"""What every event is made of: the envelope, and the parts that several events share.

Who stated it is an opaque officer number; no field holds a name, an ID number, a phone number or free
text (D13).
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

Text = Annotated[str, StringConstraints(max_length=500)]
Code = Annotated[str, StringConstraints(min_length=1, max_length=200)]
AreaPath = Annotated[str, StringConstraints(pattern=r"^([^/\x00-\x1f]+/)*$", max_length=500)]
"""District → … → building, each part closed by `/`; compared bytewise as a scope, never an identity."""

Reference = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/-]{0,79}$")]
"""An opaque reference to a person or a firm: a number or a code, never a name (D13)."""
Month = Annotated[str, StringConstraints(pattern=r"^(19|20)\d\d-(0[1-9]|1[0-2])$")]
"""A calendar month: 2026-03."""
Stream = Literal["dwelling", "estate", "sublandlord", "action", "case", "programme", "rulebook"]
"""What a stream is about (domain §3.1): the part of its id before the first hyphen."""

Precision = Literal["instant", "day", "first_seen", "unknown"]
"""`day`: known only to the day. `first_seen`: known only by when a source first showed it.
`unknown`: true since before the records begin (registrations)."""


class Stored(BaseModel):
    """A part of something that is stored."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Finding(Stored):
    """One ground found in one place: the unit that is noticed, claimed, verified."""

    ground: Code
    key: Code


OFFICER_NUMBER = r"[^\s;]{0,39}[0-9][^\s;]{0,39}"
"""What may be stated as an officer's number: one word with a digit in it. A name is personal data, and has
no place in an event (D13). Held at the doors, not here: what is stored is stored."""


class Actor(Stored):
    """Who stated it: an officer's number (never a name), role, department."""

    officer: Text = ""
    role: Text = ""
    department: Text = ""


class SourceRef(Stored):
    """Where an imported fact came from, enough to rebuild the ledger's side tables (D4)."""

    name: Code
    key: Code
    fact: Code
    content_hash: Code
    timeless_hash: Code
    count: int = 0
    batch: UUID | None = None
    row: Text = ""
    """The row of a snapshot that it is about, while snapshots are followed."""
    cells: dict[Code, Text] = {}
    """What that row showed from then on, cell by cell: the next snapshot is compared with it."""


class Room(Stored):
    """A room as it was found 房间."""

    label: Text = ""
    designed_as: Text = ""
    usable_m2: float | None = Field(default=None, ge=0)
    beds: int | None = Field(default=None, ge=0)
    persons: int | None = Field(default=None, ge=0)
    persons_exempt: int | None = Field(default=None, ge=0)


class WatchTerms(Stored):
    """The plan of the watch 回头看 as the rulebook in force at the verification had it (D11)."""

    first_revisit_days: int = 3
    revisit_every_days: int = 30
    release_after_days: int = 180
    clean_revisits: int = 3
    last_within_days: int = 30


class MovedFrom(Stored):
    """Where a fact was first recorded that a file took over from another: in which stream, as which event
    of which record, when. That record's id goes on to sort the fact, and to correct it; taking it over once
    more changes nothing here."""

    stream: Code
    record: UUID
    index: int = 0
    recorded_at: AwareDatetime | None = None
    """When the other file's ledger recorded it: the order of corrections stays what it was. None if it was
    recorded here, of a home that was part of this file by then."""
    first_history: bool = False
    """Whether it came with the registration, by one import: the history that the book began with."""


class Event(Stored):
    """The envelope every event shares. `happened_at` is in the field, in UTC; when it was recorded is
    the ledger's own column and not part of the event."""

    RANK: ClassVar[int] = 9
    """Order among facts of the same instant (domain §3)."""
    AT_DAY_END: ClassVar[bool] = True
    """Where the fact lies if only its day is known: the day's last microsecond, or its start."""

    STREAMS: ClassVar[tuple[Stream, ...]] = ("dwelling",)
    """The kinds of stream that it may lie in."""
    MOVES: ClassVar[bool] = False
    """Whether it says that facts of this file count in another from now on, or here again."""
    PARTICULARS: ClassVar[bool] = False
    """Whether it says what the file is called and where it lies: of a file that was taken over, that no
    longer holds."""
    OPENS: ClassVar[bool] = False
    """Whether it may be the first event of its stream; it then names the stream's identity keys."""
    REFERS: ClassVar[tuple[tuple[str, Stream], ...]] = ()
    """Fields that name other streams, by an identity key or by their id, and of which kind those are."""

    record_id: UUID
    index: int = 0
    happened_at: AwareDatetime
    precision: Precision = "instant"
    by: Actor | None = None
    channel: Text = ""
    source_recorded_at: AwareDatetime | None = None
    rulebook: Text = ""
    source: SourceRef | None = None
    superseded_by: UUID | None = None
    moved_from: MovedFrom | None = None
    content_hash: Text = ""
    """Of what was stated, where it cannot be told from the event: a rulebook added terms to it."""
