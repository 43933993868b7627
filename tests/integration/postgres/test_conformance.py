"""The library's own conformance classes, run on our recorder for PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import uuid4

import pytest
from eventsourcing.persistence import StoredEvent
from eventsourcing.tests import persistence as library

from rentalwatch.ledger.postgres_store import LedgerDatastore, LedgerRecorder


class OurRecorder:
    """What the classes need: a migrated database for each test, and streams named by text."""

    recorder_class = LedgerRecorder
    datastore: LedgerDatastore

    @pytest.fixture(autouse=True)
    def _opened(self, database: str) -> Iterator[None]:
        self.datastore = LedgerDatastore(database)
        yield
        self.datastore.close()

    def new_originator_id(self) -> str:
        return f"dwelling-{uuid4()}"

    def create_recorder(self) -> LedgerRecorder:
        return self.recorder_class(self.datastore)


class PositionsUnseen(LedgerRecorder):
    """An aggregate recorder answers an insert with nothing: see the embedded store's test."""

    def insert_events(self, stored_events: Sequence[StoredEvent], **extras: Any) -> None:  # type: ignore[override]
        super().insert_events(stored_events, **extras)


class TestAsApplicationRecorder(OurRecorder, library.ApplicationRecorderTestCase[LedgerRecorder]):
    def test_subscriptions(self) -> None:
        self.optional_test_insert_subscribe()


class TestAsAggregateRecorder(OurRecorder, library.AggregateRecorderTestCase):
    recorder_class = PositionsUnseen


class TestPositionsOfTwoCommitsNeverInterleave(OurRecorder, library.NonInterleavingNotificationIDsBaseCase):
    pass
