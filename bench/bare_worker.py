"""A bare Faust app, the peer of the projector: `take_events` in a loop that does nothing.

`python -m bench.bare_worker EVENTS [TOPIC]` with the settings of a worker; prints events a second, from the
end of the first batch to that of the last. Its transport is the library's, set as ours is: committed records
only.
"""

from __future__ import annotations

import os
import sys
import time
from typing import Any
from uuid import uuid4

import faust
from faust.transport.drivers import aiokafka as driver

from rentalwatch.ledger.topics import events_topic
from rentalwatch.settings import settings
from streams.setup import Boot, faust_settings

A_BATCH = 500
WITHIN_SECONDS = 0.05
BUFFERED = 4_096
"""The library's own; ours counts runs of up to 500 records, this one counts records."""


class _Thread(driver.AIOKafkaConsumerThread):  # type: ignore[misc]
    def _create_worker_consumer(self, transport: driver.Transport) -> Any:
        consumer = super()._create_worker_consumer(transport)
        consumer._isolation_level = "read_committed"
        return consumer


class _Consumer(driver.Consumer):  # type: ignore[misc]
    def _new_consumer_thread(self) -> _Thread:
        return _Thread(self, loop=self.loop, beacon=self.beacon)


class _Transport(driver.Transport):  # type: ignore[misc]
    Consumer = _Consumer


class _App(faust.App):  # type: ignore[misc]
    BootStrategy = Boot

    def _new_transport(self) -> _Transport:
        return _Transport(self.conf.broker_consumer, self)


def main(events: int, name: str = "") -> None:
    said = settings()
    own = {"consumer_auto_offset_reset": "earliest", "stream_buffer_maxsize": BUFFERED}
    app = _App(f"bare-{uuid4().hex[:12]}", **(faust_settings(said) | own))
    topic = app.topic(name or events_topic(said.topics), key_type=bytes, value_type=bytes, acks=False)

    @app.agent(topic)  # type: ignore[untyped-decorator]
    async def nothing(stream: Any) -> None:
        begun, first, taken = 0.0, 0, 0
        async for batch in stream.take_events(A_BATCH, within=WITHIN_SECONDS):
            taken += len(batch)
            if not begun:
                begun, first = time.perf_counter(), taken
            if taken >= events:
                print((taken - first) / (time.perf_counter() - begun), flush=True)
                os._exit(0)  # what an orderly end takes is not measured

    worker = faust.Worker(app, quiet=True, loglevel="warn", redirect_stdouts=False)
    worker.spinner = None
    worker.execute_from_commandline()


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:])
