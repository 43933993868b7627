"""Whatever is killed, cut off or set back in a cluster: nothing is lost, doubled, torn or out of order.

`make soak` plays the same rounds with many more seeds.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from tests.faults.cluster.parts import parts
from tests.faults.cluster.rounds import KINDS, play, stands
from tests.faults.cluster.stand import NotComeAboutError, Stand

SEEDS = (1, 2, 3)


class ByFixture:
    """The broker and the database that all tests of a run share."""

    def __init__(self, request: pytest.FixtureRequest) -> None:
        self.kafka = partial(request.getfixturevalue, "kafka")
        self.postgres = partial(request.getfixturevalue, "postgres")


OWN = {kind for kind, it in KINDS.items() if it.own == "three brokers"}
TOGETHER = [*((kind,) for kind in KINDS if kind not in OWN), tuple(kind for kind in KINDS if kind in OWN)]
"""Kinds that share what they damage: three brokers take long to start."""


@pytest.mark.parametrize("kinds", TOGETHER, ids=" and ".join)
def test_a_cluster_loses_and_doubles_nothing(
    kinds: tuple[str, ...], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    with parts(KINDS[kinds[0]].own, ByFixture(request), tmp_path) as ground:
        for n, kind in enumerate(kinds):
            with stands(kind, ground, tmp_path / f"{n}") as stand:
                for seed in SEEDS:
                    keeps_its_promises(kind, seed, stand(), tmp_path)


def keeps_its_promises(kind: str, seed: int, stand: Stand, folder: Path) -> None:
    try:
        result = play(kind, seed, stand)
    except NotComeAboutError as e:
        pytest.fail(f"seed {seed}, {kind}: {e}")
    assert result.whole, f"seed {seed}, {kind}, logs in {folder}:\n" + "\n".join(result.notes)
    assert result.struck >= KINDS[kind].fewest, f"seed {seed}, {kind}: it did not strike"
