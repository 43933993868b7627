"""Logs: one JSON object a line, no content of events, outages in few lines."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
from pydantic import BaseModel

from rentalwatch.errors import InvalidInputError
from rentalwatch.observe import logs
from rentalwatch.observe.tracebacks import described


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    """The root logger, as it was found afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in logs.NOISY}
    yield root
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, was in levels.items():
        logging.getLogger(name).setLevel(was)


@pytest.fixture
def lines(root: logging.Logger) -> io.StringIO:
    out = io.StringIO()
    logs.configure("json", "relay", out)
    return out


def written(out: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_a_line_says_when_how_bad_who_and_what(lines: io.StringIO) -> None:
    logging.getLogger("rentalwatch.relay").warning("published %d", 3, extra={"position": 12})
    (line,) = written(lines)
    assert str(line.pop("time")).endswith("Z")
    assert line == {
        "level": "warning",
        "process": "relay",
        "logger": "rentalwatch.relay",
        "message": "published 3",
        "position": 12,
    }


def test_a_line_break_or_an_odd_value_stays_in_its_line(lines: io.StringIO) -> None:
    logging.getLogger("a").error("two\nlines", extra={"odd": object()})
    assert len(written(lines)) == 1


def test_an_exception_stays_in_its_line_with_what_led_to_it(lines: io.StringIO) -> None:
    try:
        try:
            raise OSError("the cable")
        except OSError as e:
            raise RuntimeError("the broker") from e
    except RuntimeError:
        logging.getLogger("a").exception("failed")
    said = str(written(lines)[0]["exception"])
    assert said.index("OSError: the cable") < said.index("RuntimeError: the broker")
    assert "test_logs.py" in said


class Finding(BaseModel):
    """Something with content."""

    floor: int


def test_an_event_that_does_not_fit_leaves_nothing_of_its_content_in_the_log() -> None:
    content = "-".join(["what", "it", "held"])  # frames in the log quote this source
    with pytest.raises(ValueError, match="floor") as refused:
        Finding.model_validate({"floor": content})
    assert content in str(refused.value)
    assert content not in described(refused.value)
    assert "int_parsing" in described(refused.value)


def test_a_database_error_leaves_no_rows_in_the_log() -> None:
    error = RuntimeError("duplicate key\nDETAIL:  Key (id)=(the content)\n[parameters: ('the content',)]")
    assert described(error).endswith("RuntimeError: duplicate key")


def test_an_outage_is_a_line_now_and_then_that_counts_the_rest(root: logging.Logger) -> None:
    now = [0.0]
    out = io.StringIO()
    logs.configure("json", "worker", out)
    root.handlers[0].filters[:] = [logs.once_in(30, clock=lambda: now[0])]
    for node in range(65):
        logging.getLogger("aiokafka.conn").error("node %s of cluster is away", node)
    logging.getLogger("aiokafka.conn").error("something else")
    now[0] = 31
    logging.getLogger("aiokafka.conn").error("node %s of cluster is away", 1)
    assert [(x["message"], x.get("left_out")) for x in written(out)] == [
        ("node 0 of cluster is away", None),
        ("something else", None),
        ("node 1 of cluster is away", 64),
    ]


def test_numbers_in_a_finished_message_do_not_make_it_another_line() -> None:
    once = logs.once_in(30, clock=lambda: 0.0)
    passed = [
        once.filter(logging.makeLogRecord({"name": "kafka.client", "msg": f"attempt {n} at 0x{n:x}"}))
        for n in range(50)
    ]
    assert passed.count(True) == 1


def test_libraries_do_not_tell_what_goes_well(lines: io.StringIO) -> None:
    logging.getLogger("kafka.net.transport").info("connected")
    logging.getLogger("kafka.net.transport").warning("lost")
    assert [line["message"] for line in written(lines)] == ["lost"]


def test_our_own_lines_are_never_left_out(lines: io.StringIO) -> None:
    for _ in range(3):
        logging.getLogger("rentalwatch.streams").error("parked")
    assert len(written(lines)) == 3


def test_the_filter_does_not_grow_with_the_lines_that_it_saw() -> None:
    once = logs.once_in(30, clock=lambda: 0.0)
    for n in range(3 * logs.MOST_LINES):
        once.filter(logging.makeLogRecord({"name": "kafka", "msg": chr(0x4E00 + n)}))
    assert len(once._lines) <= logs.MOST_LINES


def test_text_is_for_people(root: logging.Logger) -> None:
    out = io.StringIO()
    logs.configure("text", "relay", out)
    logging.getLogger("kafka").error("away")
    assert out.getvalue().endswith("error   kafka: away\n")


def test_without_a_terminal_the_default_is_json(root: logging.Logger) -> None:
    out = io.StringIO()
    logs.configure("", "relay", out)
    logging.getLogger("a").error("x")
    assert written(out)[0]["message"] == "x"


def test_another_word_for_the_log_is_refused(root: logging.Logger) -> None:
    with pytest.raises(InvalidInputError) as refused:
        logs.configure("xml")
    assert refused.value.code == "RW-OPTIONS"
