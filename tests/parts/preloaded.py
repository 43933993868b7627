"""What the process has imported from which others are forked: the command, and the writers of faults."""

from __future__ import annotations

import gc
from importlib import import_module

for name in ("psycopg", "psycopg_pool", "rentalwatch.cli.main", "tests.faults.writer"):
    import_module(name)
gc.freeze()  # no process that is forked looks through all this, and so copies it, to find what may go
