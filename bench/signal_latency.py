"""Reading → alert recorded, put into the outbox, sent: at 20,000 readings/s through a broker, a worker, the
database and a sender as they run in a cluster. There is no peer.

A home's card passes ten times on three days; the eleventh pass of the third day tips the rule. For each such
reading: from just before it is handed to the broker's client to the first look (one every 5 ms) that finds
its alert in the ledger, its notification in the outbox, or marked as taken by a webhook on this machine.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random
from threading import Event, Thread
from typing import Any

import psycopg

from bench.measure import Row
from bench.parts import until
from bench.receiving import told_by_webhook
from bench.stage import Stage
from bench.warned_district import WORKER, made, taken, warning
from rentalwatch.early_warning.sending import sender

ESTATES, HOMES = 6, 400
A_SECOND = 20_000
A_RECORD = 200
SECONDS, SECONDS_OF_A_TRY = 20, 3
TIPS_A_SECOND = 15
DAY = 86_400
OFTEN = 11
LOOK_SECONDS = 0.005
SETTLE_SECONDS = 60.0

_SENT = (
    "SELECT count(*) FROM delivery.message_parts p JOIN delivery.messages m ON m.id = p.message_id"
    " WHERE m.state = 'sent'"
)


class Watching:
    """Looks at the ledger all the time; knows when it first saw which home's alert, and when it was told."""

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn
        self.recorded: dict[str, float] = {}
        self.told: list[float] = []
        self.sent: list[float] = []
        self._stop = Event()

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """Looks until the block is left."""
        thread = Thread(target=self._look, name="watching")
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join()

    def _look(self) -> None:
        upto = 0
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            while not self._stop.wait(LOOK_SECONDS):
                rows = connection.execute(
                    "SELECT notification_id, originator_id FROM ledger.stored_events"
                    " WHERE notification_id > %s AND topic LIKE '%%AlertRaised%%' ORDER BY 1",
                    (upto,),
                ).fetchall()
                (told,) = connection.execute("SELECT count(*) FROM delivery.notifications").fetchone() or (0,)
                (sent,) = connection.execute(_SENT).fetchone() or (0,)
                now = time.perf_counter()
                for position, stream in rows:
                    self.recorded.setdefault(stream, now)
                    upto = max(upto, position)
                self.told += [now] * (told - len(self.told))
                self.sent += [now] * (sent - len(self.sent))


def _record(estate: int, sent_at: int, homes: list[int], at: list[int], cards: list[int]) -> bytes:
    names = sorted(set(homes))
    place = {name: n for n, name in enumerate(names)}
    hashes = sorted(set(cards))
    of = {card: n for n, card in enumerate(hashes)}
    said: dict[str, Any] = {
        "v": 1, "kind": "gate_pass", "estate": f"estate:e-{estate}", "source": "bench", "sent_at": sent_at,
        "dwellings": [f"e-{estate}-{n}" for n in names], "dwelling": [place[h] for h in homes], "at": at,
        "cards": [f"{card:016x}" for card in hashes], "card": [of[c] for c in cards],
    }  # fmt: skip
    return json.dumps(said, separators=(",", ":")).encode()


def _before(estate: int, homes: list[int], now: int) -> list[bytes]:
    """Eleven passes on each of the two days before, ten of today."""
    found = []
    for back, passes in ((2, OFTEN), (1, OFTEN), (0, OFTEN - 1)):
        at = now - back * DAY
        each = [(home, at - n) for home in homes for n in range(1, passes + 1)]
        for first in range(0, len(each), 2_000):
            part = each[first : first + 2_000]
            whose = [home for home, _ in part]
            found.append(_record(estate, at, whose, [a for _, a in part], whose))
    return found


class _Load:
    """Passes of the second half of each estate's homes, and among them those that tip the rule."""

    def __init__(self, seconds: int, streams: dict[str, str]) -> None:
        self.tips = [(n % ESTATES, n // ESTATES) for n in range(seconds * TIPS_A_SECOND)]
        self.of_each = {e: [home for of, home in self.tips if of == e] for e in range(ESTATES)}
        self.streams, self.seconds = streams, seconds
        self.sent: dict[str, float] = {}
        """Stream → when its tipping reading was handed over."""
        self._chance = Random(1)

    def go(self, put: Callable[[str, bytes], None], midway: Callable[[], None] = lambda: None) -> None:
        """Sends to the timetable; `midway`: done when a third of it is sent."""
        begun = time.perf_counter()
        for n in range(records := self.seconds * A_SECOND // A_RECORD):
            if n == records // 3:
                midway()
            time.sleep(max(0.0, begun + n * A_RECORD / A_SECOND - time.perf_counter()))
            estate, second = n % ESTATES, int(time.time())
            homes = [HOMES // 2 + self._chance.randrange(HOMES // 2) for _ in range(A_RECORD)]
            cards = [home * 40 + self._chance.randrange(40) for home in homes]
            if len(self.sent) < (n + 1) * A_RECORD * TIPS_A_SECOND / A_SECOND and self.of_each[estate]:
                homes[-1] = cards[-1] = home = self.of_each[estate].pop()
                self.sent[self.streams[f"e-{estate}-{home}"]] = time.perf_counter()
            put(f"estate:e-{estate}", _record(estate, second, homes, [second] * A_RECORD, cards))


def delays(stage: Stage) -> tuple[list[float], list[float], list[float]]:
    """How many milliseconds each tipping reading took until its alert was recorded, until it stood in the
    outbox, until it was sent; all sorted."""
    dsn, prefix = made(stage, ESTATES, HOMES), stage.parts.topics()
    load = _Load(SECONDS_OF_A_TRY if stage.is_a_try else SECONDS, _streams(dsn))
    watching = Watching(dsn)
    with (
        warning(stage, dsn, prefix, ESTATES) as worker,
        told_by_webhook(stage, dsn, prefix),
        sender(stage.parts.kafka, prefix) as put,
    ):
        for estate, homes in load.of_each.items():
            for record in _before(estate, homes, int(time.time())):
                put(f"estate:e-{estate}", record)
        before = len(load.tips) * (3 * OFTEN - 1) + ESTATES
        until(lambda: taken(worker) >= before, worker, SETTLE_SECONDS, LOOK_SECONDS)
        with watching.going_on():
            load.go(put)
            wanted = load.sent.keys()
            until(lambda: watching.recorded.keys() >= wanted, worker, SETTLE_SECONDS, LOOK_SECONDS)
            until(lambda: len(watching.sent) >= len(wanted), worker, SETTLE_SECONDS, LOOK_SECONDS)
    recorded = [1_000 * (watching.recorded[stream] - at) for stream, at in load.sent.items()]
    return sorted(recorded), _in_turn(watching.told, load.sent), _in_turn(watching.sent, load.sent)


def _in_turn(seen: list[float], sent: dict[str, float]) -> list[float]:
    """Milliseconds, where the n-th that was seen counts for the n-th that was sent; sorted."""
    return sorted(1_000 * (then - at) for then, at in zip(seen, sorted(sent.values()), strict=False))


def gap(stage: Stage) -> Row:
    """The longest that any reading waited while one of two workers was killed with kill -9 and did not come
    back: its session ends, the other takes its partitions and reads again what was not written."""
    dsn, prefix = made(stage, ESTATES, HOMES), stage.parts.topics()
    load = _Load(SECONDS_OF_A_TRY if stage.is_a_try else SECONDS, _streams(dsn))
    watching = Watching(dsn)
    with (
        stage.parts.running(WORKER, dsn, prefix) as killed,
        warning(stage, dsn, prefix, 0) as other,
        sender(stage.parts.kafka, prefix) as put,
    ):
        both = ESTATES * 1.0
        until(lambda: taken(killed) + taken(other) >= both, other, SETTLE_SECONDS, LOOK_SECONDS)
        until(lambda: killed.ready() and other.ready(), other, SETTLE_SECONDS, LOOK_SECONDS)
        for estate, homes in load.of_each.items():
            for record in _before(estate, homes, int(time.time())):
                put(f"estate:e-{estate}", record)
        time.sleep(2)
        with watching.going_on():
            load.go(put, killed.kill)
            wanted = load.sent.keys()
            until(lambda: watching.recorded.keys() >= wanted, other, SETTLE_SECONDS, LOOK_SECONDS)
    longest = max(watching.recorded[stream] - at for stream, at in load.sent.items())
    return Row("reading to alert, a worker killed, longest", 1_000 * longest, None, None, 12_000, 3_000, "ms")


def _streams(dsn: str) -> dict[str, str]:
    with psycopg.connect(dsn) as connection:
        return dict(connection.execute("SELECT key, stream_id FROM ledger.identity_keys").fetchall())


def p50(stage: Stage) -> Row:
    """The middle."""
    took = stage.signal_delays[0]
    return Row("reading to alert recorded, 20,000/s, p50", took[len(took) // 2], None, None, None, None, "ms")


def p99(stage: Stage) -> Row:
    """All but the slowest hundredth."""
    took = stage.signal_delays[0]
    at = took[len(took) * 99 // 100]
    return Row("reading to alert recorded, 20,000/s, p99", at, None, None, 1_000, 200, "ms")


def told(stage: Stage) -> Row:
    """All but the slowest hundredth, until who is asked may be told of it."""
    took = stage.signal_delays[1]
    at = took[len(took) * 99 // 100]
    return Row("reading to the outbox, 20,000/s, p99", at, None, None, 1_000, None, "ms")


def sent(stage: Stage) -> Row:
    """All but the slowest hundredth, until a webhook has taken it."""
    took = stage.signal_delays[2]
    at = took[len(took) * 99 // 100]
    return Row("reading to sent, 20,000/s, p99", at, None, None, 1_000, None, "ms")
