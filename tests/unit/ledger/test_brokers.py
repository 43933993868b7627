"""Brokers that do not answer are said, within seconds, and asking them leaves nothing behind."""

from __future__ import annotations

import threading

import pytest

from rentalwatch.errors import StorageError
from rentalwatch.ledger import brokers, topics


@pytest.mark.parametrize(
    "bootstrap",
    ["127.0.0.1:1", "no-such-host.invalid:9092", "127.0.0.1:port"],
    ids=["nobody listens", "no such host", "no port"],
)
def test_brokers_that_do_not_answer_are_said_and_no_thread_goes_on_trying(
    bootstrap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(brokers, "ANSWER_MS", 500)
    before = threading.active_count()
    with pytest.raises(StorageError, match=bootstrap) as refused:
        topics.check(bootstrap, "rentalwatch")
    assert refused.value.code == "RW-KAFKA-UNREACHABLE"
    assert threading.active_count() == before
