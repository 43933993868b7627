"""The promises of the embedded ledger, kept by PostgreSQL as well."""

from tests.unit.ledger.test_merge import *  # noqa: F403
