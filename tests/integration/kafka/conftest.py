"""Topics that a test makes itself."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest

from rentalwatch.ledger import topics
from tests.parts.topics import forget


@pytest.fixture
def prefix(kafka: str) -> Iterator[str]:
    """A prefix whose topics nobody has made yet."""
    made = f"test-{uuid4().hex[:12]}"
    yield made
    forget(kafka, made)


@pytest.fixture
def topics_made(kafka: str, prefix: str) -> str:
    """A prefix with its topics."""
    topics.apply(kafka, prefix, 1)
    return prefix
