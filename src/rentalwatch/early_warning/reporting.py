"""The report to the city 报告: a suspicion answered *is* the report that a manager owes within 24 hours.

Its text is made to be pasted into the city's own app, which gives it a number; that is kept with the answer.
It says what was looked at from outside, and leaves out what must not get there by this way: which rule was
suspicious and why (some of them count complaints), who complained, through which channel, in which words.
"""

from __future__ import annotations

from typing import NamedTuple
from zoneinfo import ZoneInfo

from projections.alerts import AlertRow
from rentalwatch.domain.instants import Micros, instant

SEEN = {
    "partition_seen": ("partitions can be seen from outside", "外观可见隔断"),
    "beds_seen": ("several beds in one room can be seen", "可见一室多床"),
    "many_people": ("many different people go in and out", "进出人员多且杂"),
    "many_bicycles": ("many bicycles or e-bikes at the door", "门口聚集多辆自行车、电动车"),
    "meters_added": ("meters or door bells were added", "加装电表、门铃"),
    "balcony_lived_in": ("the balcony or kitchen is lived in", "阳台、厨房住人"),
    "windows_dark": ("windows dark", "窗户无灯"),
    "no_sign": ("nothing unusual at door and windows", "门窗外观无异常"),
    "empty_home": ("the home stands empty", "空置"),
    "family_home": ("a family lives there", "家庭自住"),
    "shop_premises": ("a shop or an office", "商铺或办公"),
    "nobody_answers": ("nobody answers the door", "敲门无人应答"),
}
"""Observation → in English, in Chinese."""


class Report(NamedTuple):
    """The same text in both languages."""

    en: str
    zh: str


def report(row: AlertRow, seen_at: Micros, observation: str, officer: str, basis: str = "") -> Report:
    """The text of the report about a home that looks suspicious from outside. `basis`: the law or notice that
    asks for it, as the rulebook names it."""
    when = instant(seen_at).astimezone(ZoneInfo(row.zone))
    english, chinese = SEEN.get(observation, ("suspicious from outside", "外观疑似群租"))
    en = [
        "Suspected group rental (seen from outside, not inspected)",
        f"Home: {row.label}",
        f"Area: {row.area}",
        f"Seen: {when:%Y-%m-%d %H:%M}",
        f"What was seen: {english}",
        f"Reported by: {officer or '–'}",
        f"Our number: {row.alert.record}",
    ]
    zh = [
        "疑似群租情况报告（外观查看，未入户）",
        f"房屋：{row.label}",
        f"区域：{row.area}",
        f"发现时间：{when:%Y-%m-%d %H:%M}",
        f"外观情况：{chinese}",
        f"报告人工号：{officer or '—'}",
        f"本系统编号：{row.alert.record}",
    ]
    if basis:
        en.append(f"Basis: {basis}")
        zh.append(f"依据：{basis}")
    return Report("\n".join(en), "\n".join(zh))
