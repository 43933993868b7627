"""Mail to a real server: sent is what it took for everybody, whatever it says on the way."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rentalwatch.delivery.channels import Channel
from rentalwatch.delivery.outcomes import Result
from rentalwatch.delivery.posting import trust
from rentalwatch.delivery.sending import send
from tests.integration.delivery import servers
from tests.integration.delivery.mail_server import TLS, MailServer, mailing
from tests.integration.delivery.parts import NOON, SHORT, alert, claimed

PASSWORD = {"secret_env": "hunter2"}


def mailbox(server: MailServer, **said: object) -> Channel:
    usual = {
        "name": "duty", "kind": "smtp", "levels": ["manager"], "areas": [""], "host": "localhost",
        "port": server.port, "from": "rentalwatch@example.org",
        "to": ["duty@example.org", "night@example.org"],
        "tls": "none", "allow_private": True, "zone": "Asia/Shanghai",
    }  # fmt: skip
    return Channel.model_validate(usual | said)


def sent_to(server: MailServer, **said: object) -> Result:
    with mailing(server):
        return send(mailbox(server, **said), PASSWORD, claimed(alert()), NOON, SHORT)


@pytest.fixture
def trusted(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The certificate of the tests' servers is believed."""
    monkeypatch.setenv("SSL_CERT_FILE", str(TLS / "localhost.pem"))
    trust.cache_clear()
    yield
    trust.cache_clear()


def test_a_mail_says_what_it_is_about_to_everybody() -> None:
    server = MailServer()
    assert sent_to(server) == Result("sent", 250)

    (mail,) = server.mails
    assert (mail["To"], mail["Message-ID"]) == ("duty@example.org, night@example.org", "<msg_1@example.org>")
    assert str(mail["Subject"]).startswith("【预警】第")
    assert "门禁卡过多" in mail.get_content()


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"": "554 no service"}, Result("refused", 554, "greeting")),
        ({"": "hang"}, Result("timeout", code="answer")),
        ({"": "close"}, Result("broken", code="reset")),
        ({"EHLO": "hang"}, Result("timeout", code="answer")),
        ({"MAIL": "550 go away"}, Result("refused", 550, "sender")),
        ({"MAIL": "reset"}, Result("broken", code="reset")),
        ({"DATA": "554 no"}, Result("refused", 554, "content")),
        ({".": "554 spam"}, Result("refused", 554, "content")),
        ({".": "451 later"}, Result("refused", 451, "content")),
        ({".": "hang"}, Result("timeout", code="answer")),
        ({".": "reset"}, Result("broken", code="reset")),
    ],
)
def test_what_was_not_taken_is_never_called_sent(answers: dict[str, str], expected: Result) -> None:
    server = MailServer(answers)

    assert sent_to(server) == expected
    assert not server.mails


def test_if_one_recipient_is_refused_nobody_gets_it() -> None:
    server = MailServer(refused=frozenset({"night@example.org"}))

    assert sent_to(server) == Result("refused", 550, "recipient")
    assert server.verbs == ["EHLO", "MAIL", "RCPT", "RCPT", "RSET", "QUIT"]
    assert not server.mails


@pytest.mark.parametrize("bye", ["hang", "reset", "close", "421 whatever"])
def test_a_mail_that_was_taken_is_sent_however_the_server_says_good_bye(bye: str) -> None:
    server = MailServer({"QUIT": bye})

    assert sent_to(server) == Result("sent", 250)
    assert len(server.mails) == 1


@pytest.mark.parametrize("tls", ["starttls", "tls"])
def test_with_tls_it_logs_in_and_sends(tls: str, trusted: None) -> None:
    server = MailServer(tls=tls == "tls")

    assert sent_to(server, tls=tls, user="rentalwatch", secret_env="P") == Result("sent", 250)
    assert "AUTH" in server.verbs


@pytest.mark.parametrize("tls", ["starttls", "tls"])
def test_a_certificate_that_is_not_trusted_gets_no_password(tls: str) -> None:
    server = MailServer(tls=tls == "tls")

    assert sent_to(server, tls=tls, user="rentalwatch", secret_env="P") == Result("unreachable", code="tls")
    assert "AUTH" not in server.verbs


def test_a_login_that_is_refused_is_a_refusal(trusted: None) -> None:
    server = MailServer({"AUTH": "535 no"})

    assert sent_to(server, tls="starttls", user="x", secret_env="P") == Result("refused", 535, "login")


def test_without_starttls_nothing_is_said_in_the_clear(trusted: None) -> None:
    server = MailServer({"EHLO": "250 mail.example"})

    assert sent_to(server, tls="starttls") == Result("refused", code="not_supported")
    assert server.verbs == ["EHLO"]


def test_where_no_mail_server_listens_it_is_unreachable() -> None:
    gone = mailbox(MailServer(port=servers.nobody()))

    assert send(gone, PASSWORD, claimed(), NOON, SHORT).outcome == "unreachable"


def test_a_mail_server_on_a_private_address_is_not_reached_unless_allowed() -> None:
    with mailing(MailServer()) as server:
        trap = mailbox(server).model_copy(update={"allow_private": False})
        assert send(trap, PASSWORD, claimed(), NOON, SHORT) == Result("forbidden", code="address")

    assert not server.verbs
