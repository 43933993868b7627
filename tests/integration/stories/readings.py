"""Words for stories that begin with readings: passes of an estate's gate, taken in as a file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path

from projections import follow
from projections.database import writing
from rentalwatch.domain.instants import SECOND, day_start, instant, micros
from rentalwatch.early_warning.database import open_signals
from rentalwatch.early_warning.in_force import InForce
from rentalwatch.early_warning.ingest import ingest
from rentalwatch.importers.record import statement
from rentalwatch.rulebooks.rules import Rules
from tests.integration.importing import closing_engine
from tests.integration.stories.telling import ZONE, Story

ESTATE, AREA = "e-7", "sh/pudong/weifang/e-7/"
HOUR = 3600


def estate_of(story: Story, *homes: str) -> None:
    """The estate and its homes, two designed rooms each."""
    story.on("2025-01-02", "estate", ESTATE, label=ESTATE, area=AREA)
    for home in homes:
        record = {"kind": "registration", "dwelling": home, "label": home, "area": AREA, "zone": ZONE}
        now = instant(story.ledger.recorder.clock())
        story.say(statement({**record, "designed_rooms": 2, "keys": [home]}, now=now))


def passes(day: date, cards: Mapping[str, int], rounds: int = 1) -> bytes:
    """A day's record of gate passes: so many cards of each home, each passing `rounds` times."""
    begin = micros(day_start(day, ZONE)) // SECOND + 8 * HOUR
    names = list(cards)
    told = [
        (home, begin + 300 * nth + 40 * turn, 100 * home + card)
        for home, name in enumerate(names)
        for nth, card in enumerate(range(cards[name]))
        for turn in range(rounds)
    ]
    record = {
        "v": 1, "kind": "gate_pass", "estate": f"estate:{ESTATE}", "source": "gates-7",
        "sent_at": begin + 15 * HOUR, "dwellings": names, "dwelling": [t[0] for t in told],
        "at": [t[1] for t in told], "cards": [f"{n:016x}" for n in range(1000)],
        "card": [t[2] for t in told],
    }  # fmt: skip
    return json.dumps(record).encode()


def days(begin: str, end: str) -> Iterable[date]:
    """From one day to another, both included."""
    first, last = date.fromisoformat(begin), date.fromisoformat(end)
    return (first + timedelta(days=n) for n in range((last - first).days + 1))


def taken_in(story: Story, folder: Path, name: str, records: Iterable[bytes], until: str) -> list[str]:
    """A file of readings, taken in at the end of a day; the rules that fired, in order."""
    story.until(until)
    path = folder / f"{name}.ndjson"
    path.write_bytes(b"".join(record + b"\n" for record in records))
    rules = InForce(Rules(story.ledger.adopted()), ZONE)
    with closing_engine(open_signals(folder)) as signals:
        told = ingest(story.ledger, story.engine, writing(signals), str(path), rules)
    assert told.refused == 0
    follow.catch_up(story.ledger, story.engine)
    return [judged.hit.rule for judged in sorted(told.raised, key=lambda judged: judged.at)]
