"""The file of an estate 小区: its managers, the lists sent to them, what they reported, monthly figures, and
the leads that nobody has located yet. None of it is ever added to homes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from rentalwatch.domain import events as ev
from rentalwatch.domain.facts import Fact
from rentalwatch.domain.folds.base import Fold
from rentalwatch.domain.instants import DAY, FOREVER, Micros, micros
from rentalwatch.domain.judgement import Clock
from rentalwatch.domain.months import following, starts
from rentalwatch.domain.tracks import LeadTrack

NOT_TOLD = -1
"""A number that nobody told, in a column of whole numbers."""


class Estate(NamedTuple):
    """What the estate is called, where it lies, how many households it has (NOT_TOLD: nobody said)."""

    area: str
    label: str
    households: int


class Manager(NamedTuple):
    """The property manager 物业 in charge over the span of the row; one at a time."""

    party: str
    since: Micros


class SentList(NamedTuple):
    """A list of rectified homes 清单 as it was sent: from its month on the manager reports, by that day of
    the month after. `record`: the one that opened the clock."""

    month: str
    report_day: int
    sent_at: Micros
    homes: int
    record: str


class Report(NamedTuple):
    """The manager's report on a month 月报: when it first came in, and what it says by now."""

    month: str
    result: str
    relapses: int
    filed_at: Micros


class Chaser(NamedTuple):
    """A missing report was asked for 催报: when first, when last, how often, and whom last."""

    month: str
    first_at: Micros
    last_at: Micros
    times: int
    party: str


class Figures(NamedTuple):
    """Monthly figures 月度数据, NOT_TOLD where nobody told; `satisfaction` in hundredths of a point."""

    month: str
    complaints: int
    police_calls: int
    satisfaction: int


class EstateLead(NamedTuple):
    """A lead that was reported without a home 未定位线索; `lead`: its channel and ticket. `status`: reported,
    dispatched, returned or located; `due`: somebody on site, `answer_due`: the complainant answered."""

    lead: str
    building: str
    reported_at: Micros
    due: Micros
    answer_due: Micros
    status: str
    unit: str
    dwelling: str
    answer: str


class EstateFold(Fold):
    """The state of an estate's file after a prefix of its facts."""

    def __init__(self, facts: Iterable[Fact]) -> None:
        super().__init__(facts)
        first = next((f.event for f in facts if isinstance(f.event, ev.EstateRegistered)), None)
        self.zone = first.zone if first else "Asia/Shanghai"
        self.estate = Estate("", "", NOT_TOLD)
        self.listed_homes: dict[str, set[str]] = {}
        self.leads: dict[str, EstateLead] = {}
        self.tracks: dict[str, LeadTrack] = {}

    def registered(self, event: ev.EstateRegistered, at: Micros) -> None:
        households = NOT_TOLD if event.households is None else event.households
        self.zone = event.zone
        self._is(Estate(event.area, event.label, households))

    def reassigned(self, event: ev.AreaReassigned, at: Micros) -> None:
        self._is(self.estate._replace(area=event.area))

    def _is(self, estate: Estate) -> None:
        self.estate = estate
        self.dirty[("estate", 0)] = estate

    # -- managers and what they report -------------------------------------------------------------

    def appointed(self, event: ev.ManagerAppointed, at: Micros) -> None:
        """Whoever was in charge before is so no more."""
        self.dirty[("manager", 0)] = Manager(event.party, at)

    def ended(self, event: ev.ManagerEnded, at: Micros) -> None:
        before = self._row(("manager", 0))
        if before is None or before.party != event.party:
            self._note(event, at, "manager-not-in-charge")
            return
        self.dirty[("manager", 0)] = None

    def listed(self, event: ev.RectifiedListSent, at: Micros) -> None:
        """A further list of the same month adds homes; since when the manager must report stays."""
        row = SentList(event.month, event.report_day, at, 0, str(event.record_id))
        homes = self.listed_homes.setdefault(event.month, set())
        homes.update(event.dwellings)
        self.dirty[("list", event.month)] = (self._row(("list", event.month)) or row)._replace(
            homes=len(homes)
        )

    def filed(self, event: ev.MonthlyReportFiled, at: Micros) -> None:
        """A report on a month that has not come to its last day cannot say what was found in it."""
        if at < starts(following(event.month), self.zone) - DAY:
            self._note(event, at, "report-before-month-end")
            return
        before = self._row(("report", event.month))
        first = at if before is None else before.filed_at
        self.dirty[("report", event.month)] = Report(event.month, event.result, event.relapses, first)

    def chased(self, event: ev.ReportChased, at: Micros) -> None:
        before = self._row(("chaser", event.month))
        first, times = (at, 0) if before is None else (before.first_at, before.times)
        self.dirty[("chaser", event.month)] = Chaser(event.month, first, at, times + 1, event.to)

    def figures(self, event: ev.EstateFiguresReported, at: Micros) -> None:
        """What is told later of a month holds; what it does not tell stays as it was."""
        row = self._row(("figures", event.month)) or Figures(event.month, NOT_TOLD, NOT_TOLD, NOT_TOLD)
        points = None if event.satisfaction is None else round(event.satisfaction * 100)
        told = (event.complaints, event.police_calls, points)
        counts = [before if now is None else now for before, now in zip(row[1:], told, strict=True)]
        self.dirty[("figures", event.month)] = Figures(event.month, *counts)

    def _row(self, slot: tuple[str, object]) -> Any:
        """The row that holds in a slot by now."""
        return self.dirty[slot] if slot in self.dirty else self.held.get(slot)

    # -- leads without a home ----------------------------------------------------------------------

    def reported(self, event: ev.LeadReported, at: Micros) -> None:
        key = _lead(event)
        if key not in self.leads:
            self._begin(key, at, _us(event.due), event.building)
        self.tracks[key].to_be_answered(at, _us(event.answer_due))
        self._lead(key)

    def dispatched(self, event: ev.LeadDispatched, at: Micros) -> None:
        key, due = _lead(event), _us(event.due)
        if key not in self.leads:
            self._begin(key, at, due, "")
        track = self.tracks[key]
        if due != FOREVER and track.handled_at is None:
            track.dispatch(at, due)
        if self.leads[key].status != "located":
            self._lead(key, status="dispatched", unit=event.unit)

    def returned(self, event: ev.LeadReturned, at: Micros) -> None:
        """Given back, it waits as before: nothing is located by that, and no time is gained."""
        key = _lead(event)
        if key not in self.leads:
            self._note(event, at, "refers-to-nothing")
        elif self.leads[key].status != "located":
            self.tracks[key].give_back()
            self._lead(key, status="returned", unit="")

    def answered(self, event: ev.LeadAnswered, at: Micros) -> None:
        """Answered is not located."""
        key = _lead(event)
        if key not in self.leads:
            self._note(event, at, "refers-to-nothing")
        else:
            self.tracks[key].answer(at)
            self._lead(key, answer=event.outcome)

    def located(self, event: ev.LeadLocated, at: Micros) -> None:
        key = _lead(event)
        if key not in self.leads:
            self._note(event, at, "refers-to-nothing")
            self._begin(key, micros(event.reported_at), _us(event.due), "")
        track = self.tracks[key]
        if track.handled_at is None:
            track.handled_at = at
        self._lead(key, status="located", dwelling=event.dwelling)
        if event.answer_due is not None and track.answered_at is None:
            answer = track.answer_clock()
            self._clock(answer and answer._replace(outcome="void", ended_at=at))

    def _begin(self, key: str, at: Micros, due: Micros, building: str) -> None:
        self.tracks[key] = LeadTrack(key, at, due)
        self.leads[key] = EstateLead(key, building, at, FOREVER, FOREVER, "reported", "", "", "")
        self._lead(key)

    def _lead(self, key: str, **changed: Any) -> None:
        track = self.tracks[key]
        self.leads[key] = self.leads[key]._replace(due=track.due, answer_due=track.answer_due, **changed)
        self.dirty[("lead", key)] = self.leads[key]
        self._clock(_location(track))
        self._clock(track.answer_clock())


def _us(moment: datetime | None) -> Micros:
    return FOREVER if moment is None else micros(moment)


def _lead(event: Any) -> str:
    """The same ticket of the same channel is one lead."""
    return f"{event.channel}/{event.ticket}"


def _location(track: LeadTrack) -> Clock | None:
    """The clock of a lead that waits to be located: that of the visit which cannot be made before."""
    clock = track.clock()
    return None if clock is None else clock._replace(kind="location")


EstateFold.STEPS = {
    ev.EstateRegistered: EstateFold.registered,
    ev.AreaReassigned: EstateFold.reassigned,
    ev.ManagerAppointed: EstateFold.appointed,
    ev.ManagerEnded: EstateFold.ended,
    ev.RectifiedListSent: EstateFold.listed,
    ev.MonthlyReportFiled: EstateFold.filed,
    ev.ReportChased: EstateFold.chased,
    ev.EstateFiguresReported: EstateFold.figures,
    ev.LeadReported: EstateFold.reported,
    ev.LeadDispatched: EstateFold.dispatched,
    ev.LeadReturned: EstateFold.returned,
    ev.LeadAnswered: EstateFold.answered,
    ev.LeadLocated: EstateFold.located,
}
