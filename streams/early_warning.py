"""Early warning: readings from Kafka judged, alerts into the ledger. `rentalwatch worker early-warning`, or
`faust -A streams.early_warning worker`; settings are `RENTALWATCH_*` (docs/early-warning.md).
"""

from __future__ import annotations

from typing import Any

from rentalwatch.settings import settings
from streams.warning import EarlyWarningApp

RUNS = 12
"""Runs taken at once: one of each partition."""

WITHIN_SECONDS = 0.02
"""How long the first run of a batch waits for others: an alert waits for it, too."""

app = EarlyWarningApp(settings())
signals = app.topic(app.topic_name, key_type=bytes, value_type=bytes, acks=False)


@app.agent(signals, name="early-warning")  # type: ignore[untyped-decorator]
async def judge(stream: Any) -> None:
    """Judges what comes, a batch at a time."""
    async for batch in stream.take_events(RUNS, within=WITHIN_SECONDS):
        await app.desk.take([event.value for event in batch])
