"""Too little memory or disk is said before anything is started."""

from __future__ import annotations

from pathlib import Path

import pytest

from rentalwatch.dev import room
from rentalwatch.errors import StorageError

PLENTY = 1 << 60


def test_memory_that_does_not_suffice_is_named_with_what_is_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(room.MEMORY, 3, PLENTY)
    with pytest.raises(StorageError) as refused:
        room.check(tmp_path, 3)
    assert refused.value.code == "RW-MEMORY"
    assert f"needs {PLENTY // room.MIB:,} MiB" in refused.value.what
    assert "--brokers 1" in refused.value.todo


def test_a_disk_that_does_not_suffice_is_named_with_what_is_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "DISK", PLENTY)
    with pytest.raises(StorageError) as refused:
        room.check(tmp_path, 1)
    assert refused.value.code == "RW-DISK"
    assert str(tmp_path) in refused.value.what


def test_a_container_counts_by_its_own_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    limit, used = tmp_path / "max", tmp_path / "current"
    limit.write_text("1000000\n", encoding="ascii")
    used.write_text("400000\n", encoding="ascii")
    monkeypatch.setattr(room, "GROUP_LIMITS", (str(limit), str(used)))
    assert room.available_memory() == 600_000
    limit.write_text("max\n", encoding="ascii")
    assert room.available_memory() > 600_000
