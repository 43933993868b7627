"""Words for stories about one estate, as `story` has them for one home."""

from __future__ import annotations

from typing import Any

from rentalwatch.domain import events as ev
from rentalwatch.domain.facts import Fact
from rentalwatch.domain.folds.estate import Manager, Report, SentList
from rentalwatch.domain.instants import FOREVER
from rentalwatch.domain.judge import judge
from rentalwatch.domain.silence import InCharge, Missing, missing
from tests.unit.domain.story import ZONE, Said, due, moment, say, us


def estate(area: str = "pudong/weifang/e7/", households: int | None = None) -> Said:
    return say(ev.EstateRegistered, "2020-01-01", label="E-7", area=area, households=households)


def appointed(when: str, party: str = "M-1", **more: Any) -> Said:
    return say(ev.ManagerAppointed, when, party=party, **more)


def ended(when: str, party: str = "M-1") -> Said:
    return say(ev.ManagerEnded, when, party=party, reason="contract ended")


def sent(when: str, month: str, *homes: str, by: int = 10, **more: Any) -> Said:
    return say(ev.RectifiedListSent, when, month=month, dwellings=homes, report_day=by, **more)


def filed(when: str, month: str, relapses: int = 0, **more: Any) -> Said:
    result = "relapse_found" if relapses else "zero"
    return say(ev.MonthlyReportFiled, when, month=month, result=result, relapses=relapses, **more)


def chased(when: str, month: str, to: str = "M-1") -> Said:
    return say(ev.ReportChased, when, month=month, to=to)


def told(when: str, month: str, **figures: Any) -> Said:
    return say(ev.EstateFiguresReported, when, month=month, **figures)


def located(when: str, reported: str, by: str = "", answer_by: str = "") -> Said:
    """The lead T-1 is about home 12-302."""
    return say(
        ev.LeadLocated, when, channel="12345", ticket="T-1", dwelling="12-302", reported_at=moment(reported),
        due=due(by), answer_due=due(answer_by),
    )  # fmt: skip


def returned(when: str, ticket: str = "T-1") -> Said:
    return say(ev.LeadReturned, when, channel="12345", ticket=ticket, reason="no such building")


def answered(when: str, ticket: str = "T-1") -> Said:
    return say(ev.LeadAnswered, when, channel="12345", ticket=ticket, outcome="explained")


def rows(facts: list[Fact], as_of: str, kind: type) -> list[Any]:
    """The rows of one kind that held then."""
    return judge(facts, of="estate").at(us(as_of), kind)


def silent(facts: list[Fact], as_of: str) -> list[Missing]:
    """The reports that were missing then."""
    judged = judge(facts, of="estate")
    asked = us(as_of)
    spans = [s for s in judged.of(Manager) if s.valid_from < asked]
    return missing(
        judged.at(asked, SentList),
        {report.month for report in judged.at(asked, Report)},
        [InCharge(s.row.party, s.valid_from, min(s.valid_to, FOREVER)) for s in spans],
        asked,
        ZONE,
    )


def odd(facts: list[Fact]) -> list[str]:
    """The codes of what does not fit."""
    return [one.code for one in judge(facts, of="estate").irregular]
