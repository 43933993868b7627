"""What an operator does with notifications, by the command itself."""

from __future__ import annotations

import signal
import time
from pathlib import Path
from urllib.request import urlopen

import pytest

from rentalwatch.delivery.notification import Notification
from rentalwatch.delivery.outbox import opened
from tests.e2e.terminal import Terminal, environment
from tests.faults.test_delivery_killed import begun, file_of
from tests.integration.delivery import servers
from tests.integration.delivery.parts import SECRET, alert
from tests.integration.delivery.servers import answers, serving

NOBODY = "http://127.0.0.1:9/"


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    """A folder with an empty data folder in it."""
    begins = Terminal(tmp_path, environment(HOOK_SECRET=SECRET))
    begins.data.mkdir()
    return begins


def put(terminal: Terminal, *notifications: Notification) -> None:
    with opened(terminal.data) as outbox:
        outbox.put(notifications)


def chinese(terminal: Terminal) -> Terminal:
    return Terminal(terminal.folder, terminal.env | {"RENTALWATCH_LANG": "zh"})


def test_what_was_refused_is_seen_given_up_and_sent_after_a_replay(terminal: Terminal) -> None:
    answer = [answers(500)]
    with serving(lambda _n, _r: answer[0], each=True) as server:
        channels = file_of(terminal.folder, server.url)
        channels.write_text(channels.read_text() + "retry: {attempts: 1}\n")
        put(terminal, alert(id="n-one"), alert(id="n-two"))
        first = terminal.asked("delivery", "send", "--once")
        listed = chinese(terminal).asked("delivery", "list", "--state", "given_up")
        (line,) = terminal.asked("delivery", "list", "--format", "json").json
        shown = terminal.asked("delivery", "show", "n-one")
        replayed = terminal.asked("delivery", "replay", line["id"])
        answer[0] = servers.ok
        second = terminal.asked("delivery", "send", "--once")

    assert first.out == "0 messages wait, 1 were given up.\n"
    assert "已放弃" in listed.out
    assert "被拒绝 500" in listed.out
    assert (line["state"], line["notifications"]) == ("given_up", 2)
    assert (line["outcome"], line["status"]) == ("refused", 500)
    assert "n-two" in shown.out
    assert "refused 500" in shown.out
    assert replayed.out == "1 are tried again.\n"
    assert second.out == "0 messages wait, 0 were given up.\n"
    (line,) = terminal.asked("delivery", "list", "--format", "json").json
    tries = terminal.asked("delivery", "show", line["id"], "--format", "csv").rows
    assert [row["outcome"] for row in tries] == ["refused", "sent"]


def test_a_notification_that_nobody_takes_is_told_of(terminal: Terminal) -> None:
    put(terminal, alert(level="subdistrict"))
    file_of(terminal.folder, NOBODY)

    assert "1 notifications were taken by no channel" in terminal.asked("delivery", "send", "--once").out
    assert "街镇" in chinese(terminal).asked("delivery", "list", "--state", "untold").out
    assert chinese(terminal).asked("delivery", "drop", "--untold").out == "1 条已了结，不再发送。\n"
    assert terminal.asked("delivery", "list", "--state", "untold", "--format", "json").json == []


def test_a_channel_is_tried_and_says_why_it_does_not_work(terminal: Terminal) -> None:
    with serving(servers.ok) as server:
        file_of(terminal.folder, server.url)
        works = terminal("delivery", "test", "office")
    with serving(answers(403)) as server:
        file_of(terminal.folder, server.url)
        refused = terminal("delivery", "test", "office")
    unknown = terminal("delivery", "test", "nobody")

    assert (works.code, works.out.startswith("office took the message")) == (0, True)
    assert refused.code == 5
    assert "refused 403  [RW-NOT-DELIVERED]" in refused.err
    assert (unknown.code, "RW-NO-CHANNEL" in unknown.err) == (4, True)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_secret_that_is_missing_is_named_before_anything_is_sent(terminal: Terminal, lang: str) -> None:
    file_of(terminal.folder, NOBODY)
    bare = Terminal(terminal.folder, environment(RENTALWATCH_LANG=lang))
    refused = bare("delivery", "send", "--once")

    assert refused.code == 2
    assert "HOOK_SECRET" in refused.err


def test_a_file_with_mistakes_is_told_line_by_line(terminal: Terminal) -> None:
    wrong = terminal.folder / "channels.yaml"
    wrong.write_text("channels:\n  - {name: a, kind: fax, levels: [squad], areas: ['']}\n")
    checked = terminal("delivery", "channels", "check", wrong)
    sent = terminal("delivery", "send", "--once")

    assert checked.code == sent.code == 2
    assert checked.out.startswith(f"{wrong}:2: channels.0.kind:")
    assert "RW-CHANNELS" in sent.err


def test_what_makes_no_sense_is_refused(terminal: Terminal) -> None:
    assert terminal("delivery", "replay").code == 2
    assert terminal("delivery", "replay", "--all", "--channel", "a").code == 2
    assert terminal("delivery", "list", "--state", "lost").code == 2
    assert terminal("delivery", "show", "nothing").code == 4
    assert terminal("--data", "nowhere", "delivery", "list").code == 4
    assert not (terminal.folder / "nowhere").exists()


def test_the_process_shows_itself_and_ends_when_it_is_told_to(terminal: Terminal) -> None:
    with serving(servers.ok) as server, serving(servers.hangs) as slow:
        process = begun(terminal.data, file_of(terminal.folder, server.url))
        assert process.stderr is not None
        port = int(process.stderr.readline().split()[-1])
        put(terminal, alert())
        while not server.accepted:
            assert process.poll() is None
            time.sleep(0.05)
        metrics = urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30).read().decode()
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
        stuck = begun(terminal.data, file_of(terminal.folder, slow.url))
        put(terminal, alert())
        while not slow.requests:
            assert stuck.poll() is None
            time.sleep(0.05)
        stuck.send_signal(signal.SIGTERM)
        stuck.communicate(timeout=60)

    assert process.returncode == stuck.returncode == 0
    assert 'rentalwatch_delivery_attempts_total{outcome="refused"} 0.0' in metrics
    assert "rentalwatch_relay" not in metrics
