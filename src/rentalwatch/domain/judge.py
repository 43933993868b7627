"""`judge`: the one place where facts become judgements (domain §3.3).

A left fold over the standing facts in the order (happened_at, kind rank, record id, event index), so that
the state after a prefix *is* the state as of that instant, and the order of arrival never matters. An
annulled confirmation never opened anything from the annulment on: the fold starts again without it.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from uuid import UUID

from rentalwatch.domain.events import ConfirmationAnnulled
from rentalwatch.domain.facts import Axis, Fact, held_by, standing
from rentalwatch.domain.fold import FileFold
from rentalwatch.domain.instants import Micros
from rentalwatch.domain.judgement import Judgement, Spans


def judge(facts: Iterable[Fact], axis: Axis = "ledger") -> Judgement:
    """The judgement of one file from the facts known of it.

    Pure and total: any facts in any order give a judgement; what does not fit the lawful order is listed
    as irregular and never raises.
    """
    known = list(facts)
    stand = standing(known, axis)
    spans = Spans()
    fold = FileFold(stand)
    annulled: set[UUID] = set()
    for at, group in groupby(stand, key=lambda f: f.at):
        batch = list(group)
        gone = {f.event.confirmation for f in batch if isinstance(f.event, ConfirmationAnnulled)}
        if gone:
            holds = held_by(known, axis)  # a typing error put right does not bring it back
            annulled |= {record for c in gone if (record := holds.get(c, c)) is not None}
            fold = _refold(stand, at, annulled)
            spans.match(fold.held, at)
            continue
        for fact in batch:
            if fact.event.record_id not in annulled:
                fold.apply(fact)
        for slot, row in fold.changes(at).items():
            spans.put(slot, row, at)
    return Judgement(spans.rows(), tuple(fold.irregular))


def _refold(stand: list[Fact], upto: Micros, without: set[UUID]) -> FileFold:
    """The fold over everything up to and including `upto`, had these confirmations never been."""
    fold = FileFold(stand)
    kept = (f for f in stand if f.at <= upto and f.event.record_id not in without)
    for at, group in groupby(kept, key=lambda f: f.at):
        for fact in group:
            fold.apply(fact)
        fold.changes(at)
    return fold
