"""From notifications to messages that are taken, tried, waited for and given up, on either database."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from projections.database import writing
from rentalwatch.delivery.channels import Channel
from rentalwatch.delivery.claiming import LEASE_SECONDS, Claimed, claim, due_channels
from rentalwatch.delivery.deciding import Which, drop, replay
from rentalwatch.delivery.directory import Directory
from rentalwatch.delivery.figures import listed, shown, standing, untold
from rentalwatch.delivery.marking import mark
from rentalwatch.delivery.notification import Notification, Severity
from rentalwatch.delivery.outbox import Outbox
from rentalwatch.delivery.outcomes import Result
from rentalwatch.delivery.retrying import Retries
from rentalwatch.delivery.routing import route
from rentalwatch.delivery.tables import PARTS
from tests.integration.delivery.parts import Clock, alert, channel

SENT, REFUSED = Result("sent", 200), Result("refused", 500)
PATIENT = Retries(first_seconds=10, longest_seconds=100, attempts=3, hours=1)


def routed(outbox: Outbox, *channels: Channel) -> int:
    """Everything that was put, in messages."""
    directory = Directory({c.name: c for c in channels})
    total = 0
    while done := route(outbox.engine, directory, outbox.clock()):
        total += done
    return total


def taken(outbox: Outbox, of: Channel, wanted: int = 1_000) -> list[Claimed]:
    return claim(outbox.engine, of, wanted, outbox.clock())


def marked(outbox: Outbox, claimed: Claimed, result: Result, retries: Retries = PATIENT) -> str:
    now = outbox.clock()
    return mark(outbox.engine, claimed, result, seconds=0.1, retries=retries, now=now, draw=lambda: 1.0)


def states(outbox: Outbox) -> Counter[str]:
    with outbox.engine.begin() as connection:
        lines, _ = listed(connection)
    return Counter(line.state for line in lines)


def told(claimed: list[Claimed]) -> list[list[str]]:
    return sorted(sorted(n.id for n in c.notifications) for c in claimed)


def ids(*notifications: Notification) -> list[str]:
    return sorted(n.id for n in notifications)


def test_fifty_alerts_of_one_building_are_one_message(outbox: Outbox) -> None:
    office = channel()
    fifty = [alert() for _ in range(50)]
    for one in fifty[:25]:
        outbox.put([one])
    outbox.put(fifty[25:])
    routed(outbox, office)

    assert told(taken(outbox, office)) == [ids(*fifty)]


def test_another_building_severity_level_or_area_is_another_message(outbox: Outbox) -> None:
    every = channel(levels=["manager", "squad"], areas=[""])
    put = [
        alert(), alert(place="sh/pudong/e-7/b-4/"), alert(severity=Severity.URGENT), alert(level="squad"),
        alert(area="sh/pudong/e-8/"),
    ]  # fmt: skip
    outbox.put(put)
    routed(outbox, every)

    assert told(taken(outbox, every)) == sorted([one.id] for one in put)


def test_the_digest_gathers_until_it_is_over(outbox: Outbox, clock: Clock) -> None:
    office = channel(digest=5)
    put = [alert() for _ in range(4)]
    for one in put[:3]:
        outbox.put([one])
        routed(outbox, office)
        assert not taken(outbox, office)
        clock.pass_(100)
    clock.pass_(1)
    (first,) = taken(outbox, office)
    assert told([first]) == [ids(*put[:3])]
    marked(outbox, first, SENT)
    outbox.put(put[3:])
    routed(outbox, office)
    assert not taken(outbox, office)
    clock.pass_(301)
    assert told(taken(outbox, office)) == [ids(*put[3:])]


def test_the_alerts_of_a_night_come_in_the_morning_as_one_and_urgent_ones_at_once(
    outbox: Outbox, clock: Clock
) -> None:
    office = channel(quiet={"from": "11:30", "until": "20:00"})  # the clock stands at noon
    night = [alert(), alert()]
    urgent = alert(severity=Severity.URGENT)
    outbox.put([night[0], urgent])
    routed(outbox, office)
    clock.pass_(3_600)
    outbox.put(night[1:])
    routed(outbox, office)

    assert told(taken(outbox, office)) == [[urgent.id]]
    clock.pass_(7 * 3_600)
    assert ids(*night) in told(taken(outbox, office))


def test_every_channel_that_takes_it_gets_it_and_one_that_nobody_takes_is_shown(outbox: Outbox) -> None:
    office, squad = channel(), channel(name="squad", levels=["manager", "squad"], areas=["sh/"])
    both, one, nobody = alert(), alert(area="sh/minhang/e-1/"), alert(level="subdistrict")
    outbox.put([both, one, nobody])
    assert routed(outbox, office, squad) == 3

    assert told(taken(outbox, office)) == [[both.id]]
    assert told(taken(outbox, squad)) == sorted([[both.id], [one.id]])
    with outbox.engine.begin() as connection:
        assert [n.id for n in untold(connection)] == [nobody.id]
        assert standing(connection, outbox.clock()).untold == 1


def test_many_who_route_at_once_put_each_notification_into_one_message(outbox: Outbox) -> None:
    office = channel()
    put = [alert(place=f"sh/pudong/e-7/b-{n % 3}/") for n in range(600)]
    outbox.put(put)
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: routed(outbox, office), range(4)))

    assert sum(done) == 600
    claimed = taken(outbox, office)
    assert sorted(n for message in told(claimed) for n in message) == ids(*put)
    assert len(claimed) == 3


def test_many_who_take_at_once_get_different_messages(outbox: Outbox) -> None:
    office = channel()
    outbox.put(alert(place=f"sh/pudong/e-7/b-{n}/") for n in range(60))
    routed(outbox, office)
    with ThreadPoolExecutor(6) as pool:
        claimed = [c for found in pool.map(lambda _: taken(outbox, office, 10), range(12)) for c in found]

    assert len(claimed) == len({c.id for c in claimed}) == 60
    assert not taken(outbox, office)


def test_what_was_taken_is_not_taken_again_until_its_sender_counts_as_dead(
    outbox: Outbox, clock: Clock
) -> None:
    office = channel()
    outbox.put([alert()])
    routed(outbox, office)
    (first,) = taken(outbox, office)

    clock.pass_(LEASE_SECONDS - 1)
    assert not taken(outbox, office)
    clock.pass_(2)
    (again,) = taken(outbox, office)
    assert (again.id, again.number) == (first.id, 2)
    # the first was not dead but slow: that it failed moves nothing, that it sent is true
    assert marked(outbox, first, REFUSED) == "waiting"
    assert states(outbox) == {"sending": 1}
    assert marked(outbox, first, SENT) == "sent"
    assert marked(outbox, again, REFUSED) == "waiting"
    assert states(outbox) == {"sent": 1}


def test_a_try_whose_sender_died_stays_on_record(outbox: Outbox, clock: Clock) -> None:
    office = channel()
    outbox.put([alert()])
    routed(outbox, office)
    (first,) = taken(outbox, office)
    clock.pass_(LEASE_SECONDS + 1)
    (again,) = taken(outbox, office)
    marked(outbox, again, SENT)

    with outbox.engine.begin() as connection:
        (found,) = shown(connection, first.id)
    assert [(a.number, a.outcome, a.status) for a in found.attempts] == [
        (1, "unknown", None),
        (2, "sent", 200),
    ]


def test_a_message_under_way_takes_in_nothing_more(outbox: Outbox, clock: Clock) -> None:
    office = channel()
    first, second = alert(), alert()
    outbox.put([first])
    routed(outbox, office)
    (claimed,) = taken(outbox, office)
    outbox.put([second])
    routed(outbox, office)
    assert marked(outbox, claimed, REFUSED, Retries(first_seconds=1)) == "waiting"
    clock.pass_(1)

    assert told(taken(outbox, office)) == sorted([[first.id], [second.id]])


def test_a_failure_waits_and_is_given_up_in_the_end_and_a_replay_begins_anew(
    outbox: Outbox, clock: Clock
) -> None:
    office = channel()
    outbox.put([alert()])
    routed(outbox, office)
    for wait in (10, 20):
        (claimed,) = taken(outbox, office)
        assert marked(outbox, claimed, REFUSED) == "waiting"
        clock.pass_(wait - 1)
        assert not taken(outbox, office)
        clock.pass_(2)
    (claimed,) = taken(outbox, office)
    assert marked(outbox, claimed, REFUSED) == "given_up"
    clock.pass_(10_000)
    assert not due_channels(outbox.engine, clock())

    assert replay(outbox.engine, clock()) == 1
    (claimed,) = taken(outbox, office)
    assert (claimed.number, claimed.tries_of_turn) == (4, 1)
    assert marked(outbox, claimed, SENT) == "sent"
    assert replay(outbox.engine, clock()) == 0


def test_a_replay_is_of_what_it_names(outbox: Outbox, clock: Clock) -> None:
    office, squad = channel(), channel(name="squad", levels=["squad"])
    outbox.put([alert(), alert(place="sh/b/"), alert(level="squad")])
    routed(outbox, office, squad)
    once = Retries(attempts=1)
    mine = taken(outbox, office)
    for claimed in [*mine, *taken(outbox, squad)]:
        assert marked(outbox, claimed, REFUSED, once) == "given_up"

    assert replay(outbox.engine, clock(), Which(ids=[mine[0].id], channel="squad")) == 0
    assert replay(outbox.engine, clock(), Which(ids=[mine[0].id])) == 1
    assert replay(outbox.engine, clock(), Which(channel="office")) == 1
    assert replay(outbox.engine, clock()) == 1


def test_what_is_dropped_is_neither_listed_nor_sent_any_more_and_stays_on_record(
    outbox: Outbox, clock: Clock
) -> None:
    office = channel()
    outbox.put([alert()])
    routed(outbox, office)
    (claimed,) = taken(outbox, office)
    assert drop(outbox.engine, clock(), Which()) == 0  # it is under way, not given up
    marked(outbox, claimed, REFUSED, Retries(attempts=1))
    assert drop(outbox.engine, clock(), Which()) == 1

    assert replay(outbox.engine, clock()) == 0
    assert states(outbox) == {"dropped": 1}
    with outbox.engine.begin() as connection:
        assert standing(connection, clock()) == (0, 0.0, 0, 0)
        assert len(shown(connection, claimed.id)[0].attempts) == 1


def test_what_nobody_took_goes_to_who_is_there_at_its_replay_or_is_left_at_that(
    outbox: Outbox, clock: Clock
) -> None:
    squad = channel(name="squad", levels=["squad"])
    late, never = alert(level="squad"), alert(level="subdistrict")
    outbox.put([late, never])
    assert routed(outbox, channel()) == 2
    assert replay(outbox.engine, clock(), Which(untold=True)) == 2
    assert routed(outbox, channel(), squad) == 2
    assert told(taken(outbox, squad)) == [[late.id]]

    assert drop(outbox.engine, clock(), Which(untold=True)) == 1
    assert replay(outbox.engine, clock(), Which(untold=True)) == 0
    with outbox.engine.begin() as connection:
        assert not untold(connection)


@pytest.mark.parametrize("asked", [30.0, 1e9])
def test_the_wait_that_is_asked_for_is_obeyed_within_bounds(
    outbox: Outbox, clock: Clock, asked: float
) -> None:
    office = channel()
    outbox.put([alert()])
    routed(outbox, office)
    (claimed,) = taken(outbox, office)
    marked(outbox, claimed, Result("limited", 429, wait=asked))

    clock.pass_(min(asked, 100) - 1)
    assert not taken(outbox, office)
    clock.pass_(2)
    assert taken(outbox, office)


def test_senders_share_the_limit_of_a_robot(outbox: Outbox, clock: Clock) -> None:
    robot = channel(kind="wecom", url="http://127.0.0.1/")
    outbox.put(alert(place=f"sh/pudong/e-7/b-{n}/") for n in range(40))
    routed(outbox, robot)
    went = []
    for _ in range(60):
        with ThreadPoolExecutor(4) as pool:
            went.append(sum(len(found) for found in pool.map(lambda _: taken(outbox, robot, 3), range(4))))
        clock.pass_(1)

    assert went[0] > 1
    assert 15 <= sum(went) <= 20


def test_a_robot_that_got_too_many_gets_none_for_a_minute(outbox: Outbox, clock: Clock) -> None:
    robot = channel(kind="wecom", url="http://127.0.0.1/")
    outbox.put(alert(place=f"sh/pudong/e-7/b-{n}/") for n in range(40))
    routed(outbox, robot)
    (claimed,) = taken(outbox, robot, 1)
    marked(outbox, claimed, Result("limited", 200, "45009", wait=60.0))

    clock.pass_(59)
    assert not taken(outbox, robot)
    clock.pass_(10)
    assert taken(outbox, robot)


def test_how_the_outbox_stands(outbox: Outbox, clock: Clock) -> None:
    office = channel(digest=5)
    outbox.put([alert(), alert(place="sh/b/")])
    clock.pass_(7)
    with outbox.engine.begin() as connection:
        fresh = standing(connection, clock())
    routed(outbox, office)
    with outbox.engine.begin() as connection:
        digesting = standing(connection, clock())
    clock.pass_(300)
    first, second = taken(outbox, office)
    marked(outbox, first, SENT)
    marked(outbox, second, REFUSED, Retries(attempts=1))
    with outbox.engine.begin() as connection:
        done = standing(connection, clock())

    assert (fresh.pending, fresh.late_seconds) == (2, 7.0)
    assert (digesting.pending, digesting.late_seconds) == (2, 0.0)
    assert (done.pending, done.late_seconds, done.given_up) == (0, 0.0, 1)


def test_a_message_is_found_by_its_alert_too(outbox: Outbox) -> None:
    one, other = alert(about=("alert-1_2",)), alert(about=("alert-1x2",), place="sh/b/")
    outbox.put([one, other])
    routed(outbox, channel())
    with outbox.engine.begin() as connection:
        by_alert = [[n.id for n in found.told] for found in shown(connection, "alert-1_2")]
        by_id = [[n.id for n in found.told] for found in shown(connection, other.id)]

    assert (by_alert, by_id) == ([[one.id]], [[other.id]])


def test_the_database_itself_refuses_to_tell_a_channel_twice(outbox: Outbox) -> None:
    one = alert()
    outbox.put([one])
    routed(outbox, channel())
    row = {"channel": "office", "notification_id": one.id, "message_id": "msg_other"}

    with pytest.raises(sa.exc.IntegrityError), writing(outbox.engine).begin() as connection:
        connection.execute(PARTS.insert().values(row))
