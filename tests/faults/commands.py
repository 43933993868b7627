"""What the writers of a fault round say, from a seed: commands that may be repeated by anyone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Literal
from uuid import UUID, uuid5

from rentalwatch.domain import events as ev
from rentalwatch.ledger.application import Ledger, as_fact
from rentalwatch.ledger.codec import UndecodableError
from rentalwatch.ledger.statements import NO_RECORD, Statement

Work = Literal["record", "import"]

HOMES = [f"HOME-{n}" for n in range(4)]
BEGUN = datetime(2024, 3, 1, 12, tzinfo=UTC)
COMMANDS = 120
"""Enough that a kill, a full disk or a clock set back lies somewhere in their midst."""
PAGE = 500
_IDS = UUID("7d3f8a52-0a3b-5d6e-8f0a-3b1c9d2e4f60")


@dataclass(frozen=True)
class Recording:
    """One record under an id of the caller's."""

    said: Statement
    record: UUID
    correcting: UUID | None = None

    def perform(self, ledger: Ledger) -> None:
        ledger.record(self.said, self.record, correcting=self.correcting)

    @property
    def marks(self) -> list[Hashable]:
        """What is found among the events, exactly once each, if the command was stored."""
        return [self.record]


@dataclass(frozen=True)
class Chunk:
    """A chunk of an import."""

    rows: tuple[Statement, ...]
    batch: UUID

    def perform(self, ledger: Ledger) -> None:
        ledger.take_in(self.rows, source="hotline", batch=self.batch)

    @property
    def marks(self) -> list[Hashable]:
        return [(said.key, said.content_hash) for said in self.rows]


Command = Recording | Chunk


def marks_in(ledger: Ledger) -> Counter[Hashable]:
    """How often each record id and each fact of a source is found, told by the events alone. An event that
    cannot be read tells nothing; the audit finds it."""
    found: Counter[Hashable] = Counter()
    after = 0
    while rows := ledger.recorder.read_recorded(after, PAGE):
        after = rows[-1].position
        for row in rows:
            with suppress(UndecodableError):
                event = as_fact(row).event
                found[event.record_id] += event.index == 0
                if event.source is not None:
                    found[event.source.key, event.source.content_hash] += 1
    return found


def opening(ledger: Ledger, tag: str = "") -> None:
    """What a round begins with: homes, and a patrol in each that later records correct. Rounds that share a
    ledger have a `tag` each, by which their homes and ids differ."""
    for home in homes(tag):
        registered = ev.DwellingRegistered(record_id=NO_RECORD, happened_at=BEGUN, label=home)
        ledger.record(Statement(registered, subject=home), uuid5(_IDS, home))
        ledger.record(_patrol(home, BEGUN), uuid5(_IDS, f"patrol {home}"))


def homes(tag: str = "") -> list[str]:
    """The homes of a round."""
    return [home + tag for home in HOMES]


def commands(work: Work, rng: Random, tag: str = "", count: int = COMMANDS) -> list[Command]:
    """The commands of one round; any order and any repetition stores the same ones."""
    if work == "import":
        return [_chunk(n, rng, tag) for n in range(count)]
    return [_recording(n, rng, tag) for n in range(count)]


def _recording(n: int, rng: Random, tag: str) -> Recording:
    home, at = rng.choice(homes(tag)), BEGUN + timedelta(minutes=n)
    record = uuid5(_IDS, f"record {n}{tag}")
    kind = rng.randrange(3)
    if kind == 0:
        return Recording(_patrol(home, at), record, correcting=uuid5(_IDS, f"patrol {home}"))
    if kind == 1:
        finding = ev.Finding(ground="area", key=f"{n}")
        event: ev.Event = ev.NoticeServed(
            record_id=NO_RECORD, happened_at=at, number=f"N-{n}", findings=(finding,)
        )
        return Recording(Statement(event, subject=home), record)
    return Recording(_patrol(home, at), record)


def _patrol(home: str, at: datetime) -> Statement:
    seen = ev.PatrolRecorded(record_id=NO_RECORD, happened_at=at, seen="nothing")
    return Statement(seen, subject=home)


def _chunk(n: int, rng: Random, tag: str) -> Chunk:
    """Facts of which some are new and some revise those of earlier chunks. The source says when it
    knew, so that a chunk that comes late or again never wins over a newer one."""
    keys = rng.sample(range(400), rng.randint(1, 20))
    return Chunk(tuple(_row(key, n, tag) for key in keys), uuid5(_IDS, f"import {n}{tag}"))


def _row(key: int, n: int, tag: str) -> Statement:
    known = BEGUN + timedelta(minutes=n)
    event = ev.NoteRecorded(
        record_id=NO_RECORD, happened_at=BEGUN, code=f"said in chunk {n}", source_recorded_at=known
    )
    home = homes(tag)[key % len(HOMES)]
    return Statement(event, subject=home, source="hotline", fact="note", key=f"{key}{tag}")
