"""What is told of alerts, and to whom 预警通知: pure, from rows of the read models.

One notification an alert and level asked, under an id that says just that: whoever dies between asking and
telling tells it when they come back, and nobody is told twice. Those of one building are told in one message,
however many they are (`delivery.grouping`). No message says that anybody complained, through which channel or
in which words, whoever gets it: it passes through other people's servers (domain §2).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import cast

from projections.alerts import AlertRow
from rentalwatch.delivery.notification import Notification, Said, Severity
from rentalwatch.domain.events import AlertLevel
from rentalwatch.domain.instants import instant
from rentalwatch.domain.warning import WarningRule
from rentalwatch.signals.reasons import all_words

_TITLE = {
    "alert": ("Alert: {home}", "预警：{home}"),
    "relapse_alert": ("Relapse alert: {home}", "返潮预警：{home}"),
    "confirmed": ("Relapse confirmed: {home}", "返潮已认定：{home}"),
}
_ASKED = {
    "manager": (
        "Look from outside and answer: suspicious, nothing, unclear, reported or exempt.",
        "请从外观查看并反馈：外观疑似、未见异常、无法判断、已报、已知豁免。",
    ),
    "neighbourhood": (
        "The property manager did not answer in time. Look from outside and answer.",
        "物业未按时反馈，请核实并反馈。",
    ),
    "squad": ("Somebody has to get in and look.", "请安排入户检查。"),
    "subdistrict": (
        "Nobody answered so far: see to it that somebody gets in.",
        "前序各方均未反馈，请督促处置。",
    ),
}
_NUMBER = ("Number {number}", "预警编号 {number}")


def notifications(
    rows: Iterable[AlertRow], rules: Mapping[str, WarningRule] | None = None
) -> list[Notification]:
    """One for each alert that a level is asked about, and for each relapse that was confirmed; none for an
    alert that is answered or settled. `rules`: those whose titles may be said."""
    return [notification(row, rules) for row in rows if is_told(row)]


def is_told(row: AlertRow) -> bool:
    """Whether anybody is told of an alert as it stands."""
    return bool(row.alert.waiting) or row.alert.raised_by == "confirmation"


def notification(row: AlertRow, rules: Mapping[str, WarningRule] | None = None) -> Notification:
    """What those who are asked about an alert are told; once a level."""
    alert = row.alert
    kind = "confirmed" if alert.raised_by == "confirmation" else alert.kind
    return Notification(
        id=f"alert-{alert.record}-{alert.level}",
        level=cast(AlertLevel, alert.level),
        area=row.area,
        place=row.area,
        severity=_severity(row),
        about=(alert.record,),
        title=Said(en=_TITLE[kind][0].format(home=row.label), zh=_TITLE[kind][1].format(home=row.label)),
        body=Said(en=_body(row, kind, "en", rules), zh=_body(row, kind, "zh", rules)),
        due=instant(alert.due) if alert.waiting else None,
    )


def _severity(row: AlertRow) -> Severity:
    """Where nothing is asked, a notice; what the squad or the subdistrict is asked is urgent, and so is every
    sign of a relapse."""
    if not row.alert.waiting:
        return Severity.NOTICE
    urgent = row.alert.kind == "relapse_alert" or row.alert.level in ("squad", "subdistrict")
    return Severity.URGENT if urgent else Severity.WARNING


def _body(row: AlertRow, kind: str, lang: str, rules: Mapping[str, WarningRule] | None) -> str:
    nth = 1 if lang == "zh" else 0
    alert = row.alert
    stored = [code for code in alert.reasons.split(";") if code]
    lines = all_words(stored, "zh" if lang == "zh" else "en", outside=True, rules=rules)
    if kind != "confirmed":
        lines.append(_ASKED[alert.level][nth])
    lines.append(_NUMBER[nth].format(number=alert.record))
    return "\n".join(lines)
