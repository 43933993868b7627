"""The projector: events from Kafka into the read models. `rentalwatch worker projector`, or
`faust -A streams.projector worker`; settings are `RENTALWATCH_*` (docs/workers.md).
"""

from __future__ import annotations

from typing import Any

from rentalwatch.settings import settings
from streams.projecting import ProjectorApp

RUNS = 8
"""Runs taken at once: at most 500 records each, so at most 4,000 in a transaction when far behind."""

WITHIN_SECONDS = 0.05
"""How long the first run of a batch waits for others."""

app = ProjectorApp(settings())
events = app.topic(app.topic_name, key_type=bytes, value_type=bytes, acks=False)


@app.agent(events, name="projector")  # type: ignore[untyped-decorator]
async def fold(stream: Any) -> None:
    """Folds what comes, a batch at a time."""
    async for batch in stream.take_events(RUNS, within=WITHIN_SECONDS):
        await app.desk.take([event.value for event in batch])
