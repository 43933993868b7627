"""The file of channels: what is wrong is told with its line, and no secret is in it."""

from __future__ import annotations

import pytest

from rentalwatch.delivery.channel_file import checked, secrets_of
from rentalwatch.delivery.channels import Channels
from rentalwatch.delivery.directory import Directory
from rentalwatch.delivery.notification import Notification, Said
from rentalwatch.errors import InvalidInputError

GOOD = """
zone: Asia/Shanghai
retry: {attempts: 20, hours: 12}
channels:
  - name: e-7-office
    kind: wecom
    levels: [manager]
    areas: [sh/pudong/e-7/]
    token_env: E7_ROBOT
    quiet: {from: "22:00", until: "07:00", unless: urgent}
    digest: 5
  - name: squad
    kind: dingtalk
    levels: [squad, subdistrict]
    areas: [sh/pudong/]
    at_least: warning
    token_env: SQUAD_ROBOT
    secret_env: SQUAD_SIGN
  - name: platform
    kind: webhook
    levels: [manager, neighbourhood, squad, subdistrict]
    areas: [""]
    url: https://alerts.example.org/hook
    secret_env: PLATFORM_SECRET
  - name: mail
    kind: smtp
    levels: [subdistrict]
    areas: [sh/]
    host: mail.example.org
    user: rentalwatch
    secret_env: MAIL_PASSWORD
    from: rentalwatch@example.org
    to: [duty@example.org]
"""


def read(text: str) -> Channels:
    channels, complaints = checked(text)
    assert channels is not None, complaints
    return channels


def wrong(old: str, new: str) -> tuple[int, str, str]:
    """The one complaint about the good file with something changed."""
    assert old in GOOD
    channels, complaints = checked(GOOD.replace(old, new, 1))
    assert channels is None
    (said,) = complaints
    return said.line, said.where, said.what


def test_a_good_file_is_read_whole() -> None:
    channels = read(GOOD).by_name()
    assert list(channels) == ["e-7-office", "squad", "platform", "mail"]
    assert {c.zone for c in channels.values()} == {"Asia/Shanghai"}
    assert [c.limit for c in channels.values()] == [20, 20, None, None]


@pytest.mark.parametrize(
    ("old", "new", "line", "what"),
    [
        ("kind: wecom", "kind: fax", 6, "Input should be"),
        ("token_env: E7_ROBOT", "url: https://x.org/?key=693a91f6-7xxx", 9, "holds a secret"),
        ("token_env: E7_ROBOT", "token: 693a91f6", 9, "Extra inputs"),
        ("token_env: E7_ROBOT", "token_env: 693a91f6", 9, "String should match"),
        ("    token_env: E7_ROBOT\n", "", 5, "wecom needs token_env"),
        ("kind: wecom", "kind: wecom\n    secret_env: X", 7, "wecom has no secret_env"),
        ("https://alerts", "https://me:secret@alerts", 23, "holds a name or a password"),
        ("https://alerts", "http://alerts", 23, "http without TLS"),
        ("https://alerts.example.org/hook", "ftp://alerts.example.org/", 23, "is no URL"),
        ("https://alerts.example.org/hook", "https://alerts.example.org:99999/", 19, "ort"),
        ("host: mail.example.org", "host: mail.example.org\n    tls: none", 30, "mail without TLS"),
        ("    user: rentalwatch\n", "", 25, "a login has a user and a secret_env"),
        ("to: [duty@example.org]", "to: ['a@b.c, d@e.f']", 33, "String should match"),
        ("levels: [manager]", "levels: [owner]", 7, "Input should be"),
        ("areas: [sh/pudong/e-7/]", "areas: [sh/pudong/e-7]", 8, "String should match"),
        ("at_least: warning", "at_least: grave", 16, "is none of notice, warning, urgent"),
        ('from: "22:00"', 'from: "22"', 10, "String should match"),
        ("zone: Asia/Shanghai", "zone: Asia/Nowhere", 2, "is no time zone"),
        ("name: squad", "name: e-7-office", 12, "the name of another channel"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(old: str, new: str, line: int, what: str) -> None:
    found, _, said = wrong(old, new)
    assert what in said
    assert found == line


def test_a_robots_token_in_the_url_is_refused() -> None:
    text = """
channels:
  - {name: a, kind: feishu, levels: [squad], areas: [""], token_env: T,
     url: "https://open.feishu.cn/open-apis/bot/v2/hook/0f1e2d3c-aaaa-bbbb-cccc-121212121212"}
"""
    _, complaints = checked(text)
    assert "token" in complaints[0].what


def test_secrets_come_from_the_environment_and_a_missing_one_is_named() -> None:
    squad = read(GOOD).by_name()["squad"]
    assert secrets_of(squad, {"SQUAD_ROBOT": "t", "SQUAD_SIGN": " s\n"}) == {
        "token_env": "t",
        "secret_env": "s",
    }
    with pytest.raises(InvalidInputError, match="SQUAD_SIGN") as refused:
        secrets_of(squad, {"SQUAD_ROBOT": "t", "SQUAD_SIGN": " "})
    assert refused.value.code == "RW-CHANNEL-SECRET"


def test_a_webhooks_secret_that_is_none_is_refused_without_being_told() -> None:
    platform = read(GOOD).by_name()["platform"]
    with pytest.raises(InvalidInputError) as refused:
        secrets_of(platform, {"PLATFORM_SECRET": "hunter2"})
    assert refused.value.code == "RW-CHANNEL-SECRET"
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("level", "area", "severity", "names"),
    [
        ("manager", "sh/pudong/e-7/", "notice", ["e-7-office", "platform"]),
        ("manager", "sh/pudong/e-70/", "notice", ["platform"]),
        ("manager", "sh/pudong/", "notice", ["platform"]),
        ("squad", "sh/pudong/e-7/", "notice", ["platform"]),
        ("squad", "sh/pudong/e-7/", "warning", ["platform", "squad"]),
        ("subdistrict", "sh/minhang/", "urgent", ["mail", "platform"]),
        ("neighbourhood", "", "urgent", ["platform"]),
    ],
)
def test_who_is_told(level: str, area: str, severity: str, names: list[str]) -> None:
    channels = read(GOOD).by_name()
    told = Notification.model_validate(
        {"id": "n", "level": level, "area": area, "severity": severity, "title": Said(en="x", zh="x")}
    )
    found = Directory(channels).taking(told)
    assert [c.name for c in found] == names
    assert sorted(names) == sorted(c.name for c in channels.values() if c.takes(told))
