"""A sender that is killed between sending and writing it down loses nothing: the message is sent again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
import yaml

from rentalwatch.delivery import figures
from rentalwatch.delivery.channel_file import read
from rentalwatch.delivery.claiming import LEASE_SECONDS
from rentalwatch.delivery.outbox import Outbox, opened
from rentalwatch.delivery.sender import Sender
from rentalwatch.domain.instants import SECOND, Micros
from rentalwatch.ledger.store import wall_clock
from tests.integration.delivery import servers
from tests.integration.delivery.parts import SECRET, SECRETS, alert, channel
from tests.integration.delivery.servers import Request, serving

COMMAND = Path(sys.executable).with_name("rentalwatch")
KILLS = 3


def file_of(folder: Path, url: str) -> Path:
    said = channel(url=url).model_dump(mode="json", by_alias=True, exclude_unset=True)
    path = folder / "channels.yaml"
    path.write_text(yaml.safe_dump({"channels": [said]}), encoding="utf-8")
    return path


def begun(place: Path | str, channels: Path) -> subprocess.Popen[bytes]:
    """A sender as a process of its own."""
    return subprocess.Popen(
        [COMMAND, "delivery", "send", "--listen", "127.0.0.1:0", "--channels", str(channels)],
        env={**os.environ, "RENTALWATCH_DATA": str(place), "HOOK_SECRET": SECRET},
        stderr=subprocess.PIPE,
    )


def later() -> Micros:
    """The clock of a sender that comes when every lease is over."""
    return wall_clock() + int((LEASE_SECONDS + 1) * SECOND)


def drained(outbox: Outbox, channels: Path) -> None:
    sender = Sender(Outbox(outbox.engine, later), read(channels), {"office": SECRETS})
    while figures_of(outbox).pending:
        sender.once()
    sender.close()


def figures_of(outbox: Outbox) -> figures.Standing:
    with outbox.engine.begin() as connection:
        return figures.standing(connection, later())


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    return tmp_path if request.param == "sqlite" else str(request.getfixturevalue("database"))


def test_killed_between_sending_and_writing_it_down_it_is_sent_again(
    place: Path | str, tmp_path: Path
) -> None:
    process: list[subprocess.Popen[bytes]] = []

    def kill_first(nth: int, _request: Request) -> servers.Behaviour:
        if nth == 0:
            process[0].send_signal(signal.SIGKILL)
        return servers.ok

    with opened(place) as outbox, serving(kill_first, each=True) as server:
        channels = file_of(tmp_path, server.url)
        outbox.put([alert()])
        process.append(begun(place, channels))
        process[0].communicate()
        assert process[0].returncode == -signal.SIGKILL
        assert figures_of(outbox).pending == 1

        drained(outbox, channels)
        with outbox.engine.begin() as connection:
            ((line,), _) = figures.listed(connection)
            (found,) = figures.shown(connection, line.id)

    assert line.state == "sent"
    assert [a.outcome for a in found.attempts] == ["unknown", "sent"]
    assert [r.headers["webhook-id"] for r in server.requests] == [line.id, line.id]


@pytest.mark.parametrize("seed", [1])
def test_senders_killed_at_any_moment_lose_nothing(place: Path | str, tmp_path: Path, seed: int) -> None:
    dice = Random(seed)
    put = [alert(place=f"sh/pudong/e-7/b-{n}/") for n in range(200)]
    kill_at = sorted(dice.sample(range(10, 150), KILLS))
    running: list[subprocess.Popen[bytes]] = []
    killed: list[int] = []

    def sometimes_kill(nth: int, _request: Request) -> Callable[..., None]:
        if nth in kill_at and running:
            victim = running.pop(dice.randrange(len(running)))
            victim.send_signal(signal.SIGKILL)
            killed.append(victim.pid)
        return servers.ok

    with opened(place) as outbox, serving(sometimes_kill, each=True) as server:
        channels = file_of(tmp_path, server.url)
        outbox.put(put)
        started = []
        while len(killed) < KILLS:
            while len(running) < 2:
                started.append(begun(place, channels))
                running.append(started[-1])
            time.sleep(0.05)
        for process in started:
            process.send_signal(signal.SIGTERM)
            process.communicate()
        drained(outbox, channels)
        standing = figures_of(outbox)

    told = Counter(n["id"] for r in server.requests for n in r.json["data"]["notifications"])
    assert told.keys() == {n.id for n in put}
    assert (standing.pending, standing.given_up) == (0, 0)
    # only what a killed sender held may come twice: two messages of one channel
    assert sum(told.values()) <= len(put) + 2 * KILLS
