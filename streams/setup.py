"""How Faust is set up here. Each line answers something that was seen to go wrong."""

from __future__ import annotations

import logging
import sys
from typing import Any

import faust
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from rentalwatch.errors import InvalidInputError
from rentalwatch.observe import logs
from rentalwatch.settings import Settings, is_dsn

QUIET = logging.getLogger("faust.services")
"""For services of Faust's kind: each tells at length of its start and its end."""

PROCESS = "worker"
LISTEN = "127.0.0.1:9465"
"""Where a worker shows its health unless something else is said."""

TIMEOUTS_MS = {
    "idle_in_transaction_session_timeout": 10_000,
    "lock_timeout": 3_000,
    "statement_timeout": 30_000,
}
"""A worker thinks for two seconds at most between statements, and a statement takes milliseconds. Who waits
for a lock of another worker for longer than its batch can take looks whether that one is asleep."""

RECORDS_A_RUN = 500
"""At most; a run is what one look into the broker's answer gives of a partition."""

RUNS_BUFFERED = 16
"""Runs that wait while a batch is folded: some 20 MB of records at most."""


LARGE_RECORDS = {"broker_max_poll_records": 32, "stream_buffer_maxsize": 4}
"""For records of up to 4 MiB: a run of them must not fill the memory."""

SOON_MISSED = {"broker_session_timeout": 6, "broker_heartbeat_interval": 1.5}
"""Where nobody waits for longer than twelve seconds: the session of a worker that died ends in six, the least
that brokers allow unless told otherwise. One that was only slow loses its partitions, and nothing else."""


class Boot(faust.App.BootStrategy):  # type: ignore[misc]
    """Without Faust's web server: its command line starts it on all addresses, whatever the settings say."""

    enable_web = False


def check(settings: Settings) -> None:
    """Raises InvalidInputError where a worker could never begin."""
    if not is_dsn(settings.data):
        raise InvalidInputError(
            "a worker needs a cluster's database",
            todo="Set RENTALWATCH_DATA to its DSN, postgresql://… A data folder needs no workers.",
            code="RW-OPTIONS",
        )


def impatient(settings: Settings, kind: str) -> str:
    """The database's DSN for a kind of worker: its sessions have a name, and give up what takes too long."""
    dsn = settings.data if isinstance(settings.data, str) else ""
    said = conninfo_to_dict(dsn).get("options") or ""
    timeouts = " ".join(f"-c {name}={milliseconds}" for name, milliseconds in TIMEOUTS_MS.items())
    name = f"{settings.topics}.{kind}"[:63]
    return make_conninfo(dsn, options=f"{timeouts} {said}".strip(), application_name=name)


def faust_settings(settings: Settings) -> dict[str, Any]:
    """For `faust.App`."""
    return {
        "broker": ";".join(f"kafka://{server.strip()}" for server in settings.kafka.split(",")),
        "autodiscover": False,
        # its exactly_once loses events and doubles others; what makes ours exact is the database
        "processing_guarantee": "at_least_once",
        "broker_session_timeout": 10,
        "broker_heartbeat_interval": 2,
        "broker_max_poll_records": RECORDS_A_RUN,
        # the database says where to read, or nobody
        "consumer_auto_offset_reset": "none",
        "consumer_metadata_max_age_ms": 5_000,
        # pydantic as value_type fails every message
        "key_serializer": "raw",
        "value_serializer": "raw",
        "stream_buffer_maxsize": RUNS_BUFFERED,
        "stream_wait_empty": False,
        "topic_disable_leader": True,
        "topic_allow_declare": False,
        "producer_linger": 0.02,
        "web_enabled": False,
        "worker_redirect_stdouts": False,
    }


def log_our_way(kind: str, process: str = PROCESS) -> None:
    """Undoes what Faust's command line did to logging: it silences every logger made before, and leads
    standard error into the log."""
    logs.configure(kind, process, sys.__stderr__)
    for logger in logging.root.manager.loggerDict.values():
        if isinstance(logger, logging.Logger):
            logger.disabled = False
    for noisy in ("faust", "mode", "aiokafka", "kafka"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    logging.getLogger("mode.timers").setLevel(logging.ERROR)  # late timers are not news on a busy machine
