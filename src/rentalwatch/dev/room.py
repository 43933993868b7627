"""Whether this machine has the memory and the disk that a cluster needs, before it is started."""

from __future__ import annotations

import shutil
from pathlib import Path

from rentalwatch.errors import StorageError
from rentalwatch.extras import needs

MIB = 1024 * 1024
MEMORY = {1: 900 * MIB, 3: 1_600 * MIB}
"""Number of brokers → bytes that all processes together take, seen on Linux: a broker 350 to 450 MiB, the
database 60, relay and worker 100 each, rounded up."""
DISK = 700 * MIB
"""Bytes: Kafka's files, a new database (40 MiB) with its journal, the topics' index files, some events."""
GROUP_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current")
"""What a container may use, which may be less than the machine has."""


def check(folder: Path, brokers: int) -> None:
    """Raises StorageError (RW-MEMORY, RW-DISK) that says how much is needed and how much there is."""
    free = available_memory()
    if free < MEMORY[brokers]:
        raise StorageError(
            f"a cluster of {brokers} broker(s) needs {MEMORY[brokers] // MIB:,} MiB of memory, "
            f"{free // MIB:,} MiB are free",
            todo="Close other programs" + (", or start it with --brokers 1." if brokers > 1 else "."),
            code="RW-MEMORY",
        )
    room = shutil.disk_usage(folder).free
    if room < DISK:
        raise StorageError(
            f"a cluster needs {DISK // MIB:,} MiB of disk, {folder} has {room // MIB:,} MiB",
            todo="Free some space, or name a folder on another disk with --folder.",
            code="RW-DISK",
        )


def available_memory() -> int:
    """Bytes that a new program may take, on this machine and in this container."""
    with needs("dev"):
        import psutil
    free = int(psutil.virtual_memory().available)
    try:
        limit, used = (int(Path(path).read_text(encoding="ascii")) for path in GROUP_LIMITS)
    except (OSError, ValueError):  # no container, or one without a limit ("max")
        return free
    return min(free, limit - used)
