"""Whether what Kafka holds and what the ledger holds belong together, and from where the relay goes on.

Whatever does not fit is refused with a sentence: publishing on would double events, or mix two histories.
"""

from __future__ import annotations

from rentalwatch.ledger.application import Ledger
from rentalwatch.ledger.relay.progress import Progress, RelayRefusedError, fingerprint
from rentalwatch.ledger.relay.publisher import partition_of
from rentalwatch.ledger.relay.topic import Topic
from rentalwatch.ledger.store import Recorded


def agreed_position(ledger: Ledger, topic: Topic, topic_id: str, upto: int) -> int:
    """The position of the last published event, 0 before the first.

    `upto` is the offset up to which the progress must be read. Raises RelayRefusedError (codes RW-RELAY-…) if
    ledger and topic do not belong together.
    """
    progress = topic.progress(upto)
    if progress is not None:
        _refuse_another(progress, ledger.epoch, topic_id)
    if progress is None or progress.position == 0:
        if not topic.is_empty():
            raise RelayRefusedError(
                f"the topic {topic.name} holds events, but nothing says how far the relay was",
                code="RW-RELAY-NO-PROGRESS",
            )
        return 0
    row = _refuse_other_tail(ledger, progress)
    last = topic.last_of(partition_of(row.stream_id.encode()))
    if last is None or last.row.position != row.position:
        raise RelayRefusedError(
            f"the topic {topic.name} has lost its end: the event at position {row.position} was published and"
            " is not there",
            code="RW-RELAY-TOPIC",
        )
    return progress.position


def _refuse_another(progress: Progress, epoch: int, topic_id: str) -> None:
    if progress.topic_id != topic_id:
        raise RelayRefusedError(
            f"the events topic is another one than was published to: it was deleted and made anew"
            f" (id {topic_id}, not {progress.topic_id})",
            code="RW-RELAY-TOPIC",
        )
    if progress.epoch != epoch:
        older = "this ledger is an old copy" if epoch < progress.epoch else "a recovery was not finished"
        raise RelayRefusedError(
            f"the ledger is of epoch {epoch}, what is published of epoch {progress.epoch}: {older}",
            code="RW-RELAY-EPOCH",
        )


def _refuse_other_tail(ledger: Ledger, progress: Progress) -> Recorded:
    rows = ledger.recorder.read_recorded(progress.position - 1, 1)
    if not rows or rows[0].position != progress.position:
        end = ledger.recorder.max_notification_id() or 0
        raise RelayRefusedError(
            f"the ledger ends at position {end}, but events up to {progress.position} were published: it has"
            " lost its tail (a backup was restored?)",
            code="RW-RELAY-TAIL-LOST",
        )
    row = rows[0]
    if (fingerprint(row), row.recorded_at) != (progress.sha256, progress.recorded_at):
        raise RelayRefusedError(
            f"at position {progress.position} another event was published than the ledger holds: each has a"
            " tail of its own",
            code="RW-RELAY-DIVERGED",
        )
    return row


__all__ = ["agreed_position"]
