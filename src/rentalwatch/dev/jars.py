"""Kafka's files: fetched once from Maven Central, checked against the list that comes with rentalwatch."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rentalwatch.errors import StorageError
from rentalwatch.extras import needs
from rentalwatch.settings import settings

VERSION = "4.1.1"
COORDINATES = (f"org.apache.kafka:kafka_2.13:{VERSION}", "org.slf4j:slf4j-simple:1.7.36")
"""What is resolved, with everything that it needs."""
LIST = Path(__file__).with_name(f"kafka-{VERSION}.sha256")
"""The files and their SHA-256, as `sha256sum --check` reads them."""
Say = Callable[[str], None]


def silent(_: str) -> None:
    """Says nothing of the progress."""


def kafka_jars(say: Say = silent) -> Path:
    """The folder with Kafka's files; fetches them (45 MB) when they are not there yet. Several processes may
    ask at once: one fetches. Raises StorageError (RW-DOWNLOAD, RW-KAFKA-FILES)."""
    folder = settings().cache / f"kafka-{VERSION}"
    if not folder.exists():
        with _alone(folder):
            if not folder.exists():
                _fetch(folder, say)
    if wrong := sorted(damaged(folder)):
        raise StorageError(
            f"{folder} lacks {wrong[0]}, or has it damaged ({len(wrong)} of {len(expected())} files)",
            todo=f"Delete the folder and its files are fetched again, or put them there. {by_hand(folder)}",
            code="RW-KAFKA-FILES",
            folder=folder,
        )
    return folder


def expected() -> dict[str, str]:
    """File name → SHA-256."""
    rows = (line.split() for line in LIST.read_text(encoding="utf-8").splitlines())
    return {name: digest for digest, name in rows}


def damaged(folder: Path) -> Iterator[str]:
    """The files that are missing or differ from what they must be."""
    for name, digest in expected().items():
        path = folder / name
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            yield name


def by_hand(folder: Path) -> str:
    """How to provide the files on a machine without a network."""
    return (
        f"By hand: on a machine with a network, resolve {' and '.join(COORDINATES)} with all that they need "
        f"(such as `mvn dependency:copy-dependencies`), and copy the {len(expected())} files named in {LIST} "
        f"into {folder}."
    )


def _fetch(folder: Path, say: Say) -> None:
    """Fetches beside the folder and renames: it is there whole or not at all."""
    with needs("dev"):
        import jgo
    say(f"Fetching Apache Kafka {VERSION} (45 MB, once) into {folder} ...")
    for left in folder.parent.glob(f"{folder.name}.fetching-*"):  # by a start that was killed
        shutil.rmtree(left, ignore_errors=True)
    fresh = Path(tempfile.mkdtemp(prefix=f"{folder.name}.fetching-", dir=folder.parent))
    try:
        for artifact in (a for coordinate in COORDINATES for a in jgo.resolve(coordinate)):
            if artifact.filename in expected():
                shutil.copyfile(artifact.resolve(), fresh / artifact.filename)
        fresh.chmod(0o755)
        fresh.rename(folder)
    except (OSError, RuntimeError) as e:  # of requests, jgo and the disk alike
        raise _not_fetched(folder, e) from e
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _not_fetched(folder: Path, error: Exception) -> StorageError:
    return StorageError(
        f"Kafka's files cannot be fetched: {type(error).__name__}: {error}"[:300],
        todo=f"Check the network (a proxy goes into HTTPS_PROXY) and start again. {by_hand(folder)}",
        code="RW-DOWNLOAD",
        folder=folder,
    )


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One process at a time; the system frees the lock of a process that is killed."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        lock = folder.with_name(f"{folder.name}.lock").open("w")
    except OSError as e:
        raise StorageError(
            f"{folder.parent} cannot be written to: {e.strerror}",
            todo="Name another folder with RENTALWATCH_CACHE.",
            code="RW-FOLDER",
        ) from e
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
