"""Histories of a few homes at random: what people record, correct, retract and annul, what a source states,
states again and states late, imports that are undone; and the read models following in steps."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import sqlalchemy as sa
from hypothesis import strategies as st

from projections import follow
from projections.database import file_of
from rentalwatch.domain.instants import DAY, Micros, instant
from rentalwatch.errors import NotPermittedError
from rentalwatch.importers.record import statement
from rentalwatch.ledger.application import Ledger
from rentalwatch.ledger.statements import Statement
from tests.integration.importing import NOW
from tests.unit.ledger.words import an_id, began, undoes

FIRST: Micros = 1_704_067_200_000_000
"""2024-01-01T00:00:00Z: the first day of these stories."""

HOMES = ["A", "B"]
FINDINGS = ["partition/1", "partition/2", "bed_letting/1"]
BATCHES = ["first", "second"]

days = st.integers(0, 12)
findings = st.lists(st.sampled_from(FINDINGS), min_size=1, max_size=2, unique=True).map(";".join)
dues = st.none() | days


@dataclass(frozen=True)
class Act:
    """One thing that happens: who does what with which record."""

    does: str
    record: dict[str, Any] = field(default_factory=dict)
    seen: int | None = None
    slot: str = ""
    batch: str = ""
    which: int = 0


def _fields(**named: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"dwelling": st.sampled_from(HOMES), "day": days, **named})


records = st.one_of(
    _fields(kind=st.just("confirmation"), findings=findings, basis=st.just("source"), notice_due=dues),
    _fields(kind=st.just("confirmation"), findings=findings, basis=st.just("source"), notice_due=dues),
    _fields(kind=st.just("notice"), findings=findings, deadline=dues),
    _fields(kind=st.just("extension"), findings=findings, granted=st.booleans(), deadline=dues),
    _fields(kind=st.just("claim"), findings=findings, due=dues),
    _fields(kind=st.just("rejection"), findings=findings),
    _fields(kind=st.just("verification"), findings=findings, basis=st.just("on_site")),
    _fields(
        kind=st.just("inspection"), inspection_id=st.just("i"), access=st.sampled_from(["full", "partial"])
    ),
    _fields(kind=st.just("lead"), ticket=st.sampled_from(["t1", "t2"]), due=dues),
    _fields(kind=st.just("particulars"), area=st.sampled_from(["a/", "b/"])),
    _fields(kind=st.just("deregistration"), reason=st.just("pulled down")),
)
numbers = st.integers(0, 30)
acts = st.one_of(
    st.builds(Act, st.just("states"), records),
    st.builds(Act, st.just("states"), records),
    st.builds(Act, st.just("corrects"), records, which=numbers),
    st.builds(Act, st.just("retracts"), which=numbers),
    st.builds(Act, st.just("annuls"), st.fixed_dictionaries({"day": days}), which=numbers),
    st.builds(
        Act, st.just("imports"), records, st.none() | days, st.sampled_from("xyz"), st.sampled_from(BATCHES)
    ),
    st.builds(
        Act, st.just("imports"), records, days, st.sampled_from("xyz"), st.sampled_from(BATCHES)
    ),
    st.builds(Act, st.just("undoes"), batch=st.sampled_from(BATCHES)),
    st.just(Act("follows")),
)  # fmt: skip
histories = st.lists(acts, min_size=6, max_size=26)


@contextmanager
def lived(history: list[Act]) -> Iterator[tuple[Path, Ledger, sa.Engine]]:
    """A data folder in which a history happened: its ledger, and the read models that followed it."""
    place, engine, empty = _ground()
    folder = Path(place.name)
    engine.dispose()
    for left in folder.iterdir():
        left.unlink()
    file_of(folder).write_bytes(empty)
    with Ledger(folder / "ledger.db", create=True, clock=lambda: FIRST + 6 * DAY) as ledger:
        story = _Story(ledger, engine)
        for nth, act in enumerate(history):
            with suppress(NotPermittedError):
                getattr(story, act.does)(act, nth)
        follow.catch_up(ledger, engine)
        yield folder, ledger, engine


@cache
def _ground() -> tuple[TemporaryDirectory[str], sa.Engine, bytes]:
    """A folder, emptied before each history; an engine on its read models, and these when nothing is in them.

    One for all histories: to make tables and compile statements took longer than most of them."""
    place = TemporaryDirectory()
    engine = follow.open_read_models(Path(place.name))
    engine.dispose()
    return place, engine, file_of(Path(place.name)).read_bytes()


class _Story:
    def __init__(self, ledger: Ledger, engine: sa.Engine) -> None:
        self.ledger, self.engine = ledger, engine
        self.told: list[tuple[Any, str, str]] = []
        for home in HOMES:
            said = {"kind": "registration", "dwelling": home, "label": home, "area": "a/", "on": "2023-12-01"}
            ledger.record(_said(said), an_id(home))
        for batch in BATCHES:
            began(ledger, batch)

    def states(self, act: Act, nth: int) -> None:
        record = an_id(f"record {nth}")
        self.ledger.record(_said(act.record), record)
        self.told.append((record, act.record["dwelling"], act.record["kind"]))

    def corrects(self, act: Act, nth: int) -> None:
        if self.told:
            target, home, _ = self.told[act.which % len(self.told)]
            record = an_id(f"record {nth}")
            self.ledger.record(_said({**act.record, "dwelling": home}), record, correcting=target)
            self.told.append((record, home, act.record["kind"]))

    def retracts(self, act: Act, nth: int) -> None:
        if self.told:
            target, home, _ = self.told[act.which % len(self.told)]
            said = {"kind": "retraction", "dwelling": home, "target": str(target), "reason": "slip", "day": 9}
            self.ledger.record(_said(said), an_id(f"record {nth}"))

    def annuls(self, act: Act, nth: int) -> None:
        confirmations = [t for t in self.told if t[2] == "confirmation"]
        if confirmations:
            target, home, _ = confirmations[act.which % len(confirmations)]
            said = {"kind": "annulment", "dwelling": home, "confirmation": str(target), "reason": "court"}
            self.ledger.record(_said({**said, **act.record}), an_id(f"record {nth}"))

    def imports(self, act: Act, nth: int) -> None:
        said = {**act.record, "fact": "row", "key": f"{act.record['dwelling']}-{act.slot}"}
        if act.seen is not None:
            said["source_recorded_at"] = instant(FIRST + act.seen * DAY).isoformat()
        self.ledger.take_in([_said(said, "hotline")], source="hotline", batch=an_id(act.batch))

    def undoes(self, act: Act, nth: int) -> None:
        undoes(self.ledger, act.batch)

    def follows(self, act: Act, nth: int) -> None:
        follow.catch_up(self.ledger, self.engine)


def _said(record: dict[str, Any], source: str = "") -> Statement:
    """A canonical record; its day and its due days are counted from FIRST."""
    said = dict(record)
    if "day" in said:
        said["at"] = instant(FIRST + said.pop("day") * DAY).isoformat()
    for name in ("due", "notice_due", "deadline"):
        if said.get(name) is not None:
            said[name] = instant(FIRST + said[name] * DAY).isoformat()
    return statement(said, now=NOW, source=source)
