"""`signals simulate` at the command line: the records to a file or standard output, the truth beside them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

COMMAND = Path(sys.executable).with_name("rentalwatch")
SMALL = ("--dwellings", "30", "--days", "3", "--seed", "8")


def simulate(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[bytes]:
    asked = [str(COMMAND), "signals", "simulate", *SMALL, *arguments]
    return subprocess.run(asked, cwd=cwd, capture_output=True, check=False)


def test_records_and_truth_are_of_the_same_homes(tmp_path: Path) -> None:
    done = simulate("--out", "signals.ndjson", "--truth", "truth.ndjson", cwd=tmp_path)
    assert done.returncode == 0, done.stderr

    records = [json.loads(line) for line in (tmp_path / "signals.ndjson").read_bytes().splitlines()]
    homes = [json.loads(line)["dwelling"] for line in (tmp_path / "truth.ndjson").read_bytes().splitlines()]

    assert [home["dwelling"] for home in records[0]["dwellings"]] == homes
    assert len(homes) == 30
    assert f"{len(records)} records".encode() in done.stderr


def test_standard_output_gets_the_same_bytes_and_nothing_else(tmp_path: Path) -> None:
    simulate("--out", "signals.ndjson", cwd=tmp_path)

    assert simulate("--out", "-", cwd=tmp_path).stdout == (tmp_path / "signals.ndjson").read_bytes()


def test_a_file_that_is_there_is_kept_unless_it_may_be_written_over(tmp_path: Path) -> None:
    (tmp_path / "truth.ndjson").write_text("mine")

    refused = simulate("--truth", "truth.ndjson", cwd=tmp_path)

    assert refused.returncode == 5
    assert b"RW-OUTPUT" in refused.stderr
    assert not refused.stdout
    assert (tmp_path / "truth.ndjson").read_text() == "mine"
    assert simulate("--truth", "truth.ndjson", "--force", cwd=tmp_path).returncode == 0


def test_what_cannot_be_meant_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    for wrong in (("--days", "0"), ("--from", "July"), ("--seed", "-1")):
        refused = simulate(*wrong, "--out", "signals.ndjson", cwd=tmp_path)
        assert refused.returncode == 2, wrong
    assert list(tmp_path.iterdir()) == []
