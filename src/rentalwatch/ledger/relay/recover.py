"""`relay recover`: brings ledger and topic together again after one of them lost something (D6).

Whatever it does to the ledger is one transaction under the write lock, and the progress of a new epoch is
published last. So whenever it is killed, running it again finishes it; and the relay of an old copy of the
ledger is refused from then on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import sleep

from rentalwatch.errors import StorageError
from rentalwatch.ledger.appending import Append
from rentalwatch.ledger.application import Ledger
from rentalwatch.ledger.folder import open_ledger
from rentalwatch.ledger.relay.again import Again, submit
from rentalwatch.ledger.relay.clients import said_in_words
from rentalwatch.ledger.relay.cluster import Cluster
from rentalwatch.ledger.relay.diagnosis import Case, Diagnosis, diagnose, ledger_events
from rentalwatch.ledger.relay.leadership import contending
from rentalwatch.ledger.relay.leadership import take as take_place
from rentalwatch.ledger.relay.progress import RelayRefusedError, nothing_published, progress_at
from rentalwatch.ledger.relay.publisher import Publisher, transactional_id
from rentalwatch.ledger.relay.tail import export, exported, forget
from rentalwatch.ledger.relay.taking import Told, take, unless_moved
from rentalwatch.ledger.relay.topic import Topic
from rentalwatch.ledger.store import Recorded
from rentalwatch.ledger.topics import check

TRIES = 6
"""How often the relay's place is asked for, every half second: a relay that was just stopped gives it up."""


@dataclass
class Recovered:
    """What was done. Counts are of events, those in `again` of records."""

    epoch: int
    taken_back: int = 0
    exported: int = 0
    again: Again = field(default_factory=Again)


class Recovery:
    """A ledger and a topic while nobody publishes. `recovering` makes it."""

    def __init__(self, ledger: Ledger, topic: Topic, publisher: Publisher, topic_id: str, told: Told) -> None:
        self.ledger, self.topic, self.publisher = ledger, topic, publisher
        self.topic_id, self.told = topic_id, told

    def diagnose(self) -> Diagnosis:
        """Looks and changes nothing. A progress that cannot be read counts as none: it will be said anew."""
        try:
            progress = self.topic.progress(self.publisher.begun_at)
        except RelayRefusedError:
            progress = None
        return diagnose(self.ledger, self.topic, progress, self.told)

    def act(self, found: Diagnosis, export_to: Path) -> Recovered:
        """Does what the case needs. Raises StorageError (RW-LEDGER-MOVED if somebody wrote meanwhile),
        RelayRefusedError for a topic that cannot be mended; then nothing was changed."""
        _refuse_holed(found)
        done = Recovered(found.epoch + 1)
        if found.case is Case.DIVERGED:
            done.exported = export(export_to, ledger_events(self.ledger, found.fork))
        with self.ledger.recorder.joined() as tx:
            unless_moved(tx, found.ledger_end, self.ledger.recorder.max_notification_id())
            if found.case is Case.DIVERGED:
                self._replace(tx, found, export_to, done)
            elif found.case is Case.LOST_TAIL:
                done.taken_back = take(tx, self._tail(found), self.told)
            tx.set_epoch(done.epoch)
        self._publish(found, done.epoch)
        return done

    def _replace(self, tx: Append, found: Diagnosis, export_to: Path, done: Recovered) -> None:
        forget(tx, found.fork, exported(export_to), self._kept(found.fork))
        done.taken_back = take(tx, self._tail(found), self.told)
        assert found.last is not None
        done.again = submit(tx, found.last.row, exported(export_to), self.ledger.recorder.clock())
        if done.again.refused:
            text = "".join(line + "\n" for line in done.again.refused)
            export_to.with_suffix(".refused.txt").write_text(text, encoding="utf-8")

    def _kept(self, fork: int) -> Iterator[Recorded]:
        return (row for row in ledger_events(self.ledger, 0) if row.position <= fork)

    def _tail(self, found: Diagnosis) -> Iterator[Recorded]:
        behind = found.fork
        for event in self.topic.merged(found.ends, lambda _: None, found.begins):
            if event.row.position != behind + 1:
                found.finds.add(f"positions {behind + 1} to {event.row.position - 1} are missing")
            behind = event.row.position
            yield event.row

    def _publish(self, found: Diagnosis, epoch: int) -> None:
        """Last of all. It fails if a relay published meanwhile: that one shut this producer out."""
        if found.last is None:
            self.publisher.put(nothing_published(epoch, self.topic_id))
        else:
            self.publisher.put(progress_at(found.last.row, epoch, self.topic_id))


@contextmanager
def recovering(cluster: Cluster, told: Told, *, create: bool = False) -> Iterator[Recovery]:
    """Takes the relay's place and opens both ends.

    Raises StorageError: RW-RELAY-RUNNING while a relay is at work, RW-KAFKA-UNREACHABLE …
    """
    c = cluster
    with said_in_words(c.bootstrap), ExitStack() as stack:
        topic_id = check(c.bootstrap, c.prefix)
        ledger = stack.enter_context(open_ledger(c.where, create=create))
        place = stack.enter_context(contending(c.where, transactional_id(c.prefix)))
        if not take_place(place, _tired()):
            raise StorageError(
                "a relay is publishing", todo="Stop every relay first.", code="RW-RELAY-RUNNING"
            )
        publisher = Publisher(c.bootstrap, c.prefix)
        stack.callback(publisher.close)
        topic = Topic(c.bootstrap, c.prefix)
        stack.callback(topic.close)
        yield Recovery(ledger, topic, publisher, topic_id, told)


def _tired() -> Callable[[float], bool]:
    """Gives up after a few tries."""
    left = iter(range(TRIES))

    def tired(seconds: float) -> bool:
        sleep(seconds)
        return next(left, None) is None

    return tired


def _refuse_holed(found: Diagnosis) -> None:
    if found.case is Case.HOLED:
        raise RelayRefusedError(
            f"the topic lacks events behind position {found.fork} that were published before later ones, so"
            " that their order cannot be mended. Delete the topic, run `rentalwatch topics apply` and this"
            " command again: everything is published anew",
            code="RW-RELAY-TOPIC",
        )


__all__ = ["Recovered", "Recovery", "recovering"]
