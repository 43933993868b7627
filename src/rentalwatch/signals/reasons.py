"""Why a rule fired 预警理由: stored as codes, said in words when shown, in English or Chinese.

A code is `distinct_cards_7d=9>4`: the figure, how it compared, with what; or `rule=NAME`, a rule that the
combined score counted. Words for outside (a property manager 物业) never tell that anybody complained, nor
through which channel: such a reason is "other hints", and so is every code that is not understood.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

from rentalwatch.domain.features import FEATURES
from rentalwatch.domain.warning import COMBINED, COMPARISONS, Comparison, WarningRule

Lang = Literal["en", "zh"]

NOT_OUTSIDE: frozenset[str] = frozenset({"complaints_30d"})
"""Figures that would tell who looks at a home because somebody complained."""

_FIGURE = r"-?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?|inf)"
_CODE = re.compile(rf"([a-z][a-z0-9_]*)=({_FIGURE})(>=|<=|>|<)({_FIGURE})")
_RULE = re.compile(r"rule=([a-z][a-z0-9_]*)")
_COMPARISON: Mapping[str, Comparison] = {sign: comparison for comparison, sign in COMPARISONS.items()}


class Reason(NamedTuple):
    """A reason taken apart."""

    feature: str
    figure: float
    comparison: Comparison
    limit: float


def code(feature: str, comparison: Comparison, figure: float, limit: float) -> str:
    """The code of a reason; figures with at most six significant digits."""
    return f"{feature}={figure:.6g}{COMPARISONS[comparison]}{limit:.6g}"


def score(figure: float, threshold: float) -> str:
    """The code of the combined score."""
    return code(COMBINED, "at_least", figure, threshold)


def fired(rule: str) -> str:
    """The code of a rule that the combined score counted."""
    return f"rule={rule}"


def parse(reason: str) -> Reason | None:
    """A code taken apart; None if it is none that compares a figure."""
    found = _CODE.fullmatch(reason)
    if found is None or not (found[1] in FEATURES or found[1] == COMBINED):
        return None
    return Reason(found[1], float(found[2]), _COMPARISON[found[3]], float(found[4]))


def words(reason: str, lang: Lang, *, outside: bool, rules: Mapping[str, WarningRule] | None = None) -> str:
    """A stored reason as a person reads it. `rules`: the rules whose titles may be said; without them a
    rule is called by its name. `outside`: for somebody who must not learn that there was a complaint."""
    counted = _RULE.fullmatch(reason)
    if counted is not None:
        return _rule(counted[1], lang, outside, (rules or {}).get(counted[1]))
    found = parse(reason)
    if found is None:
        return OTHER_HINTS[lang] if outside else reason
    if outside and found.feature in NOT_OUTSIDE:
        return OTHER_HINTS[lang]
    return _compared(found, lang)


def all_words(
    stored: Iterable[str], lang: Lang, *, outside: bool, rules: Mapping[str, WarningRule] | None = None
) -> list[str]:
    """All reasons of an alert in words; what cannot be told outside is said once, at the end."""
    said = dict.fromkeys(words(reason, lang, outside=outside, rules=rules) for reason in stored)
    hints = [OTHER_HINTS[lang]] if said.pop(OTHER_HINTS[lang], True) is None else []
    return [*said, *hints]


def tells_of_complaints(stored: Iterable[str]) -> bool:
    """Whether a rule with these reasons is one whose very name would tell that somebody complained."""
    return any(found.feature in NOT_OUTSIDE for found in map(parse, stored) if found is not None)


def told(figures: Mapping[str, float], *, outside: bool) -> dict[str, float]:
    """Figures of a home by name; outside, without those that would tell of complaints."""
    return {name: f for name, f in sorted(figures.items()) if not (outside and name in NOT_OUTSIDE)}


def figures(known: Mapping[str, float], lang: Lang) -> list[tuple[str, str]]:
    """(what it is called, how much) of each figure; of those that are 1 or 0 only the ones that hold."""
    nth = 1 if lang == "zh" else 0
    units = {name: FEATURES[name].unit for name in known if name in FEATURES}
    return [
        (TITLES[name][nth], "" if unit == "yes" else _number(known[name], UNITS[unit][nth]).strip())
        for name, unit in units.items()
        if unit != "yes" or known[name]
    ]


def title(rule: WarningRule, lang: Lang, *, outside: bool) -> str:
    """What a rule is called; outside, one that counts complaints has no name of its own."""
    if outside and any(condition.feature in NOT_OUTSIDE for condition in rule.all):
        return OTHER_HINTS[lang]
    return rule.title_zh if lang == "zh" else rule.title


def _rule(name: str, lang: Lang, outside: bool, rule: WarningRule | None) -> str:
    if rule is not None:
        return title(rule, lang, outside=outside)
    return OTHER_HINTS[lang] if outside else name


def _compared(reason: Reason, lang: Lang) -> str:
    nth = 1 if lang == "zh" else 0
    unit = UNITS[FEATURES[reason.feature].unit if reason.feature != COMBINED else "share"][nth]
    figure, limit = (_number(n, unit) for n in (reason.figure, reason.limit))
    return _SENTENCE[lang].format(
        title=TITLES[reason.feature][nth],
        figure=figure,
        compared=_COMPARED[reason.comparison][nth],
        limit=limit,
    )


def _number(number: float, unit: str) -> str:
    return f"{number * 100:.4g}%" if unit == "%" else f"{number:.4g}{unit}"


OTHER_HINTS: Mapping[Lang, str] = {"en": "other hints", "zh": "其他线索"}

_SENTENCE: Mapping[Lang, str] = {
    "en": "{title}: {figure}, {compared} {limit}",
    "zh": "{title}：{figure}，{compared} {limit}",
}

_COMPARED: Mapping[Comparison, tuple[str, str]] = {
    "more_than": ("more than", "超过"),
    "at_least": ("at least", "不低于"),
    "less_than": ("less than", "低于"),
    "at_most": ("at most", "不高于"),
}

UNITS: Mapping[str, tuple[str, str]] = {
    "passes": (" passes", " 次"),
    "cards": (" cards", " 张"),
    "days": (" days", " 天"),
    "times": (" times", " 倍"),
    "share": ("%", "%"),
    "MAD": (" MAD", " 倍中位差"),
    "kWh": (" kWh", " 千瓦时"),
    "m³": (" m³", " 立方米"),
    "ads": (" ads", " 条"),
    "rooms": (" rooms", " 间"),
    "persons": (" persons", " 人"),
    "m²": (" m²", " 平方米"),
    "complaints": (" complaints", " 件"),
    "yes": ("", ""),
}
"""Each unit as it follows a number, in English and Chinese."""

_METERED = {
    "electricity": ("electricity", "用电"),
    "water": ("water", "用水"),
    "gas": ("gas", "用气"),
}
_OF_METERS = {
    "total": ("{} of the day", "当日{}量"),
    "peak_to_valley": ("{}, most of an hour against least", "日{}峰谷比"),
    "weekend_share": ("{}, share of weekends in 28 days", "28 日内周末{}占比"),
    "to_peers": ("{} of 7 days against homes as large", "7 日{}与同户型中位数之比"),
    "peer_mads": ("{} of 7 days above homes as large", "7 日{}高出同户型中位数"),
    "to_before": ("{} of 7 days against before it was put right", "7 日{}与整治前水平之比"),
    "silent_days": ("days without a reading of {}", "连续无{}读数"),
}

TITLES: Mapping[str, tuple[str, str]] = {
    COMBINED: ("combined score", "综合评分"),
    "passes": ("passes of the day", "当日通行"),
    "distinct_cards": ("cards that passed that day", "当日不同门禁卡"),
    "distinct_cards_7d": ("cards that passed in 7 days", "7 日内不同门禁卡"),
    "most_passes": ("most passes of one card that day", "当日单卡最多通行"),
    "often_run": ("days running on which one card passed more than 10 times", "单卡每日通行超过 10 次连续"),
    "night_entries": ("passes from midnight to five", "零时至五时通行"),
    "passes_to_before": ("passes of 7 days against before it was put right", "7 日通行与整治前水平之比"),
    **{
        f"{meter}_{figure}": (en.format(said[0]), zh.format(said[1]))
        for meter, said in _METERED.items()
        for figure, (en, zh) in _OF_METERS.items()
    },
    "beds_listed_30d": ("ads by the bed in 30 days", "30 日内按床位招租"),
    "rooms_listed_30d": ("most rooms advertised in 30 days", "30 日内招租最多房间"),
    "rooms": ("rooms as designed", "原始设计房间"),
    "persons_a_room": ("registered persons a room", "每间登记居住"),
    "area_a_person": ("area a registered person", "人均登记面积"),
    "complaints_30d": ("complaints in 30 days", "30 日内投诉"),
    "under_watch": ("under watch", "回头看期内"),
    "released": ("released from watch", "已解除回头看"),
    "exempt_family": ("exempt as a family", "家庭豁免"),
    "exempt_shop": ("exempt as a shop", "商铺豁免"),
    "exempt_other": ("exempt", "其他豁免"),
}
"""What each figure is called, in English and Chinese."""
