"""From a change of a row to statements: what the mapping's rules, its hook and `absence` make of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from rentalwatch.domain.events import Finding
from rentalwatch.importers.binding import bind, identify
from rentalwatch.importers.held import ABSENCE, CHANGE, Change, Held, HeldRow
from rentalwatch.importers.hooks import load as load_hook
from rentalwatch.importers.mapping import Mapping
from rentalwatch.importers.problems import RowError
from rentalwatch.importers.record import MAX_NAME, statement
from rentalwatch.ledger.statements import NO_RECORD, Statement
from rentalwatch.rulebooks.rules import SHIPPED, Rules

Item = tuple[int, list[str], list[Statement] | RowError]
"""A line: its number (0: no line of the file), its cells, what it states or why it is refused."""


class Follower:
    """A mapping bound to a header whose file is followed from snapshot to snapshot."""

    def __init__(
        self,
        mapping: Mapping,
        header: Sequence[str],
        now: datetime,
        prepared: Callable[[list[str]], list[str]],
        rules: Rules = SHIPPED,
    ) -> None:
        self.mapping, self.now, self.prepared, self.rules = mapping, now, prepared, rules
        self.row_seen_at = now
        self.convert = bind(mapping, header, now, seen_at=lambda: self.row_seen_at, rules=rules)
        self.names = identify(mapping, header)
        self.hook = load_hook(mapping.hook) if mapping.hook else None
        self.places = [(name, list(header).index(name)) for name in mapping.cells]
        self.own_facts = {rule.fact or rule.kind: set[Finding]() for rule in mapping.records if not rule.key}
        """The facts of which each row states one of its own."""

    def identify(self, line: list[str]) -> tuple[str, str]:
        """(row, home): what a line of the file is about. Raises RowError."""
        return self.names(self.prepared(line))

    def cells(self, line: list[str]) -> dict[str, str]:
        """The cells that are compared; blanks around a value mean nothing."""
        line = self.prepared(line)
        return {name: line[i].strip() for name, i in self.places}

    def says(self, line: list[str], change: Change, held: Held, was: HeldRow | None) -> list[Statement]:
        """What a row states that a snapshot shows. Raises RowError.

        Where a hook judges changes, the rules speak only when a row appears; else they always do, and the
        ledger finds what is new.
        """
        if was is None:
            return self.appears(line, change) + self.judged(change, held)
        if self.hook is None:
            return self._ruled(line, change, was.since, was.at)
        return self.judged(change, held) if change.now else []

    def appears(self, line: list[str], change: Change) -> list[Statement]:
        """What the rules say of a row that was not there before."""
        return self._ruled(line, change, change.since, change.at)

    def judged(self, change: Change, held: Held) -> list[Statement]:
        """What the hook says of a change. Raises RowError if it cannot be judged."""
        if self.hook is None:
            return []
        try:
            said = [self._stated(_as_change(found), change) for found in self.hook(change, held)]
        except (ValueError, KeyError) as e:
            raise RowError("RW-CHANGE", value=str(e), what=f"the change cannot be judged ({e})") from e
        for stated in said:
            held.take(change.home, stated.event)
        if said and change.what == "changed":
            said[-1].cells = change.now
        return said

    def says_gone(self, change: Change, was: HeldRow) -> list[Statement]:
        """What it means that a row is gone: as `absence` has it."""
        rule = self.mapping.absence
        if rule == "ignore":
            return []
        key = _key(change.row, was.since)
        if rule == "closed":
            findings = sorted({f"{f.ground}/{f.key}" for found in was.facts.values() for f in found})
            record: dict[str, Any] = {"kind": "note", "code": "gone"}
            if findings:
                record = {"kind": "verification", "findings": findings, "basis": "source"}
            return [self._stated({**record, "fact": ABSENCE}, change)]
        return [self._taken_back(fact, key, n, change) for n, fact in enumerate(sorted(was.facts))]

    def _taken_back(self, fact: str, key: str, n: int, change: Change) -> Statement:
        record = {"kind": "retraction", "target": str(NO_RECORD), "reason": "gone from the source"}
        said = self._stated({**record, "fact": f"{ABSENCE}_{fact}" if n else ABSENCE}, change)
        said.retracts = (fact, key)
        return said

    def _ruled(self, line: list[str], change: Change, since: str, at: datetime) -> list[Statement]:
        """The rules' statements. What has no date of its own is known by when its row was first seen."""
        self.row_seen_at = at
        statements = self.convert(self.prepared(line))
        own = [said for said in statements if said.key == change.row]
        for said in statements:
            if said.event.source_recorded_at is None:
                said.event = said.event.model_copy(update={"source_recorded_at": change.at})
        for said in own:
            said.key, said.row = _key(change.row, since), change.row
        if own and change.what == "added":
            own[0].cells = change.now
        return statements

    def _stated(self, record: dict[str, Any], change: Change) -> Statement:
        said = statement(
            {
                **record,
                "dwelling": change.home,
                "key": _key(change.row, change.since),
                "at": change.at,
                "first_seen": "true",
                "source_recorded_at": change.at,
                "zone": self.mapping.zone,
                "rulebook": self.mapping.rulebook,
            },
            now=self.now,
            source=self.mapping.source,
            rules=self.rules,
        )
        said.row = change.row
        return said


def _as_change(found: dict[str, Any]) -> dict[str, Any]:
    """A hook's record with its fact named so that it is told from what a row states itself."""
    return {**found, "fact": f"{CHANGE}_{found['fact']}" if "fact" in found else CHANGE}


def _key(row: str, since: str) -> str:
    key = f"{row}@{since}"
    if len(key) > MAX_NAME:
        raise RowError("RW-FIELD", column="key", value=row, what=f"is longer than {MAX_NAME} characters")
    return key
