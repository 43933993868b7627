"""The promises of the embedded ledger, kept by PostgreSQL as well."""

from tests.unit.ledger import test_together
from tests.unit.ledger.test_together import *  # noqa: F403

assert test_together.test_a_commit_that_fails_is_told_to_all_and_stores_nothing
del test_a_commit_that_fails_is_told_to_all_and_stores_nothing  # noqa: F821  # breaks SQLite's commit
