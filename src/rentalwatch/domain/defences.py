"""Which line of defence caught a relapse 返潮由谁发现 (domain §1, §3.3).

Three lines are meant to see a relapse before anybody suffers from it: unannounced patrols, the early warning
of the front line, warnings of a platform. A complaint means that all three failed.
"""

from __future__ import annotations

from typing import Literal, get_args

Defence = Literal["patrol", "front_line", "platform", "complaint", "unknown"]
"""巡查, 一线预警, 平台预警, 投诉; unknown: the file does not say."""

DEFENCES: tuple[Defence, ...] = get_args(Defence)

CHANNELS: dict[Defence, tuple[str, ...]] = {
    "complaint": (
        *("12345", "110", "119", "12319", "hotline", "complaint", "petition", "police", "resident"),
        *("热线", "投诉", "信访", "来信来访", "报警", "群众举报", "居民投诉"),
    ),
    "patrol": (
        *("patrol", "revisit", "inspection", "joint_action"),
        *("巡查", "回头看", "检查", "集中整治"),
    ),
    "front_line": (
        *("property_manager", "manager", "neighbourhood", "neighbourhood_committee", "owners_committee"),
        *("volunteer", "grid", "物业", "居委", "居委会", "村居", "业委会", "志愿者", "楼组长", "网格"),
    ),
    "platform": (*("platform", "alert", "signal", "data"), *("平台", "预警", "数据")),
}
"""Defence → the channels by which it speaks, as sources and people write them."""

_OF_CHANNEL: dict[str, Defence] = {name: d for d, names in CHANNELS.items() for name in names}


def defence_of(channel: str) -> Defence:
    """The line of defence that speaks by a channel, whatever its case; spaces and hyphens are underscores."""
    return _OF_CHANNEL.get(channel.strip().casefold().replace(" ", "_").replace("-", "_"), "unknown")
