"""Kafka's files are fetched once, whoever asks at the same moment."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from rentalwatch.dev.jars import VERSION, expected

ASK = "from rentalwatch.dev.jars import kafka_jars; print(kafka_jars(print))"


def test_two_starts_at_once_fetch_once_and_both_find_every_file(tmp_path: Path) -> None:
    env = os.environ | {"RENTALWATCH_CACHE": str(tmp_path)}
    both = [
        subprocess.Popen([sys.executable, "-c", ASK], env=env, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = [process.communicate()[0].splitlines() for process in both]
    assert [process.returncode for process in both] == [0, 0]
    folder = tmp_path / f"kafka-{VERSION}"
    assert [lines[-1] for lines in said] == [str(folder)] * 2
    assert sum(line.startswith("Fetching") for lines in said for line in lines) == 1
    assert {p.name for p in folder.iterdir()} == set(expected())
    assert {p.name for p in tmp_path.iterdir()} == {folder.name, f"{folder.name}.lock"}
