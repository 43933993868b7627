"""Mail by SMTP, with TLS. Everybody whom a channel names gets it, or nobody does.

If one recipient is refused, nothing is sent: those who were accepted would otherwise get it anew with every
further try.
"""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from email.message import EmailMessage
from email.utils import format_datetime

from rentalwatch.delivery.addresses import connect
from rentalwatch.delivery.channels import Channel
from rentalwatch.delivery.claiming import Claimed
from rentalwatch.delivery.deadline import Deadline, Timeouts
from rentalwatch.delivery.outcomes import FailedError, Result
from rentalwatch.delivery.posting import trust
from rentalwatch.delivery.wording import cut, text, title
from rentalwatch.domain.instants import Micros, instant

PORTS = {"starttls": 587, "tls": 465, "none": 25}
MAX_TEXT = 64 * 1024
MAX_SUBJECT = 180
"""Bytes of a subject: longer ones are cut by whoever shows them."""


class _Smtp(smtplib.SMTP):
    """Connects as posts do: to permitted addresses only, watched by a deadline."""

    def __init__(self, channel: Channel, timeouts: Timeouts, deadline: Deadline) -> None:
        self.channel, self.timeouts, self.deadline = channel, timeouts, deadline
        # the sender's domain: the look-up of this machine's own name may wait, and is nobody's business
        super().__init__(local_hostname=_domain(channel), timeout=timeouts.read)
        self._host = channel.host  # what STARTTLS asks the certificate for
        status, _ = self.connect(channel.host, channel.port or PORTS[channel.tls])
        if status != 220:
            self.close()
            raise smtplib.SMTPConnectError(status, b"")

    def _get_socket(self, host: str, port: int, _timeout: float) -> socket.socket:
        sock = connect(host, port, private=self.channel.allow_private, seconds=self.timeouts.connect)
        self.deadline.watch(sock)
        sock.settimeout(self.timeouts.read)
        if self.channel.tls == "tls":
            sock = trust().wrap_socket(sock, server_hostname=host)
        return sock


def send(
    channel: Channel,
    secrets: Mapping[str, str],
    claimed: Claimed,
    now: Micros,
    timeouts: Timeouts = Timeouts(),
) -> Result:
    """Sends once; `sent` once the server took it for everybody. Raises FailedError."""
    with Deadline(timeouts.total) as deadline:
        try:
            return _spoken(
                _Smtp(channel, timeouts, deadline), channel, secrets, mail_of(channel, claimed, now)
            )
        except smtplib.SMTPServerDisconnected as e:
            over = deadline.over or isinstance(e.__context__, TimeoutError)
            raise FailedError("timeout" if over else "broken", "answer" if over else "reset") from e
        except smtplib.SMTPResponseException as e:
            raise FailedError("refused", _WHY.get(type(e), "content"), e.smtp_code) from e
        except smtplib.SMTPException as e:
            raise FailedError("refused", "not_supported") from e
        except ssl.SSLError as e:
            raise FailedError("timeout" if deadline.over else "unreachable", "tls") from e
        except OSError as e:
            over = deadline.over or isinstance(e, TimeoutError)
            raise FailedError("timeout" if over else "broken", "answer" if over else "reset") from e


def _spoken(smtp: _Smtp, channel: Channel, secrets: Mapping[str, str], mail: EmailMessage) -> Result:
    try:
        if channel.tls == "starttls":
            smtp.starttls(context=trust())
        if channel.user:
            smtp.login(channel.user, secrets["secret_env"])
        result = _handed_over(smtp, channel, mail)
        with suppress(smtplib.SMTPException, OSError):  # the mail is theirs, however they say good-bye
            smtp.quit()
        return result
    finally:
        smtp.close()


_WHY: dict[type[smtplib.SMTPResponseException], str] = {
    smtplib.SMTPAuthenticationError: "login",
    smtplib.SMTPConnectError: "greeting",
    smtplib.SMTPHeloError: "greeting",
}


def _handed_over(smtp: smtplib.SMTP, channel: Channel, mail: EmailMessage) -> Result:
    smtp.ehlo_or_helo_if_needed()
    status, _ = smtp.mail(channel.sender or "")
    if status != 250:
        return Result("refused", status, "sender")
    for recipient in channel.to:
        status, _ = smtp.rcpt(recipient)
        if status not in (250, 251):
            smtp.rset()
            return Result("refused", status, "recipient")
    status, _ = smtp.data(mail.as_bytes())
    return Result("sent", status) if status == 250 else Result("refused", status, "content")


def mail_of(channel: Channel, claimed: Claimed, now: Micros) -> EmailMessage:
    """The mail. Its Message-ID is the message's, so that a repeat is shown once."""
    mail = EmailMessage()
    mail["From"] = channel.sender
    mail["To"] = ", ".join(channel.to)
    mail["Subject"] = cut(title(claimed.notifications, channel.lang), MAX_SUBJECT)
    mail["Date"] = format_datetime(instant(now))
    mail["Message-ID"] = f"<{claimed.id}@{_domain(channel)}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(text(claimed.notifications, channel.lang, channel.zone, MAX_TEXT), cte="base64")
    return mail


def _domain(channel: Channel) -> str:
    return (channel.sender or "").rpartition("@")[2]
