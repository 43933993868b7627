"""The promises of the embedded ledger, kept by PostgreSQL as well."""

from tests.unit.ledger.test_consequences import *  # noqa: F403
