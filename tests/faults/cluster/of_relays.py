"""Faults of relays: killed at any moment of a transaction, two at once, cut off after EndTxn."""

from __future__ import annotations

from time import sleep

from tests.faults.cluster.plot import Plot
from tests.faults.proxy import KafkaProxy
from tests.faults.wires import END_TXN

KILLS = 3
"""A round; over the seeds they lie before the send, between send and commit, and after."""
CUTS = 3
BACKLOG_SECONDS = 0.3
"""So long a relay that came back publishes what has gathered: the moment of the next kill."""


def killed(plot: Plot) -> None:
    """kill -9 again and again while events come in; it is put up again at once."""
    (relay,) = plot.stand.relays
    load = plot.load(pace=0.06)
    for _ in range(KILLS):
        plot.stand.until(lambda: plot.stand.ready([relay]), "the relay is back")
        load.moment(plot.rng, 6)
        sleep(plot.rng.uniform(0, BACKLOG_SECONDS))
        plot.stand.again(relay)
        plot.struck()
    plot.recover()
    plot.finish(load)


def standby_takes_over(plot: Plot) -> None:
    """kill -9 of the one that publishes; the recovery counts without it, it comes back as the standby."""
    load = plot.load()
    load.moment(plot.rng, 25)
    leader = plot.stand.leader()
    leader.kill()
    plot.struck()
    plot.recover([service for service in plot.stand.services if service is not leader])
    leader.begin()
    plot.finish(load)


def two_at_once(plot: Plot) -> None:
    """The leader falls asleep in the midst of its work and loses its place; when it wakes, two publish."""
    load = plot.load()
    load.moment(plot.rng, 25)
    leader = plot.stand.leader()
    plot.stand.pause(leader)
    if plot.stand.end_relay_sessions():
        plot.struck()
    plot.recover([service for service in plot.stand.services if service is not leader])
    plot.stand.wake(leader)
    plot.stand.wait_ready()
    plot.finish(load)


def cut_after_end_txn(plot: Plot) -> None:
    """The broker commits, and its answer never arrives; or it never hears of it."""
    proxy = plot.stand.proxy
    assert isinstance(proxy, KafkaProxy)
    before, load = proxy.cuts, plot.load()
    for n in range(CUTS):
        load.moment(plot.rng, 8)
        proxy.cut(END_TXN, when="after" if n % 2 == 0 else "before")
        plot.stand.until(lambda n=n: proxy.cuts > before + n or load.through, "it was cut")  # type: ignore[misc]
    plot.struck(proxy.cuts - before)
    plot.recover()
    plot.finish(load)
