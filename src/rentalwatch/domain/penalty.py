"""A penalty case beside the law of its day, and beside other cases: what only a question can tell.

The fold of a case knows nothing but the case. Which regimes it may fall under is a look-up by date; whether
the same act was fined elsewhere is told by the other cases of the party.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from rentalwatch.domain.applicable import Applicable, Case, look_up
from rentalwatch.domain.folds.case import UNKNOWN, PenaltyCase
from rentalwatch.domain.law import AFTER_ORDER, TIERS, Law, Party


def looked_up(case: PenaltyCase, law: Law, day: date, *, overdue: bool = False) -> Applicable | None:
    """Every regime that the case may fall under, decided on `day` (of an undecided case: the day of asking).
    None where the law has no answer: nothing was filed, or the day lies before the act. `overdue`: of an
    undecided case, whether an order's time has run out; a decision says so by its tier."""
    if not case.acted_on or day < date.fromisoformat(case.acted_on):
        return None
    if case.tier:
        overdue = case.tier in AFTER_ORDER
    party: Party = "company" if case.party_kind == "company" else "individual"
    return look_up(law, Case(case.ground, party, date.fromisoformat(case.acted_on), day, overdue))


def against_the_law(case: PenaltyCase, found: Applicable) -> Iterator[str]:
    """Codes of what a standing decision does that the regimes do not provide: a regime that the case cannot
    fall under, an amount outside what that regime threatens in the tier applied."""
    if not case.standing or not case.regime:
        return
    applied = next((c for c in found.candidates if c.name == case.regime), None)
    if applied is None:
        yield "regime-not-applicable"
        return
    tier = case.tier if case.tier in TIERS else ""
    fines = [s.fine for s in applied.sanctions if s.fine and (not tier or s.tier == tier)]
    if case.amount and not any(f.least <= case.amount <= f.most for f in fines):
        yield "amount-outside-range"


def against_others(case: PenaltyCase, others: Iterable[PenaltyCase]) -> Iterator[str]:
    """Code of a fine for an act that is fined already: one act must not be fined twice, whatever the grounds
    (行政处罚法 art. 29). An act is told by party, home and day; `others` are cases of that home."""
    same = (case.party, case.acted_on)
    if _fines(case) and any(
        _fines(o) and (o.party, o.acted_on) == same and o.number != case.number for o in others
    ):
        yield "fined-twice-for-one-act"


def _fines(case: PenaltyCase) -> bool:
    return bool(case.standing) and case.amount not in (0, UNKNOWN)
