"""Kafka's files: whole and right, or a sentence that says how to come by them."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from rentalwatch.dev import jars
from rentalwatch.errors import StorageError


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and a home in which no one ever fetched anything."""
    monkeypatch.setenv("RENTALWATCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path / "cache"


@pytest.fixture
def two_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """A list of two files in place of Kafka's."""
    files = {"a.jar": b"one", "b.jar": b"two"}
    listed = tmp_path / "list.sha256"
    listed.write_text(
        "".join(f"{hashlib.sha256(v).hexdigest()}  {k}\n" for k, v in files.items()), encoding="utf-8"
    )
    monkeypatch.setattr(jars, "LIST", listed)
    return files


def test_without_a_network_it_says_which_files_go_where(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with pytest.raises(StorageError) as refused:
        jars.kafka_jars()
    assert refused.value.code == "RW-DOWNLOAD"
    for needed in (str(cache / f"kafka-{jars.VERSION}"), *jars.COORDINATES, str(jars.LIST)):
        assert needed in refused.value.todo
    assert [p.name for p in cache.iterdir()] == [f"kafka-{jars.VERSION}.lock"]


def test_files_provided_by_hand_are_taken(cache: Path, two_files: dict[str, bytes]) -> None:
    folder = cache / f"kafka-{jars.VERSION}"
    folder.mkdir(parents=True)
    for name, content in two_files.items():
        (folder / name).write_bytes(content)
    assert jars.kafka_jars() == folder


def test_a_damaged_or_missing_file_is_named(cache: Path, two_files: dict[str, bytes]) -> None:
    folder = cache / f"kafka-{jars.VERSION}"
    folder.mkdir(parents=True)
    (folder / "a.jar").write_bytes(two_files["a.jar"])
    (folder / "b.jar").write_bytes(b"tw")
    with pytest.raises(StorageError) as refused:
        jars.kafka_jars()
    assert refused.value.code == "RW-KAFKA-FILES"
    assert "b.jar" in refused.value.what
    assert "1 of 2" in refused.value.what


def test_the_list_names_the_broker_and_its_log() -> None:
    assert {f"kafka_2.13-{jars.VERSION}.jar", "slf4j-simple-1.7.36.jar"} <= set(jars.expected())
