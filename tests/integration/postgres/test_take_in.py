"""The promises of the embedded ledger, kept by PostgreSQL as well."""

from tests.unit.ledger.test_take_in import *  # noqa: F403
