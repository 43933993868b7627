"""Whatever is killed, cut off or set back in a cluster: nothing is lost, doubled, torn or out of order.

`make soak` plays the same rounds with many more seeds.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from tests.faults.cluster.rounds import KINDS, play, stands
from tests.faults.cluster.stand import NotComeAboutError

SEEDS = (1, 2, 3)


class ByFixture:
    """The broker and the database that all tests of a run share."""

    def __init__(self, request: pytest.FixtureRequest) -> None:
        self.kafka = partial(request.getfixturevalue, "kafka")
        self.postgres = partial(request.getfixturevalue, "postgres")


@pytest.mark.parametrize("kind", KINDS)
def test_a_cluster_loses_and_doubles_nothing(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    shared = ByFixture(request)
    with stands(kind, shared, tmp_path) as stand:
        for seed in SEEDS:
            try:
                result = play(kind, seed, stand())
            except NotComeAboutError as e:
                pytest.fail(f"seed {seed}, {kind}: {e}")
            assert result.whole, f"seed {seed}, {kind}, logs in {tmp_path}:\n" + "\n".join(result.notes)
            assert result.struck >= KINDS[kind].fewest, f"seed {seed}, {kind}: it did not strike"
