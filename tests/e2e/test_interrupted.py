"""An import that Ctrl-C ends keeps what was committed; two of one file at once are as one."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path

from tests.e2e.terminal import Answer, Terminal, finished


def stored(terminal: Terminal, table: str = "stored_events") -> int:
    """Rows in a table of the ledger, as another process sees them; 0 before there is one."""
    try:
        with closing(sqlite3.connect(f"file:{terminal.data}/ledger.db?mode=ro", uri=True)) as db:
            return int(db.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0])
    except sqlite3.OperationalError:
        return 0


def interrupted(terminal: Terminal, process: subprocess.Popen[str]) -> Answer:
    """Ctrl-C once something is committed."""
    while not stored(terminal):
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    return finished(process)


def test_ctrl_c_keeps_what_is_committed_and_running_again_completes_it(
    empty: Terminal, long_file: Path
) -> None:
    command = ("import", long_file, "--mapping", "nyc_hpd")
    stopped = interrupted(empty, empty.start(*command))
    assert stopped.code == 130, stopped
    rows = empty.asked("imports", "--format", "json").json[0]["rows"]
    assert 0 < rows < 5_000
    last = stopped.lines[-1]
    assert last == f"Interrupted. {rows:,} of 5,000 rows are stored; run the same command again for the rest."
    kept = stored(empty)

    again = empty.asked(*command, "--format", "json").json
    assert again["rows"] == 5_000
    assert again["already_known"] >= kept
    assert stored(empty) == kept + again["events_added"] == stored(empty, "source_facts")
    states = [batch["state"] for batch in empty.asked("imports", "--format", "json").json]
    assert states == ["stopped", "done"]


def test_what_a_program_reads_is_whole_though_interrupted(empty: Terminal, long_file: Path) -> None:
    process = empty.start("import", long_file, "--mapping", "nyc_hpd", "--format", "json", "--lang", "zh")
    stopped = interrupted(empty, process)
    assert stopped.code == 130, stopped
    assert 0 < stopped.json["events_added"] == stored(empty)
    assert stopped.err.startswith("已中断。5,000 行中 ")


def test_two_imports_of_one_file_at_once_are_as_one(empty: Terminal, small_file: Path) -> None:
    command = ("import", small_file, "--mapping", "nyc_hpd", "--format", "json")
    both = [finished(process) for process in [empty.start(*command), empty.start(*command)]]
    assert [answer.code for answer in both] == [0, 0], both
    added = sum(answer.json["events_added"] for answer in both)
    assert added == stored(empty) == stored(empty, "source_facts")
    assert empty.asked("verify").code == 0
