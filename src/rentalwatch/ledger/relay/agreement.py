"""Whether what Kafka holds and what the ledger holds belong together, and from where the relay goes on.

Whatever does not fit is refused with a sentence: publishing on would double events, or mix two histories.
"""

from __future__ import annotations

from rentalwatch.ledger.application import Ledger
from rentalwatch.ledger.relay.progress import Progress, RelayRefusedError, fingerprint
from rentalwatch.ledger.relay.topic import Topic


def agreed_position(
    ledger: Ledger, topic: Topic, topic_id: str, upto: int, *, published_on: bool = False
) -> int:
    """The position of the last published event, 0 before the first.

    `upto` is the offset up to which the progress must be read; `published_on` says that a relay may publish
    meanwhile, so that the topic may be ahead of the progress that was read. Raises RelayRefusedError (codes
    RW-RELAY-…) if ledger and topic do not belong together.
    """
    progress = topic.progress(upto)
    if progress is not None:
        _refuse_another(progress, ledger.recorder.epoch, topic_id)
    position = 0 if progress is None else progress.position
    last = topic.last()
    end = 0 if last is None else last.row.position
    if end > position and not published_on:
        raise RelayRefusedError(
            f"the topic {topic.name} holds events up to position {end}, but the relay's progress says"
            f" {position if progress else 'nothing'}",
            code="RW-RELAY-NO-PROGRESS",
        )
    if progress is not None and position:
        _refuse_other_tail(ledger, progress)
    if end < position:
        raise RelayRefusedError(
            f"the topic {topic.name} has lost its end: events up to position {position} were published,"
            f" it ends at {end}",
            code="RW-RELAY-TOPIC",
        )
    return position


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


def _refuse_other_tail(ledger: Ledger, progress: Progress) -> None:
    rows = ledger.recorder.read_recorded(progress.position - 1, 1)
    if not rows or rows[0].position != progress.position:
        end = ledger.recorder.max_notification_id() or 0
        raise RelayRefusedError(
            f"the ledger ends at position {end}, but events up to {progress.position} were published: it has"
            " lost its tail (a backup was restored?)",
            code="RW-RELAY-TAIL-LOST",
        )
    if (fingerprint(rows[0]), rows[0].recorded_at) != (progress.sha256, progress.recorded_at):
        raise RelayRefusedError(
            f"at position {progress.position} another event was published than the ledger holds: each has a"
            " tail of its own",
            code="RW-RELAY-DIVERGED",
        )


__all__ = ["agreed_position"]
