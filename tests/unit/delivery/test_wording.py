"""Texts that people read: short, whole, in their language."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rentalwatch.delivery.notification import Notification, Said, Severity
from rentalwatch.delivery.wording import cut, text, title

ZONE = "Asia/Shanghai"


def noted(number: int, **said: object) -> Notification:
    usual = {
        "id": f"n-{number}", "level": "manager", "area": "sh/e-7/", "place": "sh/e-7/b-3/",
        "title": Said(en=f"Home {number}", zh=f"{number} 室"), "body": Said(en="Seven cards.", zh="七张卡。"),
    }  # fmt: skip
    return Notification.model_validate(usual | said)


def test_one_is_told_with_its_body_and_its_deadline() -> None:
    one = noted(302, severity=Severity.URGENT, due="2026-01-02T04:00:00Z")
    assert text([one], "zh", ZONE, 2_000) == "【紧急】302 室\n七张卡。\n请于 2026-01-02 12:00 前反馈"
    assert text([one], "en", ZONE, 2_000) == "[Urgent] Home 302\nSeven cards.\nAnswer by 2026-01-02 12:00"


def test_several_are_told_under_one_heading_with_the_first_deadline() -> None:
    fifty = [noted(n, due=f"2026-01-{2 + n % 5:02}T04:00:00Z") for n in range(50)]
    lines = text(fifty, "zh", ZONE, 2_000).splitlines()
    assert lines[0] == "【预警】sh / e-7 / b-3 共 50 条提醒"
    assert lines[1] == "1. 0 室"
    assert lines[-2:] == ["……另有 30 条", "请于 2026-01-02 12:00 前反馈"]


def test_a_title_is_one_line_whatever_is_in_it() -> None:
    assert "\n" not in title([noted(1, title=Said(en="a\nBcc: b", zh="甲\n乙"))], "en")


@given(st.text(), st.integers(3, 40))
def test_a_cut_text_fits_and_tears_no_character(said: str, limit: int) -> None:
    short = cut(said.encode(errors="ignore").decode(), limit)
    assert len(short.encode()) <= limit
    assert short.removesuffix("…") == "" or said.encode(errors="ignore").decode().startswith(
        short.removesuffix("…")
    )
