"""A source's file imported through a real cluster on one machine gives the embedded figures, one by one."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from projections.targets import FIGURES
from tests.e2e.terminal import ROOT, Terminal, environment

PATIENCE = 300
"""Seconds for a first start that fetches the broker, and for the import of a whole file."""

SOURCES = [
    pytest.param(
        ROOT / "examples/data/nyc_hpd_lead_bronx/violations.csv.gz", "nyc_hpd",
        ["2026-03-24", "2022-01-01", "2014-06-30"], id="nyc_hpd",
    ),
]  # fmt: skip
"""File, mapping, the days asked about. A new source is one line more."""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    """A terminal in which the cluster is named that `dev up` started."""
    folder = tmp_path_factory.mktemp("cluster")
    here = Terminal(folder)
    try:
        told = here.asked("dev", "up", "--detach", patience=PATIENCE).lines
        exported = dict(shlex.split(line)[1].split("=", 1) for line in told)
        yield replace(here, env=environment(**exported))
    finally:
        here("dev", "down")


def board(terminal: Terminal, day: str) -> dict[str, Any]:
    """The three targets, apart from when this ledger came to know of them."""
    found = terminal.asked("targets", "--as-of", day, "--format", "json").json
    found.pop("known_at")
    return dict(found)


@pytest.mark.parametrize(("file", "mapping", "days"), SOURCES)
def test_a_source_gives_the_embedded_figures(
    cluster: Terminal, new_york: Path, tmp_path: Path, file: Path, mapping: str, days: list[str]
) -> None:
    # given a file read into a folder (which takes no second time for what was read before), and a cluster
    embedded = Terminal(tmp_path, environment(RENTALWATCH_DATA=str(new_york)))
    embedded.asked("import", file, "--mapping", mapping, "--once", patience=PATIENCE)
    # when it is read into the cluster
    said = cluster.asked("import", file, "--mapping", mapping, patience=PATIENCE)
    # then the workers have judged all of it by the time the command ends
    assert "worker" not in said.err
    assert "behind" not in cluster.asked("targets").err
    # and every figure of every day is the same, and so is every list
    for day in days:
        assert board(cluster, day) == board(embedded, day)
    for figure in FIGURES:
        asked = ("targets", "--as-of", days[0], "--list", figure, "--format", "csv")
        assert cluster.asked(*asked).out == embedded.asked(*asked).out
    # and the topic holds what the ledger holds, the read models what a fresh fold gives
    assert cluster.asked("verify", "--kafka", "--format", "json", patience=PATIENCE).json["ok"]


def test_what_is_recorded_is_seen_at_once_from_another_process(cluster: Terminal) -> None:
    # when a home and a lead are recorded
    cluster.asked("record", "registration", "12号302室", "area=pudong/estate-7/", "--rulebook", "pudong")
    cluster.asked("record", "lead", "12号302室", "ticket=A-1", "--at", "2026-11-20T09:30")
    # then a question that is asked next finds both, without the asking process having folded anything
    for _ in range(50):
        answer = cluster("file", "12号302室", "--format", "json")
        if answer.code == 0 and len(answer.json["facts"]) == 2:
            break
    assert [fact["kind"] for fact in answer.json["facts"]] == ["registration", "lead"]


def test_a_rebuild_beside_the_live_tables_changes_no_figure(cluster: Terminal) -> None:
    before = board(cluster, "2026-03-24")
    cluster.asked("rebuild", patience=PATIENCE)
    assert board(cluster, "2026-03-24") == before
    cluster.asked("record", "patrol", "12号302室", "seen=nothing")
    assert "behind" not in cluster.asked("targets").err or board(cluster, "2026-03-24") == before
