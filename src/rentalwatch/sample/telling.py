"""What happens is told as canonical records, when somebody gets round to it: most within hours, some days
later. The ledger gets them in the order of telling."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any

from rentalwatch.domain.events import DwellingsMerged, Stream
from rentalwatch.importers.record import build
from rentalwatch.ledger.statements import NO_RECORD, Statement
from rentalwatch.rulebooks import load

SOURCE = "sample"
"""The source of every generated record, in every event."""
RULEBOOK = "shanghai"
ZONE = "Asia/Shanghai"

LATE = 0.02
"""The share of records that are entered days after the fact."""
LATE_DAYS = (3, 20)


class Telling:
    """Collects records, and hands them over in the order in which they are told."""

    def __init__(self, chance: Random, end: datetime) -> None:
        self.chance = chance
        self.end = end
        self.book = load(RULEBOOK)
        self._waiting: list[tuple[datetime, int, Statement]] = []
        self._told = 0

    def tell(
        self, kind: str, subject: str, at: datetime | None, *, of: Stream | None = None, **fields: Any
    ) -> None:
        """A record of something that happened at an instant (None: was so since always). `told` among the
        fields: when it is told; else within hours, or late by chance."""
        told = fields.pop("told", None) or self._told_at(at)
        if told is None or told >= self.end:
            return
        self._told += 1
        fields = {name: value for name, value in fields.items() if value not in (None, "", ())}
        said = build(
            kind,
            fields,
            subject=subject,
            of=of,
            when=at,
            first_seen=False,
            zone=ZONE,
            book=self.book,
            place=(SOURCE, kind, f"{kind}-{self._told}"),
            now=self.end,
        )
        heapq.heappush(self._waiting, (told, self._told, said))

    def merge(self, gone: str, into: str, at: datetime) -> None:
        """That two files are of one home: the first is closed, the other goes on."""
        self._told += 1
        event = DwellingsMerged(
            record_id=NO_RECORD, happened_at=at, into=into, reason="one home under two spellings"
        )
        heapq.heappush(self._waiting, (at, self._told, Statement(event, subject=gone)))

    def _told_at(self, at: datetime | None) -> datetime | None:
        if at is None:
            return None
        if self.chance.random() < LATE:
            return at + timedelta(days=self.chance.uniform(*LATE_DAYS))
        return at + timedelta(minutes=self.chance.uniform(5, 240))

    def upto(self, until: datetime) -> Iterator[tuple[datetime, Statement]]:
        """What is told before an instant, in order; afterwards it is forgotten here."""
        while self._waiting and self._waiting[0][0] < until:
            told, _, said = heapq.heappop(self._waiting)
            yield told, said
