"""The database's side of a worker of early warning: a machine for each partition that is this worker's.

It waits, and belongs into one thread.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Iterable, Mapping

import sqlalchemy as sa

from projections.checkpoints import OvertakenError
from projections.generations import at_live
from projections.postgres import in_schema
from rentalwatch.delivery.database import SCHEMA as OUTBOX
from rentalwatch.delivery.outbox import Outbox
from rentalwatch.early_warning import publishing
from rentalwatch.early_warning.at_once import at_once
from rentalwatch.early_warning.database import in_schema_of_signals
from rentalwatch.early_warning.in_force import InForce
from rentalwatch.early_warning.machine import Machine, Result
from rentalwatch.early_warning.partition import Placed
from rentalwatch.early_warning.recording import act_of
from rentalwatch.errors import RentalwatchError, StorageError
from rentalwatch.ledger.application import Ledger
from rentalwatch.ledger.folder import open_ledger
from rentalwatch.observe import metrics
from rentalwatch.observe.tracebacks import reason
from rentalwatch.rulebooks.rules import Rules
from rentalwatch.signals.judging import Judged
from streams.folding import end_sleepers
from streams.positions import Stretch
from streams.standing import StandstillError

UNKEPT_READINGS = 25_000
"""Of a partition: with all twelve, a successor judges what is read again in about two seconds."""

log = logging.getLogger(__name__)


class Judging:
    """Judges what partitions hold; alerts go into the ledger, counts into the tables of signals."""

    subject = "signals"

    def __init__(self, dsn: str, models: sa.Engine, zone: str) -> None:
        """`models`: the database, as the read models of a cluster are opened."""
        self.dsn, self.models, self.zone = dsn, models, zone
        self.engine = in_schema_of_signals(models)
        self.outbox = Outbox(in_schema(models, OUTBOX))
        self.machines: dict[int, Machine] = {}
        self._ledger: Ledger | None = None
        self._rules: InForce | None = None
        self._topic_id = ""
        self._marks: dict[int, int] = {}

    def use(self, topic_id: str) -> None:
        """Places are those of this topic, whose id changes when it is deleted and made again."""
        self._topic_id = topic_id
        self.machines.clear()

    def load(self, partitions: Iterable[int]) -> dict[int, int]:
        """Partition → the offset to read from: it is taken over from whoever had it. Raises StandstillError,
        and the database's errors."""
        places = {}
        for partition in partitions:
            machine = Machine(self.ledger, self.engine, self.rules, most_unkept=UNKEPT_READINGS)
            places[partition] = machine.begin(self._topic_id, partition)
            if machine.is_first:  # a topic that nobody has read of yet does not hold what the last one did
                self._tell_anew()
            self.machines[partition] = machine
            self._marks[partition] = places[partition]
        return places

    def fold(self, batch: Mapping[int, Stretch]) -> None:
        """Judges a batch, partition by partition. Raises OvertakenError, StandstillError, StorageError, and
        the database's errors."""
        for partition, stretch in batch.items():
            with metrics.SIGNALS_BATCH_SECONDS.time():
                self._take(partition, stretch)

    def _take(self, partition: int, stretch: Stretch) -> None:
        machine = self.machines.get(partition)
        if machine is None:
            raise OvertakenError
        before = machine.partition.became.copy()
        records = [Placed(r.offset, r.says, int(r.written_at)) for r in stretch.records]
        try:
            result = machine.take(records, stretch.end)
        except (StorageError, OvertakenError, sa.exc.DBAPIError, OSError):
            raise  # the same may be taken again
        except Exception as e:
            del self.machines[partition]  # it may have judged half of it: it begins anew with what was kept
            if isinstance(e, RentalwatchError):
                raise StandstillError("rulebook", f"{e.what}. {e.todo}", partition) from e
            raise
        _count(result, machine.partition.became - before)
        if result.raised:
            self._tell(result.raised)
        if result.raised and stretch.records:
            waited = time.time() - stretch.records[0].written_at
            metrics.SIGNALS_ALERT_SECONDS.observe(max(0.0, waited))

    def _tell(self, raised: list[Judged]) -> None:
        """Puts what is to be told into the outbox, before any projector has folded it. What cannot be told
        now is told by `alerts tend`."""
        try:
            with at_live(self.models) as connection:
                told = at_once(connection, [act_of(one, self.rules) for one in raised])
            self.outbox.put(told)
        except (sa.exc.DBAPIError, RentalwatchError) as e:
            log.warning("alerts are recorded, and will be told later: %s", reason(e))

    def release(self, partitions: Iterable[int]) -> None:
        """Another worker has these now: what is held of them goes."""
        for partition in partitions:
            self.machines.pop(partition, None)

    def keep(self) -> None:
        """Writes what changed before this was called last, and was not written since. Raises the database's
        errors; OvertakenError is for the next batch to meet."""
        for partition, machine in list(self.machines.items()):
            mark = self._marks.get(partition, 0)
            self._marks[partition] = machine.partition.upto
            if machine.partition.replay_from < mark:
                try:
                    machine.keep_before(mark)
                except OvertakenError:
                    log.info("partition %d is another worker's by now", partition)

    def pass_over(self, places: Mapping[int, int]) -> None:
        """The topic forgot what lies before these places. Raises the database's errors, OvertakenError."""
        for partition, place in places.items():
            machine = self.machines.get(partition)
            if machine is not None and place > machine.partition.upto:
                metrics.SIGNALS_FORGOTTEN.inc()
                log.error("records of partition %d are gone before they were judged", partition)
                machine.pass_over(place)
                self._tell_anew()

    def _tell_anew(self) -> None:
        """Context may be among what was lost."""
        with self.engine.begin() as connection:
            publishing.forget(connection)

    def renew(self) -> None:
        """Rulebooks that were adopted since count from now on. Raises StorageError."""
        self.rules.renew(Rules(self.ledger.adopted()))

    def may_be_held_up(self, error: Exception) -> None:
        """After an error of the database: makes sure that no worker that sleeps stands in the way."""
        end_sleepers(self.engine, error)

    def close(self) -> None:
        """Gives the ledger back."""
        if self._ledger is not None:
            self._ledger.close()

    @property
    def ledger(self) -> Ledger:
        """Opened when it is first needed: the database may be away when a worker starts."""
        if self._ledger is None:
            self._ledger = open_ledger(self.dsn)
        return self._ledger

    @property
    def rules(self) -> InForce:
        """The rules in force, one object for all machines."""
        if self._rules is None:
            self._rules = InForce(Rules(self.ledger.adopted()), self.zone)
        return self._rules


def _count(result: Result, became: Counter[str]) -> None:
    for treatment, readings in became.items():
        metrics.SIGNALS_READINGS.labels(treatment).inc(readings)
    for one in result.raised:
        metrics.SIGNALS_ALERTS.labels("relapse_alert" if one.hit.relapse else "alert").inc()
    if result.refused:
        metrics.SIGNALS_ALERTS_REFUSED.inc(result.refused)
