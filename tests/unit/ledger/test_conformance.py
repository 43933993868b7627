"""The library's own conformance classes, run on our recorder.

SQLite has no subscriptions (`subscribe` raises NotImplementedError there, in the library as well), so the
library's `optional_test_insert_subscribe` does not apply: readers follow the ledger by position.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import pytest
from eventsourcing.persistence import StoredEvent
from eventsourcing.tests import persistence as library

from rentalwatch.ledger.sqlite_store import LedgerDatastore, LedgerRecorder


class OurRecorder:
    """What the three classes need: a file of its own for each test, and streams named by text."""

    recorder_class = LedgerRecorder

    def setUp(self) -> None:
        self.folder = TemporaryDirectory()
        self.datastore = LedgerDatastore((Path(self.folder.name) / "ledger.db").as_uri() + "?mode=rwc")

    def tearDown(self) -> None:
        self.datastore.close()
        self.folder.cleanup()

    def new_originator_id(self) -> str:
        return f"dwelling-{uuid4()}"

    def create_recorder(self) -> LedgerRecorder:
        recorder = self.recorder_class(self.datastore)
        recorder.create_table()
        return recorder


class PositionsUnseen(LedgerRecorder):
    """An aggregate recorder answers an insert with nothing, an application recorder with positions:
    no recorder of the library's passes both classes, and ours is an application recorder. Everything
    else that the aggregate's class asks is asked of ours."""

    def insert_events(self, stored_events: Sequence[StoredEvent], **extras: Any) -> None:  # type: ignore[override]
        super().insert_events(stored_events, **extras)


class TestAsApplicationRecorder(OurRecorder, library.ApplicationRecorderTestCase[LedgerRecorder]):
    pass


class TestAsAggregateRecorder(OurRecorder, library.AggregateRecorderTestCase):
    recorder_class = PositionsUnseen


class TestPositionsOfTwoCommitsNeverInterleave(OurRecorder, library.NonInterleavingNotificationIDsBaseCase):
    pass


def test_following_by_subscription_is_refused_and_not_silently_empty(tmp_path: Path) -> None:
    datastore = LedgerDatastore((tmp_path / "ledger.db").as_uri() + "?mode=rwc")
    with pytest.raises(NotImplementedError):
        LedgerRecorder(datastore).subscribe()
    datastore.close()
