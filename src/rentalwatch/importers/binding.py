"""A mapping bound to a header: one function from a row's cells to the statements that it yields.

Everything that does not depend on the row is worked out once, here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date, datetime
from functools import lru_cache
from operator import itemgetter
from typing import Any
from zoneinfo import ZoneInfo

from rentalwatch.errors import InvalidInputError
from rentalwatch.importers.mapping import (
    PLACEHOLDER,
    Column,
    Condition,
    FromColumn,
    IsBlank,
    Mapping,
    RecordRule,
    Refusal,
    columns_in,
)
from rentalwatch.importers.problems import RowError, wrong_width
from rentalwatch.importers.record import TIMELESS, build
from rentalwatch.importers.spreadsheet.cells import is_day
from rentalwatch.ledger.statements import Statement
from rentalwatch.rulebooks.rules import SHIPPED, Chosen, Rules, When

Row = Sequence[str]
Read = Callable[[Row], Any]
Record = Callable[[Row, str], Statement | None]
"""From a row and its home to what a rule says of it."""

KEPT = 2_000
"""Statements kept for each rule with a key of its own: rows about one home lie near each other."""


def bind(
    mapping: Mapping,
    header: Sequence[str],
    now: datetime,
    *,
    seen_at: Callable[[], datetime] | None = None,
    rules: Rules = SHIPPED,
) -> Callable[[Row], list[Statement]]:
    """The function that turns a row into statements; it raises RowError. `seen_at`: when the row at hand
    was first seen, which dates what has no date of its own; `rules`: those that count in the ledger.

    Raises InvalidInputError if the file lacks a column of the mapping, NotFoundError for a rulebook that
    is neither shipped nor adopted.
    """
    place = {name: i for i, name in enumerate(header)}
    missing = sorted(mapping.used_columns() - place.keys())
    if missing:
        raise InvalidInputError(
            f"the file has no column {', '.join(missing)}",
            todo=f"Its columns are: {', '.join(header)}.",
            code="RW-COLUMN-MISSING",
        )
    binder = _Binder(mapping, place, seen_at, rules)
    translate = binder.translation()
    checks = [binder.check(name, column) for name, column in mapping.columns.items()]
    checks += [binder.refusal(refusal) for refusal in mapping.refuse]
    dwelling = binder.template(mapping.dwelling)
    records = [binder.kept(rule, binder.rule(rule, now)) for rule in mapping.records]
    width = len(header)

    def statements(row: Row) -> list[Statement]:
        if len(row) != width:
            raise wrong_width(len(row), width)
        row = translate(row)
        for check in checks:
            check(row)
        home = dwelling(row)
        return [said for record in records if (said := record(row, home)) is not None]

    return statements


def identify(mapping: Mapping, header: Sequence[str]) -> Callable[[Row], tuple[str, str]]:
    """From the cells of a row to its own key and the home that it is about; the function raises RowError.

    `header` must have the columns of the mapping.
    """
    binder = _Binder(mapping, {name: i for i, name in enumerate(header)})
    row_key, dwelling = binder.template(mapping.row_key), binder.template(mapping.dwelling)
    translate = binder.translation()
    width = len(header)

    def names(row: Row) -> tuple[str, str]:
        if len(row) != width:
            raise wrong_width(len(row), width)
        row = translate(row)
        return row_key(row), dwelling(row)

    return names


class _Binder:
    def __init__(
        self,
        mapping: Mapping,
        place: dict[str, int],
        seen_at: Callable[[], datetime] | None = None,
        rules: Rules = SHIPPED,
    ) -> None:
        self.mapping = mapping
        self.seen_at = seen_at
        self.place = place
        self.parsers: dict[str, Callable[[str], Any]] = {}
        self.book = _book(mapping, rules)

    def check(self, name: str, column: Column) -> Callable[[Row], None]:
        """What must hold of a cell whatever becomes of it."""
        i, choices = self.place[name], frozenset(column.choices)
        read, shape = self.column(name), re.compile(column.pattern) if column.pattern else None

        def check(row: Row) -> None:
            if not row[i]:
                if column.required:
                    raise RowError("RW-BLANK", column=name, what="must not be blank")
                return
            if choices and row[i] not in choices:
                raise _unknown_value(name, row[i])
            if shape and not shape.fullmatch(row[i]):
                what = f"expected: {column.hint}" if column.hint else f"does not look like {column.pattern}"
                raise RowError("RW-PATTERN", column=name, value=row[i], what=what)
            read(row)

        return check

    def translation(self) -> Callable[[Row], Row]:
        """A row with tidy cells, and those of columns that have `values` called as everything else knows
        them."""
        columns = self.mapping.columns.items()
        known = [(self.place[n], n, c.values) for n, c in columns if c.values]
        untidy = [self.place[n] for n, c in columns if c.tidy]
        if not known and not untidy:
            return lambda row: row

        def translated(row: Row) -> Row:
            cells = list(row)
            for i in untidy:
                cells[i] = " ".join(cells[i].split())
            for i, name, values in known:
                if cells[i]:
                    if cells[i] not in values:
                        raise _unknown_value(name, cells[i])
                    cells[i] = values[cells[i]]
            return cells

        return translated

    def refusal(self, refusal: Refusal) -> Callable[[Row], None]:
        """Refuses a row that says two things that cannot both be."""
        conditions = [self.condition(c) for c in refusal.when]

        def refuse(row: Row) -> None:
            if all(holds(row) for holds in conditions):
                raise RowError("RW-CONTRADICTION", column=refusal.column, what=refusal.because)

        return refuse

    def column(self, name: str) -> Read:
        """A cell, read as its column says; None where it is blank."""
        i = self.place[name]
        if self.is_text(name):
            return lambda row: row[i] or None
        parse = self.parsers.get(name)
        if parse is None:
            self.parsers[name] = parse = _parser(name, self.mapping.columns[name], self.mapping.zone)
        return lambda row: parse(row[i]) if row[i] else None

    def is_text(self, name: str) -> bool:
        column = self.mapping.columns.get(name)
        return column is None or column.type == "text"

    def template(self, text: str) -> Callable[[Row], str]:
        """A template with its columns filled in; dates as ISO dates."""
        found = list(PLACEHOLDER.finditer(text))
        form = PLACEHOLDER.sub("%s", text.replace("%", "%%"))
        if not found:
            return _constant(text)
        if all(self.is_text(m[1]) and not m[2] for m in found):
            pick = itemgetter(*(self.place[m[1]] for m in found))
            return lambda row: form % pick(row)
        parts = [_or_else(self.column(m[1]), m[2] or "") for m in found]
        return lambda row: form % tuple([part(row) for part in parts])

    def value(self, bound: Any) -> Read:
        """What a field is bound to."""
        if isinstance(bound, FromColumn):
            return self._mapped(bound)
        if isinstance(bound, IsBlank):
            i = self.place[bound.blank]
            return lambda row: not row[i]
        if isinstance(bound, str) and PLACEHOLDER.search(bound):
            return self.template(bound)
        return _constant(bound)

    def _mapped(self, bound: FromColumn) -> Read:
        if bound.map is None:
            return self.column(bound.column)
        i, values, name = self.place[bound.column], bound.map, bound.column

        def mapped(row: Row) -> Any:
            if row[i] not in values:
                raise _unknown_value(name, row[i])
            return values[row[i]]

        return mapped

    def condition(self, condition: Condition) -> Callable[[Row], bool]:
        i = self.place[condition.column]
        if condition.present is not None:
            wanted = condition.present
            return lambda row: bool(row[i]) is wanted
        if condition.any_of is not None:
            allowed = frozenset(condition.any_of)
            return lambda row: row[i] in allowed
        refused = frozenset(condition.none_of or ())
        return lambda row: row[i] not in refused

    def kept(self, rule: RecordRule, record: Record) -> Record:
        """A rule with a key of its own says the same for many rows (the home of each, an inspection they
        share): its last statements are kept by the cells that it reads."""
        columns = sorted(rule.used_columns() | columns_in(self.mapping.dwelling))
        if not rule.key or len(columns) < 2 or self.is_undated(rule):
            return record
        pick = itemgetter(*(self.place[name] for name in columns))
        said: dict[Any, Statement | None] = {}

        def kept(row: Row, home: str) -> Statement | None:
            cells = pick(row)
            if cells not in said:
                if len(said) >= KEPT:
                    said.clear()
                said[cells] = record(row, home)
            return said[cells]

        return kept

    def is_undated(self, rule: RecordRule) -> bool:
        """Whether only the snapshot says when it was."""
        return self.seen_at is not None and not rule.day and not rule.at and rule.kind not in TIMELESS

    def when(self, rule: RecordRule) -> Read:
        """When it happened; None for "since always"."""
        seen_at = self.seen_at
        if seen_at is not None and self.is_undated(rule):
            return lambda row: seen_at()
        return self.column(rule.at or rule.day) if (rule.at or rule.day) else _constant(None)

    def rule(self, rule: RecordRule, now: datetime) -> Record:
        """One record rule as a function of the row; None where its conditions do not hold."""
        conditions = [self.condition(c) for c in rule.when]
        fields = [(name, self.value(bound)) for name, bound in rule.fields.items()]
        when, first_seen = self.when(rule), rule.first_seen or self.is_undated(rule)
        dated = bool(rule.at or rule.day)
        seen = self.column(rule.source_recorded_at) if rule.source_recorded_at else None
        key = self.template(rule.key or self.mapping.row_key)
        named = self.template(rule.subject) if rule.subject else None
        of = rule.of or None
        source, fact, zone, book = self.mapping.source, rule.fact or rule.kind, self.mapping.zone, self.book

        def record(row: Row, home: str) -> Statement | None:
            for holds in conditions:
                if not holds(row):
                    return None
            stated = {}
            for name, read in fields:
                value = read(row)
                if value is not None and value != "":
                    stated[name] = value
            if seen is not None:
                stated["source_recorded_at"] = seen(row)
            moment = when(row)
            if dated and moment is None:
                raise RowError("RW-BLANK", column=rule.at or rule.day, what="must not be blank")
            said = build(
                rule.kind,
                stated,
                subject=named(row) if named else home,
                of=of,
                when=moment,
                first_seen=first_seen,
                zone=zone,
                book=book(moment),
                place=(source, fact, key(row)),
                now=now,
            )
            said.unless_known = rule.unless_known
            return said

        return record


def _book(mapping: Mapping, rules: Rules) -> Callable[[When], Chosen | None]:
    """The mapping's rules by the day of a fact; a row does not say where its home lies."""
    return rules.named(mapping.rulebook, mapping.zone) if mapping.rulebook else lambda when: None


def _unknown_value(column: str, value: str) -> RowError:
    return RowError(
        "RW-VALUE-UNKNOWN",
        column=column,
        value=value,
        what="is no value that the mapping knows",
        todo="correct the cell, or add the value to the mapping",
    )


def _constant(value: Any) -> Read:
    return lambda row: value


def _or_else(read: Read, blank: str) -> Read:
    return lambda row: blank if (value := read(row)) is None else value


def _moment(text: str, forms: Sequence[str]) -> datetime:
    """Raises ValueError for what is spelled in none of the ways. A cell that is a date has its own."""
    if is_day(text) or not any(forms):
        return datetime.fromisoformat(text)
    for form in forms[:-1]:
        with suppress(ValueError):
            return datetime.strptime(text, form)  # noqa: DTZ007
    return datetime.strptime(text, forms[-1])  # noqa: DTZ007


def _parser(name: str, column: Column, zone: str) -> Callable[[str], Any]:
    """How the text of a typed cell is read; cached, since files repeat themselves."""
    kind = column.type
    forms = (column.format,) if isinstance(column.format, str) else column.format

    @lru_cache(maxsize=65_536, typed=True)  # a cell that is a date is not the text of one
    def parse(text: str) -> Any:
        try:
            if kind == "integer":
                return int(text)
            if kind == "number":
                return float(text)
            moment = _moment(text, forms)
        except ValueError:
            what = {"integer": "not a whole number", "number": "not a number"}.get(kind, f"not a {kind}")
            raise RowError(
                "RW-DATE" if "date" in kind else "RW-NUMBER", column=name, value=text, what=what
            ) from None
        if kind == "date":
            return date(moment.year, moment.month, moment.day)
        return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))

    return parse
