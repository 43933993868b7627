"""The state of a penalty case 处罚案件 after a prefix of its facts, and where it left the lawful order.

Nothing is refused for being out of order: it is stored, judged, and said with the article (`irregularities`).
What needs the law of the day, or other cases, is asked of the read models.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal, NamedTuple, get_args

from rentalwatch.domain import events as ev
from rentalwatch.domain.facts import Fact
from rentalwatch.domain.folds.base import Fold, Slot
from rentalwatch.domain.instants import FOREVER, Micros, micros
from rentalwatch.domain.judgement import Clock

CaseState = Literal[
    "declined",
    "filed",
    "notified",
    "heard",
    "reviewed",
    "decided",
    "served",
    "enforcement",
    "paid",
    "waived",
    "withdrawn",
    "annulled",
    "revoked",
]
CASE_STATES: tuple[CaseState, ...] = get_args(CaseState)
"""不予立案 立案 告知 陈述申辩 法制审核 决定 送达 申请强制执行 缴款 不予处罚 撤案 复议诉讼撤销 撤销."""

UNKNOWN = -1
"""An amount that nobody stated."""


class PenaltyCase(NamedTuple):
    """How a case stood. Amounts in RMB; instants are FOREVER where the step was not taken."""

    number: str
    dwelling: str
    """The home, as the filing named it: an identity key or a stream's id."""
    party: str
    party_kind: str
    ground: str
    acted_on: str
    state: str
    decision: str
    """The number of the decision."""
    regime: str
    tier: str
    least: int
    most: int
    amount: int
    paid: int
    standing: int
    """1 while a penalty that was decided stands: neither annulled nor revoked."""
    waived: str
    """The basis on which no penalty was imposed."""
    rulebook: str
    filed_at: Micros
    decided_at: Micros
    served_at: Micros
    decision_due: Micros
    service_due: Micros
    irregular: int
    """How many steps did not fit the lawful order."""


_BLANK = PenaltyCase(
    *("", "", "", "", "", "", "", "", "", ""),
    *(UNKNOWN, UNKNOWN, UNKNOWN, 0, 0, "", ""),
    *(FOREVER, FOREVER, FOREVER, FOREVER, FOREVER, 0),
)


def _us(moment: datetime | None) -> Micros:
    return FOREVER if moment is None else micros(moment)


class CaseFold(Fold):
    """The state of a penalty case after a prefix of its facts."""

    def __init__(self, facts: Iterable[Fact]) -> None:
        super().__init__(facts)
        opened = next((f for f in facts if f.event.OPENS), None)
        self.case = _BLANK if opened is None else _described(opened.event)
        self.done: set[type[ev.Event]] = set()
        self.agreed = True
        self.fallen: Literal["", "annulled", "revoked"] = ""

    def apply(self, fact: Fact) -> None:
        """Takes one fact in; a step of a case that was not filed, or was closed, is irregular."""
        event = fact.event
        if not event.OPENS and type(event) in self.STEPS and not self._is_open():
            self._note(event, fact.at, "case-not-open")
        super().apply(fact)
        self.done.add(type(event))
        if event.rulebook and type(event) in (ev.PenaltyFiled, ev.PenaltyDecided):
            self.case = self.case._replace(rulebook=event.rulebook)

    def changes(self, at: Micros) -> dict[Slot, Any]:
        """The rows that changed since last asked, the case's own among them."""
        if self.done:
            self.dirty[("case", 0)] = self.case._replace(state=self._state(), irregular=len(self.irregular))
        return super().changes(at)

    # -- one step per kind of fact -----------------------------------------------------------------

    def filed(self, event: ev.PenaltyFiled, at: Micros) -> None:
        self.case = self.case._replace(filed_at=at, decision_due=_us(event.decision_due))
        if at >= _us(event.limitation_due):  # filings of a day lie at its start
            self._note(event, at, "filed-beyond-limitation")
        if len(event.officers) == 1:
            self._note(event, at, "case-of-one-officer")
        if self.case.decided_at == FOREVER:
            self._decision_clock("running", FOREVER)

    def reviewed(self, event: ev.LegalReviewed, at: Micros) -> None:
        self.agreed = event.agreed

    def decided(self, event: ev.PenaltyDecided, at: Micros) -> None:
        for code in self._out_of_order(event):
            self._note(event, at, code)
        self._end_deciding(event, at)
        self.fallen = ""
        self.case = self.case._replace(
            decision=event.number,
            regime=event.regime,
            tier=event.tier,
            least=UNKNOWN if event.range_from_rmb is None else event.range_from_rmb,
            most=UNKNOWN if event.range_to_rmb is None else event.range_to_rmb,
            amount=event.amount_rmb,
            standing=1,
            decided_at=at,
            served_at=FOREVER,
            service_due=_us(event.service_due),
        )
        self._service_clock("running", FOREVER)

    def _out_of_order(self, event: ev.PenaltyDecided) -> Iterable[str]:
        done, case = self.done, self.case
        if ev.PenaltyNotified not in done:
            yield "decided-before-notified"
        if ev.DefenceHeard not in done and ev.HearingHeld not in done:
            yield "decided-before-defence"
        if ev.HearingRequested in done and ev.HearingHeld not in done:
            yield "decided-before-hearing"
        if ev.HearingHeld in done and ev.LegalReviewed not in done:
            yield "decided-without-review"
        if not self.agreed:
            yield "decided-against-review"
        if case.standing or case.waived:
            yield "decided-twice"
        least, most = event.range_from_rmb, event.range_to_rmb
        if event.amount_rmb < (least or 0) or (most is not None and event.amount_rmb > most):
            yield "amount-outside-range"

    def waived(self, event: ev.PenaltyWaived, at: Micros) -> None:
        if self.case.standing or self.case.waived:
            self._note(event, at, "decided-twice")
        self._end_deciding(event, at)
        self.case = self.case._replace(waived=event.basis, decided_at=at)

    def _end_deciding(self, event: ev.Event, at: Micros) -> None:
        """A decision met its clock, or came after it; one that was made before needs no other."""
        if self.case.decided_at == FOREVER:
            if at > self.case.decision_due:
                self._note(event, at, "decided-late")
            self._decision_clock("met", at)

    def served(self, event: ev.PenaltyServed, at: Micros) -> None:
        if not self._stands(event, at):
            return
        if self.case.served_at == FOREVER:
            self.case = self.case._replace(served_at=at)
            if at > self.case.service_due:
                self._note(event, at, "served-late")
            self._service_clock("met", at)

    def paid(self, event: ev.PenaltyPaid, at: Micros) -> None:
        if self._stands(event, at):
            self.case = self.case._replace(paid=self.case.paid + event.amount_rmb)

    def enforcement(self, event: ev.CourtEnforcementSought, at: Micros) -> None:
        self._stands(event, at)

    def judged(self, event: ev.ReviewDecided, at: Micros) -> None:
        if not self._stands(event, at):
            return
        if event.outcome == "changed" and event.amount_rmb is not None:
            self.case = self.case._replace(amount=event.amount_rmb)
        elif event.outcome == "annulled":
            self._fall("annulled", at)

    def revoked(self, event: ev.PenaltyRevoked, at: Micros) -> None:
        if self._stands(event, at):
            self._fall("revoked", at)

    def withdrawn(self, event: ev.CaseWithdrawn, at: Micros) -> None:
        if self.case.standing:
            self._note(event, at, "withdrawn-after-decision")
        elif self.case.decided_at == FOREVER:
            self._decision_clock("void", at)

    def _stands(self, event: ev.Event, at: Micros) -> bool:
        """Whether there is a decision that this can be about; else it is irregular and changes nothing."""
        if not self.case.standing:
            self._note(event, at, "nothing-decided")
        return bool(self.case.standing)

    def _fall(self, how: Literal["annulled", "revoked"], at: Micros) -> None:
        self.fallen = how
        self.case = self.case._replace(standing=0)
        if self.case.served_at == FOREVER:
            self._service_clock("void", at)

    # -- reading off -------------------------------------------------------------------------------

    def _is_open(self) -> bool:
        return ev.PenaltyFiled in self.done and ev.CaseWithdrawn not in self.done

    def _decision_clock(self, outcome: str, at: Micros) -> None:
        case = self.case
        if case.decision_due < FOREVER:
            self._clock(Clock("penalty_decision", case.number, case.filed_at, case.decision_due, outcome, at))

    def _service_clock(self, outcome: str, at: Micros) -> None:
        """Keyed by the decision: one that was annulled may be followed by another."""
        case = self.case
        if case.service_due < FOREVER:
            self._clock(
                Clock("penalty_service", case.decision, case.decided_at, case.service_due, outcome, at)
            )

    def _state(self) -> CaseState:
        done, case = self.done, self.case
        if case.standing:
            return self._after_decision()
        if self.fallen:
            return self.fallen
        if case.waived:
            return "waived"
        if ev.CaseWithdrawn in done:
            return "withdrawn"
        for step, state in _PREPARED:
            if step in done:
                return state
        return "declined" if ev.FilingDeclined in done else "filed"

    def _after_decision(self) -> CaseState:
        case = self.case
        if case.amount and case.paid >= case.amount:
            return "paid"
        if ev.CourtEnforcementSought in self.done:
            return "enforcement"
        return "decided" if case.served_at == FOREVER else "served"


_PREPARED: tuple[tuple[type[ev.Event], CaseState], ...] = (
    (ev.LegalReviewed, "reviewed"),
    (ev.HearingHeld, "heard"),
    (ev.DefenceHeard, "heard"),
    (ev.PenaltyNotified, "notified"),
)
"""Steps on the way to a decision, the furthest first, and how a case stands after each."""


def _described(event: ev.Event) -> PenaltyCase:
    """What the event that opens a case says of it."""
    case = _BLANK._replace(number=str(getattr(event, "number", "")), dwelling=getattr(event, "dwelling", ""))
    if not isinstance(event, ev.PenaltyFiled):
        return case
    return case._replace(
        party=event.party,
        party_kind=event.party_kind,
        ground=event.ground,
        acted_on=event.acted_on.isoformat(),
        rulebook=event.rulebook,
    )


def _taken(fold: CaseFold, event: ev.Event, at: Micros) -> None:
    """A step of which only matters that it was taken."""


CaseFold.STEPS = {
    ev.PenaltyFiled: CaseFold.filed,
    ev.FilingDeclined: _taken,
    ev.PenaltyNotified: _taken,
    ev.DefenceHeard: _taken,
    ev.HearingRequested: _taken,
    ev.HearingHeld: _taken,
    ev.LegalReviewed: CaseFold.reviewed,
    ev.PenaltyDecided: CaseFold.decided,
    ev.PenaltyWaived: CaseFold.waived,
    ev.PenaltyServed: CaseFold.served,
    ev.PenaltyPaid: CaseFold.paid,
    ev.CourtEnforcementSought: CaseFold.enforcement,
    ev.ReviewDecided: CaseFold.judged,
    ev.PenaltyRevoked: CaseFold.revoked,
    ev.CaseWithdrawn: CaseFold.withdrawn,
}
