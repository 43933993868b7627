"""`judge`: the one place where facts become judgements (domain §3.3).

A left fold over the standing facts in the order (happened_at, kind rank, record id, event index), so that
the state after a prefix *is* the state as of that instant, and the order of arrival never matters. An
annulled confirmation never opened anything from the annulment on: the fold starts again without it.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from operator import attrgetter
from uuid import UUID

from rentalwatch.domain.events import ConfirmationAnnulled, Stream
from rentalwatch.domain.facts import Axis, Fact, held_by, moves, redirects, standing
from rentalwatch.domain.folds import FOLDS, Fold
from rentalwatch.domain.instants import FOREVER, Micros
from rentalwatch.domain.judgement import Judgement, Span, Spans
from rentalwatch.domain.moves import beside

_at = attrgetter("at")
_order = attrgetter("order")


def judge(facts: Iterable[Fact], axis: Axis = "ledger", of: Stream = "dwelling") -> Judgement:
    """The judgement of one file, or of another kind of stream, from the facts known of it.

    Pure and total: any facts in any order give a judgement; what does not fit the lawful order is listed
    as irregular and never raises.
    """
    running = Running(axis, of)
    running.add(facts)
    return Judgement(running.spans(), tuple(running.fold.irregular))


class Running:
    """The judgement of a file to which facts are still added: always what `judge` says of all of them.

    Facts that lie after all before go on with the fold. A fact out of order, or one that changes what
    others mean, makes it start again.
    """

    __slots__ = ("_holds", "_spans", "_upto", "axis", "facts", "fold", "independent", "of")
    fold: Fold

    def __init__(self, axis: Axis = "ledger", of: Stream = "dwelling") -> None:
        self.axis: Axis = axis
        self.of: Stream = of
        self.facts: list[Fact] = []
        self.independent = True
        self._spans = Spans()

    def add(self, facts: Iterable[Fact]) -> tuple[list[Span], list[Span]]:
        """Takes facts in, in any order. Returns the spans that are gone and those that are new by it."""
        new = list(facts)
        first = not self.facts
        self.facts += new
        self.independent = self.independent and not any(map(_means_others, new))
        if not first and self.independent and all(map(self._follows, new)):
            self._go_on(sorted(new, key=_order))
            return self._spans.changes()
        before = set(self.spans())
        stand = standing(self.facts, self.axis)
        self._begin(stand)
        if self.independent:
            self._go_on(stand)
        else:
            self._take(stand)
        if self.of == "dwelling" and not self.independent:
            for slot, row, at in beside(self.facts):
                self._spans.put(slot, row, at)
        _, now = self._spans.changes()
        return list(before.difference(now)), [span for span in now if span not in before]

    def spans(self) -> list[Span]:
        """The rows of the file, each over the span in which it held."""
        return self._spans.rows()

    def _begin(self, stand: Iterable[Fact]) -> None:
        self._holds = {} if self.independent else held_by(self.facts, self.axis)
        self.fold = self._new(stand)
        self._spans = Spans()
        self._upto: Micros = -FOREVER

    def _new(self, stand: Iterable[Fact]) -> Fold:
        fold = FOLDS.get(self.of, Fold)(stand)
        fold.holds = self._holds
        return fold

    def _follows(self, fact: Fact) -> bool:
        """Whether it can go on from here. A registration also says how the days before it are counted."""
        return fact.at > self._upto and not fact.event.OPENS

    def _go_on(self, stand: list[Fact]) -> None:
        """Takes in facts none of which says what another means."""
        for at, group in groupby(stand, key=_at):
            for fact in group:
                self.fold.apply(fact)
            self._show(at)
            self._upto = at

    def _show(self, at: Micros) -> None:
        """What the fold reads as from here on."""
        for slot, row in self.fold.changes(at).items():
            self._spans.put(slot, row, at)

    def _take(self, stand: list[Fact]) -> None:
        annulled: set[UUID] = set()
        for at, group in groupby(stand, key=_at):
            batch = list(group)
            gone = {f.event.confirmation for f in batch if isinstance(f.event, ConfirmationAnnulled)}
            if gone:
                # a typing error put right does not bring it back
                annulled |= {record for c in gone if (record := self._holds.get(c, c)) is not None}
                self.fold = _refold(self._new(stand), stand, at, annulled)
                self._spans.match(self.fold.held, at)
                continue
            for fact in batch:
                if fact.event.record_id not in annulled:
                    self.fold.apply(fact)
            self._show(at)
        if stand:
            self._upto = stand[-1].at


def _means_others(fact: Fact) -> bool:
    """Whether what other facts mean depends on this one."""
    event = fact.event
    return redirects(event) or moves(event) or type(event) is ConfirmationAnnulled


def _refold(fold: Fold, stand: list[Fact], upto: Micros, without: set[UUID]) -> Fold:
    """The fold over everything up to and including `upto`, had these confirmations never been."""
    kept = (f for f in stand if f.at <= upto and f.event.record_id not in without)
    for at, group in groupby(kept, key=_at):
        for fact in group:
            fold.apply(fact)
        fold.changes(at)
    return fold
