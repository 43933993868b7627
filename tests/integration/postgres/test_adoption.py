"""Rulebooks adopted in PostgreSQL: the promises of the embedded ledger."""

from tests.unit.ledger.test_adoption import *  # noqa: F403
