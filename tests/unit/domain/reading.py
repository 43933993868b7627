"""Reading a judgement off as a person would: as of a date, what is shown, what runs, what did not fit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rentalwatch.domain.facts import Fact
from rentalwatch.domain.instants import FOREVER, Micros
from rentalwatch.domain.judge import judge
from rentalwatch.domain.judgement import Alert, Claim, Clock, Judgement, Round, State
from tests.unit.domain.story import us


@dataclass(frozen=True)
class Judged:
    """The judgement of a file as of an instant, ready to be read."""

    judgement: Judgement
    asked: Micros

    @property
    def state(self) -> State:
        (row,) = self.judgement.at(self.asked, State)
        return row

    @property
    def rounds(self) -> list[Round]:
        return self.judgement.at(self.asked, Round)

    @property
    def openings(self) -> list[str]:
        return [r.opening for r in sorted(self.rounds)]

    @property
    def claims(self) -> list[Claim]:
        return sorted(self.judgement.at(self.asked, Claim), key=lambda c: c.claimed_at)

    @property
    def fates(self) -> list[str]:
        """What became of each claim, in the order in which they were made."""
        return [c.status for c in self.claims]

    @property
    def alerts(self) -> list[Alert]:
        return sorted(self.judgement.at(self.asked, Alert), key=lambda a: a.raised_at)

    @property
    def last(self) -> Round:
        """The latest round."""
        return max(self.rounds)

    @property
    def omitted(self) -> bool:
        """Whether somebody should have been inside by now and was not: cause (a) of zero omission."""
        return self.state.a_due < self.asked

    @property
    def irregular(self) -> list[str]:
        return [i.code for i in self.judgement.irregular]

    def clocks(self, kind: str) -> list[Clock]:
        return sorted(c for c in self.judgement.at(self.asked, Clock) if c.kind == kind)


def judged(facts: Iterable[Fact], as_of: str = "") -> Judged:
    """The judgement as of a date (that day included), an instant, or after everything."""
    return Judged(judge(facts), us(as_of) if as_of else FOREVER)
