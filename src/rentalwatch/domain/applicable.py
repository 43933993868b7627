"""Which regimes a case may fall under, and which of them is lighter (行政处罚法 art. 37). It decides nothing.

Two regimes are compared by the range of fines that each has for the case as it stands: the lower maximum is
lighter; where the maxima are equal, the lower minimum. That is how ranges of punishment are compared in
criminal law (最高人民法院 法释〔1997〕12号), taken over by analogy; what it cannot weigh is told in remarks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Literal, NamedTuple, get_args

from rentalwatch.domain.law import AFTER_ORDER, Covered, Fine, Law, Party, Regime, Sanction

RemarkName = Literal[
    "no_basis",
    "not_at_act",
    "dropped",
    "several_at_act",
    "order_first",
    "equal",
    "crossing",
    "time_limit",
]
REMARKS: tuple[RemarkName, ...] = get_args(RemarkName)


class Case(NamedTuple):
    """What is asked. `acted`: the day of the act; of one that lasted, the day it ended. `overdue`: the time
    that an order gave has run out, or the order was refused."""

    ground: str
    party: Party
    acted: date
    decided: date
    overdue: bool = False


class Candidate(NamedTuple):
    """A regime that the case may fall under."""

    name: str
    regime: Regime
    covered: Covered
    at_act: bool
    at_decision: bool
    sanctions: tuple[Sanction, ...]
    """All that it threatens for this ground and kind of party."""
    open_now: tuple[Sanction, ...]
    """Those that may be imposed as the case stands; empty: first an order."""
    compared: Sanction
    """The one with the range that is compared: the first fine that may be imposed now, else the first that
    is threatened."""

    @property
    def order_first(self) -> bool:
        """Whether it fines only when an order was not obeyed, and that is not so yet."""
        return self.compared not in self.open_now

    @property
    def range(self) -> Fine:
        """The fine that is compared, in RMB."""
        assert self.compared.fine is not None
        return self.compared.fine

    @property
    def weight(self) -> tuple[int, int]:
        """Greater is heavier: the maximum counts first."""
        return self.range.most, self.range.least


class Remark(NamedTuple):
    """What the officer must know beside the ranges, and of which regimes it is said."""

    name: RemarkName
    regimes: tuple[str, ...] = ()


class Applicable(NamedTuple):
    """The answer. `lighter` is empty where there is nothing to compare, or no difference."""

    case: Case
    candidates: tuple[Candidate, ...]
    lighter: tuple[str, ...]
    by: Literal["", "maximum", "minimum"]
    """Which end of the ranges makes the difference."""
    remarks: tuple[Remark, ...]
    found_by: date | None
    """The last day on which it could be found and still punished (art. 36)."""
    found_by_where_life_or_health: date | None

    @property
    def basis(self) -> bool:
        """Whether any regime in force at the act is mapped to the ground. If not: ask legal review."""
        return any(c.at_act for c in self.candidates)


def look_up(law: Law, case: Case) -> Applicable:
    """Every regime in force at the act or at the decision that has the ground, those of the act first, each
    with what it threatens. Raises ValueError if the decision lies before the act."""
    if case.decided < case.acted:
        raise ValueError("the decision lies before the act")
    candidates = tuple(sorted(_candidates(law, case), key=_order))
    lighter, by = _lighter(candidates)
    found_by = law.found_by(case.acted)
    return Applicable(
        case=case,
        candidates=candidates,
        lighter=lighter,
        by=by,
        remarks=tuple(_remarks(case, candidates, lighter, found_by)),
        found_by=found_by,
        found_by_where_life_or_health=law.found_by(case.acted, life_or_health=True),
    )


def _order(c: Candidate) -> tuple[bool, date, str]:
    return not c.at_act, c.regime.in_force.since or date.min, c.name


def _candidates(law: Law, case: Case) -> Iterator[Candidate]:
    for name, regime in law.regimes.items():
        at_act, at_decision = (regime.in_force.holds(day) for day in (case.acted, case.decided))
        covered = regime.grounds.get(case.ground)
        if covered is None or not (at_act or at_decision):
            continue
        sanctions = regime.sanctions_for(case.ground, case.party)
        now = _open_now(sanctions, overdue=case.overdue)
        fines = [s for s in now if s.fine] or [s for s in sanctions if s.fine]
        yield Candidate(name, regime, covered, at_act, at_decision, sanctions, now, fines[0])


def _open_now(sanctions: Sequence[Sanction], *, overdue: bool) -> tuple[Sanction, ...]:
    """What may be imposed: once an order's time ran out, what is threatened for that, if anything is."""
    after = tuple(s for s in sanctions if s.tier in AFTER_ORDER)
    if overdue and after:
        return after
    return tuple(s for s in sanctions if s.tier not in AFTER_ORDER)


def _lighter(
    candidates: Sequence[Candidate],
) -> tuple[tuple[str, ...], Literal["", "maximum", "minimum"]]:
    """The lightest, if there is a difference; only a case with a basis at the act can have one."""
    if len({c.weight for c in candidates}) < 2 or not any(c.at_act for c in candidates):
        return (), ""
    least = min(c.weight for c in candidates)
    others = [c.weight for c in candidates if c.weight != least]
    by: Literal["maximum", "minimum"] = "maximum" if min(others)[0] > least[0] else "minimum"
    return tuple(c.name for c in candidates if c.weight == least), by


def _remarks(
    case: Case, candidates: Sequence[Candidate], lighter: tuple[str, ...], found_by: date | None
) -> Iterator[Remark]:
    at_act = tuple(c.name for c in candidates if c.at_act)
    if not candidates:
        yield Remark("no_basis")
    elif not at_act:
        yield Remark("not_at_act", tuple(c.name for c in candidates))
    if at_act and not any(c.at_decision for c in candidates):
        yield Remark("dropped", at_act)
    if len(at_act) > 1:
        yield Remark("several_at_act", at_act)
    if waiting := tuple(c.name for c in candidates if c.order_first):
        yield Remark("order_first", waiting)
    if at_act and len(candidates) > 1 and not lighter:
        yield Remark("equal", tuple(c.name for c in candidates))
    if crossing := tuple(_crossing(candidates, lighter)):
        yield Remark("crossing", crossing)
    if found_by and case.decided > found_by:
        yield Remark("time_limit")


def _crossing(candidates: Sequence[Candidate], lighter: tuple[str, ...]) -> Iterator[str]:
    """Regimes called lighter by their maximum whose minimum is higher than another's."""
    for c in candidates:
        if c.name in lighter and any(c.range.least > o.range.least for o in candidates):
            yield c.name
