"""`restore --from-kafka`: a ledger from nothing but the events topic.

All or nothing: the events are stored in one transaction. The progress of a new epoch is published last, so
that the relay of the ledger that was lost is refused should it come back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from rentalwatch.errors import NotFoundError, NotPermittedError
from rentalwatch.ledger.relay.cluster import Cluster
from rentalwatch.ledger.relay.diagnosis import Finds
from rentalwatch.ledger.relay.progress import RelayRefusedError, progress_at
from rentalwatch.ledger.relay.recover import Recovery, recovering
from rentalwatch.ledger.relay.taking import Told, take
from rentalwatch.ledger.store import Recorded

NOT_ON_THE_TOPIC = (
    "the list of imports with their file names and counts (`rentalwatch imports`): which import an event came"
    " with is kept",
    "files that were parked, and read models: they are built anew from the events",
    "free text, photographs and names: they are in no event",
    "settings, rulebook files, mappings",
)
"""What a restored ledger does not have."""


@dataclass
class Restored:
    """What was done. `finds` are gaps between positions and records that are no events of ours."""

    events: int = 0
    epoch: int = 0
    finds: Finds = field(default_factory=Finds)
    last: Recorded | None = None


def restore(cluster: Cluster, told: Told) -> Restored:
    """Fills an empty ledger with what is on the topic.

    Raises NotPermittedError (RW-RESTORE-NOT-EMPTY), NotFoundError (RW-RESTORE-NOTHING), StorageError; then
    nothing was stored. Only if it is killed between its last two steps the ledger is there and not announced:
    the relay refuses it, and `relay recover` finishes.
    """
    with recovering(cluster, told, create=True) as recovery:
        _refuse_used(recovery)
        done = Restored()
        with recovery.ledger.recorder.joined() as tx:
            _refuse_used(recovery)
            done.events = take(tx, _told(recovery, done), told)
            if done.last is None:
                raise NotFoundError(
                    "the topic holds no events", todo="Check RENTALWATCH_TOPICS.", code="RW-RESTORE-NOTHING"
                )
            done.epoch += 1
            tx.set_epoch(done.epoch)
        recovery.publisher.put(progress_at(done.last, done.epoch, recovery.topic_id))
        return done


def _refuse_used(recovery: Recovery) -> None:
    end = recovery.ledger.recorder.max_notification_id()
    if end:
        raise NotPermittedError(
            f"the ledger is not empty: it ends at position {end}",
            todo="Restore into an empty folder or database; `rentalwatch relay recover` mends one in use.",
            code="RW-RESTORE-NOT-EMPTY",
        )


def _told(recovery: Recovery, done: Restored) -> Iterator[Recorded]:
    """The events of the topic; what is noticed on the way goes to `done`."""
    try:
        progress = recovery.topic.progress(recovery.publisher.begun_at)
    except RelayRefusedError:
        progress = None
    done.epoch = progress.epoch if progress else 0
    events = recovery.topic.merged(recovery.topic.ends(), done.finds.foreign)
    behind = 0
    for event in events:
        row = event.row
        if row.position != behind + 1:
            done.finds.add(f"positions {behind + 1} to {row.position - 1} are missing")
        behind, done.epoch, done.last = row.position, max(done.epoch, event.epoch), row
        yield row


__all__ = ["NOT_ON_THE_TOPIC", "Restored", "restore"]
