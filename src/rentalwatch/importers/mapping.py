"""A mapping: which columns of a source become which records (D17). Data, checked before it is used.

`source check` reports what is wrong with a mapping with line numbers. A mapping that binds a column with
personal data is refused (D13).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, model_validator

from rentalwatch import checked_yaml
from rentalwatch.checked_yaml import Complaint, in_lines
from rentalwatch.domain.events import Code, Stream, fields_of
from rentalwatch.errors import InvalidInputError, MisplacedError, NotFoundError, RentalwatchError
from rentalwatch.importers.held import ABSENCE, CHANGE
from rentalwatch.importers.hooks import names as hook_names
from rentalwatch.importers.record import KINDS, TIMELESS
from rentalwatch.rulebooks import load as load_rulebook

_PERSONAL = re.compile(
    r"(^|[_\W])(owner|tenant|landlord|person|contact|first|last|full|user)[_\s]*name|phone|mobile|e[-_]?mail"
    r"|passport|id[_\s]?card|姓名|电话|手机|身份证|邮箱|联系人",
    re.IGNORECASE,
)
OF_SNAPSHOTS = (ABSENCE, CHANGE)
PLACEHOLDER = re.compile(r"\{([^{}|]+)(?:\|([^{}]*))?\}")
"""`{column}` or `{column|what to write where it is blank}` in a template."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Column(_Part):
    """How a column is read. `choices`: any other value makes the row an error; `values` says beside that
    what each of them is called by everything that reads the column; `pattern`: what the whole text must
    look like; `format`: one or several spellings of a date (a cell that is a date needs none)."""

    type: Literal["text", "date", "datetime", "integer", "number"] = "text"
    format: str | tuple[str, ...] = ""
    required: bool = False
    choices: tuple[str, ...] = ()
    values: dict[str, str] = {}
    pattern: str = ""
    hint: str = ""
    """What the pattern means, for who typed something else."""
    tidy: bool = False
    """Blanks around the text mean nothing, several in a row mean one."""

    @model_validator(mode="after")
    def _is_a_pattern(self) -> Column:
        _compiles(self.pattern)
        for name in ("values", "tidy"):
            if getattr(self, name) and self.type != "text":
                raise MisplacedError(f"{name} go with text only", name)
        return self


class Given(_Part):
    """What is said beside the file (`--set name=value`) and used like a column of it."""

    required: bool = True
    default: str = ""
    pattern: str = ""
    about: str = ""

    @model_validator(mode="after")
    def _is_a_pattern(self) -> Given:
        _compiles(self.pattern)
        return self


def _compiles(pattern: str) -> None:
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as e:
        raise MisplacedError(f"{pattern!r} is no pattern: {e}", "pattern") from None


class Condition(_Part):
    """A record is made only if all its conditions hold."""

    column: str
    present: bool | None = None
    any_of: tuple[str, ...] | None = None
    none_of: tuple[str, ...] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Condition:
        if sum(x is not None for x in (self.present, self.any_of, self.none_of)) != 1:
            raise ValueError("needs exactly one of present, any_of, none_of")
        return self


class Refusal(_Part):
    """What a row must not say at once: where all conditions hold, the row is refused at `column`."""

    column: str
    because: Code
    when: tuple[Condition, ...] = Field(min_length=1)


class FromColumn(_Part):
    """A field taken from a column, through a value map if there is one."""

    column: str
    map: dict[str, Any] | None = None


class IsBlank(_Part):
    """True where the column is blank."""

    blank: str


class ChangeLog(_Part):
    """The columns of a file whose rows are changes from snapshot to snapshot, in order: when a change was
    first seen, by which commit, what it is, and of which field. The words for what it is follow."""

    at: str
    commit: str
    change: str
    field: str
    new: str
    old: str
    added: str
    removed: str
    changed: str

    def used_columns(self) -> set[str]:
        """Every column that it reads."""
        return {self.at, self.commit, self.change, self.field, self.new, self.old}


Value = FromColumn | IsBlank | str | int | float | bool
"""What a field is bound to: a column, or a template with `{column}` in it, or a constant."""


class RecordRule(_Part):
    """One record that a row may yield. `fact` tells facts of one row apart (default: the kind); `subject`
    names what it is about where that is no home (`of`: estate, case …), or another home than the row's."""

    kind: Code
    subject: str = ""
    of: Stream | Literal[""] = ""
    fact: str = ""
    key: str = ""
    day: str = ""
    at: str = ""
    first_seen: bool = False
    unless_known: bool = False
    """A registration only of homes that are not in the book: another source knows them better."""
    source_recorded_at: str = ""
    when: tuple[Condition, ...] = ()
    fields: dict[str, Value] = {}

    @model_validator(mode="after")
    def _fits_its_kind(self) -> RecordRule:
        if self.kind not in KINDS:
            raise MisplacedError(f"kind must be one of: {', '.join(KINDS)}", "kind")
        allowed = fields_of(KINDS[self.kind]) | {"by", "channel"}
        for name in self.fields:
            if name not in allowed:
                raise MisplacedError(
                    f"a {self.kind} has no field {name!r} (it has: {', '.join(sorted(allowed))})",
                    "fields",
                    name,
                )
        may = KINDS[self.kind].STREAMS
        if self.of and self.of not in may:
            raise MisplacedError(f"a {self.kind} is about {' or '.join(may)}", "of")
        if (self.of or may[0]) != "dwelling" and not self.subject:
            raise ValueError(f"a {self.kind} needs `subject`: the name of its {self.of or may[0]}")
        return self

    def used_columns(self) -> set[str]:
        """Every column that the rule reads."""
        used = (
            columns_in(self.key)
            | columns_in(self.subject)
            | {c for c in (self.day, self.at, self.source_recorded_at) if c}
        )
        used |= {c.column for c in self.when}
        return used.union(*(_columns_of(value) for value in self.fields.values()))


class Mapping(_Part):
    """A whole mapping."""

    mapping: Literal[1]
    source: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,40}$")]
    title: Code
    zone: Code
    rulebook: str = ""
    row_key: Code
    dwelling: Code
    columns: dict[str, Column] = {}
    given: dict[str, Given] = {}
    refuse: tuple[Refusal, ...] = ()
    absence: Literal["ignore", "closed", "retracted"] = "ignore"
    """What it means that a row is gone from a later snapshot: nothing, that the source saw its findings put
    right, or that it takes back what it said."""
    snapshot_at: str = ""
    """When the snapshot was taken, where neither the command nor the file's name says it."""
    cells: tuple[str, ...] = ()
    """Columns that are compared with the snapshot before; their changes are the hook's to judge."""
    changes: ChangeLog | None = None
    hook: str = ""
    records: tuple[RecordRule, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _holds_nothing_personal(self) -> Mapping:
        for column in sorted(self.used_columns()):
            if _PERSONAL.search(column):
                raise MisplacedError(
                    f"the column {column!r} looks like personal data, and the ledger keeps none; "
                    "use an opaque reference instead",
                    *self._where(column),
                )
        return self

    @model_validator(mode="after")
    def _names_what_there_is(self, info: ValidationInfo) -> Mapping:
        try:
            ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise MisplacedError(f"{self.zone!r} is not an IANA time zone", "zone") from None
        if self.rulebook and self.rulebook not in (info.context or {}).get("rulebooks", ()):
            try:
                load_rulebook(self.rulebook)
            except RentalwatchError as e:
                raise MisplacedError(e.what, "rulebook") from e
        for i, rule in enumerate(self.records):
            for part, name in (("day", rule.day), ("at", rule.at)):
                if name and self.columns.get(name, Column()).type not in ("date", "datetime"):
                    raise MisplacedError(
                        f"the column {name!r} is not of type date or datetime", "records", i, part
                    )
        return self

    @model_validator(mode="after")
    def _follows_what_it_can(self) -> Mapping:
        if self.hook and self.hook not in hook_names():
            raise MisplacedError(f"there is no hook {self.hook!r}", "hook")
        if self.changes and not self.hook:
            raise MisplacedError("a log of changes needs a hook to judge them", "changes")
        for i, rule in enumerate(self.records):
            if not (rule.day or rule.at or rule.kind in TIMELESS or self.follows):
                raise MisplacedError(
                    f"a {rule.kind} needs `day` (a date column) or `at` (an instant)", "records", i
                )
            if rule.fact.startswith(OF_SNAPSHOTS):
                raise MisplacedError(
                    f"the fact {rule.fact!r} is one that snapshots use", "records", i, "fact"
                )
        return self

    def _where(self, column: str) -> tuple[str | int, ...]:
        """Where a column is bound first."""
        if column in self.columns:
            return ("columns", column)
        if column in self.cells:
            return ("cells", self.cells.index(column))
        for i, rule in enumerate(self.records):
            for name, value in rule.fields.items():
                if column in _columns_of(value):
                    return ("records", i, "fields", name)
            if column in rule.used_columns():
                return ("records", i)
        return ("dwelling",) if column in columns_in(self.dwelling) else ("row_key",)

    @property
    def follows(self) -> bool:
        """Whether its files are followed from snapshot to snapshot."""
        return self.absence != "ignore" or bool(self.hook)

    def used_columns(self) -> set[str]:
        """Every column that the mapping reads, those that may be given beside the file among them."""
        used = set(self.columns) | set(self.given) | columns_in(self.row_key) | columns_in(self.dwelling)
        used |= {c.column for refusal in self.refuse for c in refusal.when}
        used |= set(self.cells) | (self.changes.used_columns() if self.changes else set())
        return used.union(*(rule.used_columns() for rule in self.records))


def columns_in(template: str) -> set[str]:
    """The columns that a template names."""
    return {match[1] for match in PLACEHOLDER.finditer(template)}


def _columns_of(value: Value) -> set[str]:
    if isinstance(value, FromColumn):
        return {value.column}
    if isinstance(value, IsBlank):
        return {value.blank}
    return columns_in(value) if isinstance(value, str) else set()


def check(text: str, rulebooks: Collection[str] = ()) -> tuple[Mapping | None, list[Complaint]]:
    """A mapping from its YAML text, or what is wrong with it, line by line. `rulebooks`: those that it may
    name beside the shipped ones, since they were adopted."""
    return checked_yaml.check(text, Mapping, {"rulebooks": rulebooks})


def known() -> list[str]:
    """The mappings that come with rentalwatch."""
    return sorted(f.name[:-5] for f in files("rentalwatch.sources").iterdir() if f.name.endswith(".yaml"))


ALSO_CALLED = {"检查记录": "inspection_sheet"}
"""What offices call a mapping → its name."""


def read_text(name: str) -> str:
    """The text of a mapping, by name or by path. Raises NotFoundError."""
    name = ALSO_CALLED.get(name, name)
    if name in known():
        return (files("rentalwatch.sources") / f"{name}.yaml").read_text(encoding="utf-8")
    path = Path(name)
    if not path.is_file():
        raise NotFoundError(
            f"there is no mapping {name!r}",
            todo=f"Known ones: {', '.join(known())}; or name a YAML file.",
            code="RW-NO-MAPPING",
        )
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as e:
        raise InvalidInputError(
            f"the mapping {name} cannot be read: {e}",
            todo="Name a YAML file in UTF-8.",
            code="RW-MAPPING",
        ) from e


def load(name: str, rulebooks: Collection[str] = ()) -> tuple[Mapping, str]:
    """A mapping and the hash of its text; `rulebooks` as in `check`. Raises NotFoundError, or
    InvalidInputError with the lines."""
    text = read_text(name)
    mapping, complaints = check(text, rulebooks)
    if mapping is None:
        raise InvalidInputError(
            f"the mapping {name} is not valid:\n{in_lines(complaints)}",
            todo=f"Correct it; `rentalwatch source check {name}` checks it again.",
            code="RW-MAPPING",
        )
    return mapping, hashlib.sha256(text.encode()).hexdigest()


__all__ = [
    "PLACEHOLDER",
    "Complaint",
    "FromColumn",
    "IsBlank",
    "Mapping",
    "RecordRule",
    "check",
    "columns_in",
    "load",
]
