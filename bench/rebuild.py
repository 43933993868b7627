"""Rebuild of all read models against reading and decoding alone: the same pages, `codec.decode`, no more."""

from __future__ import annotations

from bench.measure import Row, alternate, timed
from bench.stage import Stage
from projections import follow
from rentalwatch.ledger.codec import decode

PAGE = 2_000


def _ours(stage: Stage) -> float:
    with timed() as watch:
        follow.rebuild(stage.ledger, stage.place("rebuild.db"))
    return watch.rate(stage.events)


def _peer(stage: Stage) -> float:
    position = 0
    with timed() as watch, follow.without_collector():
        while page := stage.ledger.recorder.read_recorded(position, PAGE):
            for row in page:
                decode(row.type_name, row.state)
            position = page[-1].position
    return watch.rate(stage.events)


def rebuild(stage: Stage) -> Row:
    stage.ledger  # noqa: B018  # made before the clock runs
    rates = alternate(lambda: _ours(stage), lambda: _peer(stage))
    return Row("rebuild of all read models", *rates, 0.1, 0.4, "events/s")
