"""Logs are read as they grow."""

from __future__ import annotations

import threading
from itertools import islice
from pathlib import Path

from rentalwatch.dev.following import follow, last_lines

SOON = 0.3
"""Seconds after which something is added, while a reader waits."""


def test_the_last_lines_of_a_log(tmp_path: Path) -> None:
    log = tmp_path / "relay.log"
    assert last_lines(log, 5) == []
    log.write_text("a\nb\nc\n", encoding="utf-8")
    assert last_lines(log, 2) == ["b", "c"]
    assert last_lines(log, 0) == []


def test_a_log_that_comes_into_being_is_followed_in_whole_lines(tmp_path: Path) -> None:
    log = tmp_path / "relay.log"

    def grow() -> None:
        log.write_bytes(b"one\ntwo\nthr")
        threading.Timer(SOON, lambda: log.write_bytes(b"one\ntwo\nthree\n")).start()

    threading.Timer(SOON, grow).start()
    added = list(islice(follow([("relay", log)]), 3))
    assert added == [("relay", "one"), ("relay", "two"), ("relay", "three")]


def test_what_stood_there_before_is_not_repeated_and_a_log_begun_anew_is_read(tmp_path: Path) -> None:
    log = tmp_path / "relay.log"
    log.write_text("a long line of an earlier start\n", encoding="utf-8")
    threading.Timer(SOON, lambda: log.write_text("anew\n", encoding="utf-8")).start()
    assert next(follow([("relay", log)])) == ("relay", "anew")
