"""The sender with all its threads, against servers that fail as real ones do."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from random import Random
from threading import Thread

import pytest
import sqlalchemy as sa

from projections.database import writing
from rentalwatch.delivery.channels import Channel, Channels
from rentalwatch.delivery.deadline import Timeouts
from rentalwatch.delivery.directory import Directory
from rentalwatch.delivery.figures import Line, listed
from rentalwatch.delivery.outbox import Outbox
from rentalwatch.delivery.routing import route
from rentalwatch.delivery.sender import Sender
from rentalwatch.delivery.tables import ATTEMPTS, MESSAGES
from rentalwatch.ledger.store import wall_clock
from rentalwatch.observe.health import Health
from rentalwatch.observe.stopping import Stopping
from tests.integration.delivery import servers
from tests.integration.delivery.parts import SECRETS, alert, channel, channels
from tests.integration.delivery.servers import Request, Server, answers, says, serving

QUICK = Timeouts(connect=1.0, read=0.15, total=0.4)
FAILING = [
    servers.vanishes, servers.resets, servers.cuts, servers.babbles, answers(500),
    answers(429, Retry_After="0"), answers(302, Location="http://127.0.0.1:1/"), servers.hangs,
]  # fmt: skip


@pytest.fixture
def outbox(outbox: Outbox) -> Outbox:
    """With the clock of the machine: what waits must come to its end."""
    return Outbox(outbox.engine, wall_clock)


def sender(outbox: Outbox, said: Channels) -> Sender:
    return Sender(outbox, said, {c.name: SECRETS for c in said.channels}, timeouts=QUICK)


def drained(outbox: Outbox, *senders: Sender) -> None:
    """Lets them send until nothing waits any more."""

    def run(each: Sender) -> None:
        while any(line.state in ("waiting", "sending") for line in lines(outbox)) or each.step():
            each.once()
            time.sleep(0.02)

    threads = [Thread(target=run, args=(each,)) for each in senders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for each in senders:
        each.close()


def lines(outbox: Outbox) -> list[Line]:
    with outbox.engine.begin() as connection:
        return listed(connection)[0]


def failing(seed: int, yes: servers.Behaviour) -> Callable[[int, Request], servers.Behaviour]:
    """Three in ten requests fail, in one of many ways."""
    dice = Random(seed)
    return lambda _nth, _request: dice.choice(FAILING) if dice.random() < 0.3 else yes


def told_to(server: Server) -> Counter[str]:
    """How often each notification was accepted."""
    return Counter(n["id"] for request in server.accepted for n in request.json["data"]["notifications"])


def test_a_thousand_through_servers_that_fail_three_times_in_ten(outbox: Outbox) -> None:
    # given 1,000 notifications of as many places for a webhook and a robot, some for a webhook that takes
    # nothing, and two senders
    put = [alert(place=f"sh/pudong/e-7/b-{n}/") for n in range(1_000)]
    lost = [alert(place=f"sh/pudong/e-7/b-{n}/", level="squad") for n in range(20)]
    dice = Random(3)
    with (
        serving(failing(1, servers.ok), each=True) as hook,
        serving(failing(2, servers.robot_ok), each=True) as robot,
        serving(lambda _nth, _request: dice.choice(FAILING), each=True) as never,
    ):
        said = channels(
            channel(url=hook.url),
            channel(name="robot", kind="dingtalk", url=robot.url, per_minute=10_000),
            channel(name="never", url=never.url, levels=["squad"]),
            attempts=25,
        )
        for begin in range(0, 1_000, 40):
            outbox.put(put[begin : begin + 40])
        outbox.put(lost)
        drained(outbox, sender(outbox, said), sender(outbox, said))
    # then each was delivered at least once to both, and nothing is called sent that was refused
    assert told_to(hook).keys() == {n.id for n in put}
    assert len({r.json["text"]["content"] for r in robot.accepted}) == 1_000
    assert Counter((line.channel, line.state) for line in lines(outbox)) == {
        ("office", "sent"): 1_000, ("robot", "sent"): 1_000, ("never", "given_up"): 20
    }  # fmt: skip
    # and every request that a server saw is an attempt on record
    for server, name in ((hook, "office"), (robot, "robot"), (never, "never")):
        outcomes = tried(outbox, name)
        assert outcomes["sent"] == (0 if server is never else 1_000)
        assert outcomes["unknown"] == 0
        assert len(server.requests) <= outcomes.total()
        assert len(server.accepted) < len(server.requests)


def tried(outbox: Outbox, channel_name: str) -> Counter[str]:
    """Attempts of a channel by outcome."""
    query = sa.select(ATTEMPTS.c.outcome).join(MESSAGES, MESSAGES.c.id == ATTEMPTS.c.message_id)
    with outbox.engine.begin() as connection:
        return Counter(connection.execute(query.where(MESSAGES.c.channel == channel_name)).scalars())


def test_a_server_that_hangs_holds_up_nobody_else(outbox: Outbox) -> None:
    with serving(servers.hangs) as slow, serving(servers.ok) as quick:
        said = channels(
            channel(url=slow.url), channel(name="other", url=quick.url, levels=["squad"]), attempts=1
        )
        outbox.put(alert(place=f"sh/b-{n}/") for n in range(10))
        outbox.put(alert(place=f"sh/b-{n}/", level="squad") for n in range(10))
        working = sender(outbox, said)
        working.step()
        while len(quick.accepted) < 10:
            working.step()
            time.sleep(0.01)
        sent_meanwhile = sum(line.state == "given_up" for line in lines(outbox))
        drained(outbox, working)

    assert sent_meanwhile < 10
    assert Counter((line.channel, line.state) for line in lines(outbox)) == {
        ("office", "given_up"): 10, ("other", "sent"): 10
    }  # fmt: skip


@pytest.mark.parametrize("refusing", [says(errcode=310000), answers(500), servers.vanishes])
def test_what_is_always_refused_is_given_up_and_seen(outbox: Outbox, refusing: servers.Behaviour) -> None:
    with serving(refusing) as server:
        said = channels(channel(kind="dingtalk", url=server.url), attempts=4)
        outbox.put([alert()])
        drained(outbox, sender(outbox, said))

    (line,) = lines(outbox)
    assert (line.state, line.tries, len(server.requests)) == ("given_up", 4, 4)
    assert line.outcome != "sent"


def test_messages_of_a_channel_that_is_no_longer_there_wait_and_are_not_lost(outbox: Outbox) -> None:
    with serving(servers.ok) as server:
        office: Channel = channel(url=server.url)
        outbox.put([alert()])
        route(outbox.engine, Directory({"old": channel(name="old", url=server.url)}), outbox.clock())
        other = sender(outbox, channels(office))
        other.once()
        other.close()
        assert [(line.channel, line.state) for line in lines(outbox)] == [("old", "waiting")]
        drained(outbox, sender(outbox, channels(office.model_copy(update={"name": "old"}))))

    assert len(server.accepted) == 1


def test_nothing_secret_is_logged_or_kept(outbox: Outbox, caplog: pytest.LogCaptureFixture) -> None:
    told = answers(500, b"the secret is whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    with serving(told) as server:
        said = channels(channel(kind="wecom", url=server.url), attempts=1)
        outbox.put([alert()])
        drained(outbox, sender(outbox, said))
    with outbox.engine.begin() as connection:
        kept = str([connection.execute(sa.select(t)).all() for t in (MESSAGES, ATTEMPTS)])

    logged = "".join(
        f"{r.getMessage()} {vars(r)}" for r in caplog.records if r.name.startswith("rentalwatch")
    )
    assert "not sent" in logged
    for secret in (*SECRETS.values(), "the secret is"):
        assert secret not in kept + logged


def test_an_outage_of_the_database_is_waited_out_and_shown(outbox: Outbox) -> None:
    with serving(servers.ok) as server, Stopping() as stopping:
        health = Health("delivery")
        working = sender(outbox, channels(channel(url=server.url)))
        with writing(outbox.engine).begin() as connection:
            connection.exec_driver_sql("ALTER TABLE notifications RENAME TO away")
        thread = Thread(target=working.run, args=(stopping, health))
        thread.start()
        while "database" not in health.problems():
            time.sleep(0.02)
        with writing(outbox.engine).begin() as connection:
            connection.exec_driver_sql("ALTER TABLE away RENAME TO notifications")
        outbox.put([alert()])
        while not server.accepted or health.problems():
            time.sleep(0.02)
        stopping.set()
        thread.join()

    assert not thread.is_alive()
