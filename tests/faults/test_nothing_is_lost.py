"""What was acknowledged is stored exactly once and whole, whatever strikes; the rest may be repeated.

`make soak` plays the same rounds with many more seeds.
"""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from rentalwatch.ledger.folder import open_ledger
from tests.faults.commands import commands, opening
from tests.faults.scenarios import KILLS, KINDS, Round, check, play, repeat

FEWEST = {"kill -9 of a writer": KILLS, "kill -9 of an importer": KILLS, "clock back two hours": 2}
"""How often a fault must have struck, or the round proved nothing (once where it is not said)."""


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_acknowledged_is_lost_doubled_or_torn(kind: str, seed: int, tmp_path: Path) -> None:
    result = play(kind, seed, tmp_path / "data")
    assert result.whole, "\n".join(result.notes)
    assert result.struck >= FEWEST.get(kind, 1)


@pytest.mark.parametrize(
    ("damage", "kind"),
    [
        ("DELETE FROM stored_events WHERE rowid = (SELECT MAX(rowid) FROM stored_events)", "lost"),
        ("DELETE FROM record_ids WHERE batch IS NOT NULL", "torn"),
        (
            "INSERT INTO stored_events SELECT 'dwelling-copy', rowid, topic, state, recorded_at"
            " FROM stored_events WHERE rowid > 20",
            "doubled",
        ),
    ],
)
def test_the_check_of_a_round_finds_what_it_looks_for(damage: str, kind: str, tmp_path: Path) -> None:
    # given a round without a fault, every command acknowledged
    todo = commands("import", Random(1))[:5]
    with open_ledger(tmp_path, create=True) as ledger:
        opening(ledger)
        result = Round("none", 1)
        repeat(ledger, todo, result)
        assert result.whole, result.notes
        # when somebody damages the ledger
        with ledger.recorder.writing() as tx:
            tx.execute(damage)
        check(ledger, todo, range(5), result)
    # then the check says so
    assert getattr(result, kind) > 0
