"""One try against a real server: sent is only what the other side took."""

from __future__ import annotations

import pytest

from rentalwatch.delivery import signing
from rentalwatch.delivery.outcomes import OUTCOMES, Result
from rentalwatch.delivery.posting import trust
from rentalwatch.delivery.sending import send
from tests.integration.delivery import servers
from tests.integration.delivery.mail_server import TLS
from tests.integration.delivery.parts import NOON, SECRET, SECRETS, SHORT, alert, channel, claimed
from tests.integration.delivery.servers import Behaviour, answers, says, serving

NOT_SENT = {
    "hangs": (servers.hangs, "timeout"),
    "drips": (servers.drips, "timeout"),
    "resets": (servers.resets, "broken"),
    "cuts": (servers.cuts, "broken"),
    "vanishes": (servers.vanishes, "broken"),
    "babbles": (servers.babbles, "broken"),
    "400": (answers(400), "refused"),
    "401": (answers(401), "refused"),
    "404": (answers(404), "refused"),
    "410": (answers(410), "refused"),
    "429": (answers(429), "limited"),
    "500": (answers(500), "refused"),
    "503": (answers(503), "refused"),
    "304": (answers(304), "refused"),
}


def tried(behaviour: Behaviour, kind: str = "webhook", **said: object) -> tuple[Result, servers.Server]:
    with serving(behaviour) as server:
        return send(channel(kind=kind, url=server.url, **said), SECRETS, claimed(), NOON, SHORT), server


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_a_webhook_has_it_when_it_says_so(status: int) -> None:
    result, server = tried(answers(status))

    assert result == Result("sent", status)
    assert len(server.requests) == 1


@pytest.mark.parametrize(("behaviour", "outcome"), NOT_SENT.values(), ids=NOT_SENT)
@pytest.mark.parametrize("kind", ["webhook", "wecom"])
def test_what_was_not_taken_is_never_called_sent(behaviour: Behaviour, outcome: str, kind: str) -> None:
    result, server = tried(behaviour, kind)

    assert result.outcome == outcome
    assert result.outcome in OUTCOMES
    assert len(server.requests) == 1


@pytest.mark.parametrize("kind", ["webhook", "wecom", "dingtalk", "feishu"])
def test_where_nobody_listens_it_is_unreachable(kind: str) -> None:
    nobody = channel(kind=kind, url=f"http://127.0.0.1:{servers.nobody()}/")

    assert send(nobody, SECRETS, claimed(), NOON, SHORT).outcome == "unreachable"


def test_a_name_that_nobody_has_is_unreachable() -> None:
    unknown = channel(url="http://nobody.invalid/")

    assert send(unknown, SECRETS, claimed(), NOON, SHORT) == Result("unreachable", code="name")


def test_speaking_tls_to_who_does_not_is_unreachable() -> None:
    with serving(servers.babbles) as server:
        https = channel(url=server.url.replace("http:", "https:"))
        assert send(https, SECRETS, claimed(), NOON, SHORT) == Result("unreachable", code="tls")


@pytest.mark.parametrize(
    "answer",
    [
        says(errcode=93000, errmsg="invalid webhook url"),
        says(errcode=310000, errmsg="sign not match"),
        says(code=19021, msg="sign match fail or timestamp is not within one hour from current time"),
        says(StatusCode=1),
    ],
)
@pytest.mark.parametrize("kind", ["wecom", "dingtalk", "feishu"])
def test_a_robot_that_answers_200_with_an_error_has_refused(answer: Behaviour, kind: str) -> None:
    result, _ = tried(answer, kind)

    assert (result.outcome, result.status) == ("refused", 200)
    assert result.code in {"93000", "310000", "19021", "1"}


@pytest.mark.parametrize(
    "answer",
    [answers(200), answers(200, b"ok"), says(), says(errcode="0"), says(errcode=None), says(code=False),
     answers(200, b"[0]"), answers(200, b'{"errcode": 0'), answers(200, b"[" * 10_000), servers.floods],
)  # fmt: skip
def test_a_robot_that_does_not_say_yes_has_not_said_it(answer: Behaviour) -> None:
    result, _ = tried(answer, "wecom")

    assert result.outcome == "broken"


@pytest.mark.parametrize(
    ("kind", "answer"),
    [("wecom", says(errcode=0)), ("dingtalk", says(errcode=0)), ("feishu", says(code=0, StatusCode=0)),
     ("feishu", says(StatusCode=0, StatusMessage="success"))],
)  # fmt: skip
def test_a_robot_has_it_when_its_code_says_so(kind: str, answer: Behaviour) -> None:
    assert tried(answer, kind)[0] == Result("sent", 200)


@pytest.mark.parametrize(
    ("kind", "answer"),
    [("wecom", says(errcode=45009)), ("dingtalk", says(errcode=130101)), ("feishu", says(code=11232))],
)
def test_a_robot_that_got_too_many_is_left_alone_for_a_minute(kind: str, answer: Behaviour) -> None:
    result, _ = tried(answer, kind)

    assert (result.outcome, result.wait) == ("limited", 60.0)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("7", 7.0), ("Thu, 01 Jan 2026 04:00:30 GMT", 30.0), ("Wed, 31 Dec 2025 04:00:00 GMT", 0.0),
     ("soon", None), ("-5", None), ("9" * 400, None), ("", None), ("Thu, 99 Foo 2026", None)],
)  # fmt: skip
def test_the_wait_that_is_asked_for_is_heard(said: str, seconds: float | None) -> None:
    result, _ = tried(answers(429, Retry_After=said))

    assert (result.outcome, result.wait) == ("limited", seconds)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("kind", ["webhook", "wecom"])
def test_a_redirect_is_not_followed(status: int, kind: str) -> None:
    with serving(servers.robot_ok) as elsewhere:
        result, _ = tried(answers(status, Location=elsewhere.url), kind)

        assert (result.outcome, result.status) == ("refused", status)
        assert not elsewhere.requests


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "2130706433",
        "0x7f.1",
        "127.1",
        "[::ffff:127.0.0.1]",
        "[::1]",
        "0.0.0.0",
        "0",
    ],
)
def test_no_spelling_of_this_machine_is_reached_unless_allowed(host: str) -> None:
    with serving(servers.ok) as server:
        # http and not https: it must be the address that is refused, not the missing certificate
        trap = channel(url=f"http://{host}:{server.port}/").model_copy(update={"allow_private": False})
        result = send(trap, SECRETS, claimed(), NOON, SHORT)

        assert result == Result("forbidden", code="address")
        assert not server.requests


def test_the_signature_is_one_that_the_receiver_can_check() -> None:
    with serving(servers.ok) as server:
        send(channel(url=server.url), SECRETS, claimed(alert()), NOON, SHORT)
    (request,) = server.requests

    headers = request.headers
    told = headers["webhook-id"], int(headers["webhook-timestamp"]), request.body
    assert headers["webhook-signature"] == signing.standard(SECRET, *told)
    assert told[:2] == ("msg_1", 1_767_240_000)


def test_a_webhook_says_what_it_is_about_and_nothing_else() -> None:
    one = alert()
    with serving(servers.ok) as server:
        send(channel(url=server.url), SECRETS, claimed(one), NOON, SHORT)

    said = server.requests[0].json
    assert set(said) == {"type", "timestamp", "data"}
    assert said["data"]["notifications"] == [
        {"id": one.id, "about": list(one.about), "title": one.title.model_dump(),
         "body": {"en": "", "zh": ""}, "due": None}
    ]  # fmt: skip


def test_robots_are_asked_as_each_wants_it() -> None:
    asked = {}
    for kind in ("wecom", "dingtalk", "feishu"):
        with serving(servers.robot_ok) as server:
            signed = {} if kind == "wecom" else {"secret_env": "ROBOT_SECRET"}
            send(channel(kind=kind, url=server.url, **signed), SECRETS, claimed(), NOON, SHORT)
            (asked[kind],) = server.requests

    assert asked["wecom"].target == "/hook?key=token-of-the-robot"
    assert asked["wecom"].json["text"]["content"].startswith("【预警】第")
    assert asked["dingtalk"].target.startswith(
        "/hook?access_token=token-of-the-robot&timestamp=1767240000000&sign="
    )
    assert asked["feishu"].target == "/hook/token-of-the-robot"
    assert asked["feishu"].json["timestamp"] == "1767240000"
    assert asked["feishu"].json["sign"] == signing.feishu(SECRET, 1_767_240_000)


def test_nothing_in_a_title_wakes_a_whole_group() -> None:
    sly = alert(title={"en": "x", "zh": '<at user_id="all">所有人</at>'})
    with serving(says(code=0)) as server:
        send(channel(kind="feishu", url=server.url), SECRETS, claimed(sly), NOON, SHORT)

    assert "<at" not in server.requests[0].json["content"]["text"]


def test_over_tls_it_is_sent_to_who_has_the_certificate_of_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(servers.ok, tls=True) as server:
        https = channel(url=f"https://localhost:{server.port}/")
        strange = send(https, SECRETS, claimed(), NOON, SHORT)
        monkeypatch.setenv("SSL_CERT_FILE", str(TLS / "localhost.pem"))
        trust.cache_clear()
        trusted = send(https, SECRETS, claimed(), NOON, SHORT)
        other = send(channel(url=f"https://127.1:{server.port}/"), SECRETS, claimed(), NOON, SHORT)
        trust.cache_clear()

    assert strange == Result("unreachable", code="tls")
    assert trusted == Result("sent", 204)
    assert other == Result("unreachable", code="tls")
    assert len(server.requests) == 1


def test_a_handshake_that_drips_comes_to_its_end() -> None:
    with serving(servers.drips, raw=True) as server:
        https = channel(url=f"https://localhost:{server.port}/")
        assert send(https, SECRETS, claimed(), NOON, SHORT).outcome in {"timeout", "unreachable"}
