"""Faults of those who write: killed, cut off, all at once, with a clock that is wrong, with the same file."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from rentalwatch.importers import run
from rentalwatch.ledger.application import Ledger
from rentalwatch.ledger.folder import open_ledger
from rentalwatch.migrating import migrate
from tests.faults import writer as faulty
from tests.faults.cluster.plot import Plot
from tests.faults.commands import BEGUN, homes, opening
from tests.faults.proxy import PostgresProxy
from tests.faults.writer import Writer

KILLS = 2
"""The second writer meets what the first one left behind."""
CUTS = 4
TOGETHER = 8
ROWS = 120
"""Rows of the file that is imported twice."""


def killed(plot: Plot) -> None:
    """kill -9 of a writer while another goes on; its rest is performed by the next."""
    load = plot.load()
    for _ in range(KILLS):
        load.moment(plot.rng, 10)
        if load.kill(plot.rng.randrange(2)):
            plot.struck()
    plot.recover()
    plot.finish(load)


def cut_after_commit(plot: Plot) -> None:
    """The database commits, and its answer never arrives: it is asked for by the transaction's id."""
    server = urlsplit(plot.stand.dsn)
    with PostgresProxy("127.0.0.1", int(server.port or 0)) as proxy:
        through = server._replace(netloc=server.netloc.replace(f":{server.port}", f":{proxy.port}"))
        load = plot.load(through.geturl())
        for _ in range(CUTS):
            load.moment(plot.rng, 8)
            proxy.cut()
        plot.finish(load)
        plot.struck(proxy.cuts)
    plot.recover()


def together(plot: Plot) -> None:
    """Eight processes begin at once on an empty database: each migrates it, opens it, records its share."""
    dsn, numbered = plot.stand.dsn, list(enumerate(plot.todo))
    for service in plot.stand.services:
        service.begin()
    plot.struck(0)
    writers = [
        Writer(dsn, numbered[n::TOGETHER], first=partial(migrate, dsn), trouble=Opens(plot.tag))
        for n in range(TOGETHER)
    ]
    for one in writers:
        plot.acknowledged.update(one.acknowledged())
        if one.ended() == 0 and not one.errors:
            plot.result.struck += 1
        else:
            plot.fail(f"one of eight failed: {one.errors}")
    plot.recover()


@dataclass
class Opens:
    """The homes of the round, before the first command."""

    tag: str
    opened: bool = False

    def __call__(self, ledger: Ledger, number: int) -> None:
        if not self.opened:
            opening(ledger, self.tag)
        self.opened = True


def clock_back(plot: Plot) -> None:
    """One writer's clock goes back two hours and forth again, beside one whose clock is right."""
    after = plot.rng.randint(1, 10)
    wrong = faulty.set_back_two_hours(after, after + plot.rng.randint(10, 30))
    plot.finish(plot.load(clocks=[wrong], pace=0.01))
    with open_ledger(plot.stand.dsn, clock=faulty.set_back_two_hours(0, sys.maxsize)) as ledger:
        for command in plot.todo[:5]:
            command.perform(ledger)
        opening(ledger, f"{plot.tag}-late")
        plot.struck(ledger.recorder.skew > faulty.TWO_HOURS // 2)
    plot.recover()


@dataclass(frozen=True)
class File:
    """A file that is imported."""

    path: Path

    def perform(self, ledger: Ledger) -> None:
        planned = run.plan(self.path, run.CANONICAL, datetime.now(UTC))
        run.run(ledger, planned, on_progress=lambda _: None, on_rejected=lambda _: None)

    @property
    def marks(self) -> list[Hashable]:
        """Of all its rows."""
        planned = run.plan(self.path, run.CANONICAL, datetime.now(UTC))
        rows = planned.rows(None)  # type: ignore[arg-type]  # records are compared with no snapshot
        return [(one.key, one.content_hash) for _, _, said in rows if isinstance(said, list) for one in said]


def same_file_twice(plot: Plot) -> None:
    """Two processes import the same file at the same moment, by the command that people use."""
    file = File(plot.folder / f"rows{plot.tag}.ndjson")
    file.path.write_text("".join(json.dumps(row) + "\n" for row in _rows(plot.tag)), encoding="utf-8")
    command = [sys.executable, "-m", "rentalwatch", "import", str(file.path), "--mapping", run.CANONICAL]
    both = [
        subprocess.Popen(
            [*command, "--data", plot.stand.dsn],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=plot.folder,
        )
        for _ in range(2)
    ]  # fmt: skip
    for process in both:
        said, _ = process.communicate()
        if process.returncode:
            plot.fail(f"an import ended with {process.returncode}: {said}")
        else:
            plot.struck()
    plot.todo[:] = [file]  # type: ignore[list-item]
    plot.acknowledged = {0}
    plot.recover()


def _rows(tag: str) -> list[dict[str, str]]:
    """Facts of the homes of a round; many rows revise no earlier one."""
    day = f"{BEGUN:%Y-%m-%d}"
    return [
        {"kind": "patrol", "key": f"PA-{n}{tag}", "dwelling": homes(tag)[n % 4], "on": day, "seen": "nothing"}
        for n in range(ROWS)
    ]


__all__ = ["File", "clock_back", "cut_after_commit", "killed", "same_file_twice", "together"]
