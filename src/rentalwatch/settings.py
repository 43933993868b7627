"""Every setting, in one place. A setting is an environment variable; an option of a command overrides it.

`docs/settings.md` lists them; a test fails when one is missing there.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """What may be set from outside."""

    data: Path | str
    """RENTALWATCH_DATA: the data folder, or the DSN of a cluster's database (`postgresql://…`)."""
    lang: str
    """RENTALWATCH_LANG: `en` or `zh`; else from LANG."""
    zone: str
    """RENTALWATCH_ZONE: the zone for times where a home or an area does not give one."""
    kafka: str
    """RENTALWATCH_KAFKA: the brokers to ask first, host:port, separated by commas."""
    topics: str
    """RENTALWATCH_TOPICS: what the names of the topics begin with."""
    listen: str
    """RENTALWATCH_LISTEN: host:port for health and metrics of a process; "" for the process's own default."""
    worker: str
    """RENTALWATCH_WORKER: what this worker is called, the same after a restart; "" for host and number."""
    log: str
    """RENTALWATCH_LOG: `json` or `text`; "" for text on a terminal, JSON lines elsewhere."""
    channels: Path
    """RENTALWATCH_CHANNELS: the file that says who is notified, and how."""
    cache: Path
    """RENTALWATCH_CACHE: where the broker's files lie once they were fetched."""


DEFAULT_FOLDER = "rentalwatch-data"
"""The data folder; beside a cluster, the reports of refused rows alone."""

DEFAULT_CHANNELS = "channels.yaml"
"""Where the command is called."""

NAMES = {
    "RENTALWATCH_DATA": DEFAULT_FOLDER,
    "RENTALWATCH_LANG": "from LANG, else en",
    "RENTALWATCH_ZONE": "Asia/Shanghai",
    "RENTALWATCH_KAFKA": "127.0.0.1:9092",
    "RENTALWATCH_TOPICS": "rentalwatch",
    "RENTALWATCH_LISTEN": "127.0.0.1:9464 (relay), 9465 (worker), 9466 (delivery), 9467 (early warning)",
    "RENTALWATCH_WORKER": "the host's name and a number",
    "RENTALWATCH_LOG": "text on a terminal, else json",
    "RENTALWATCH_CHANNELS": DEFAULT_CHANNELS,
    "RENTALWATCH_CACHE": "~/.cache/rentalwatch",
}
"""Name → default."""


def is_dsn(where: Path | str) -> bool:
    """Whether data lie in a cluster's database rather than in a folder."""
    return isinstance(where, str) and where.startswith(("postgresql://", "postgres://"))


def place_of(text: str) -> Path | str:
    """A folder, or a DSN as it is."""
    return text if is_dsn(text) else Path(text)


def settings() -> Settings:
    """The settings as the environment has them now."""
    said = os.environ
    lang = said.get("RENTALWATCH_LANG") or said.get("LC_ALL") or said.get("LANG") or "en"
    return Settings(
        data=place_of(said.get("RENTALWATCH_DATA") or DEFAULT_FOLDER),
        lang="zh" if lang.lower().startswith("zh") else "en",
        zone=said.get("RENTALWATCH_ZONE") or "Asia/Shanghai",
        kafka=said.get("RENTALWATCH_KAFKA") or "127.0.0.1:9092",
        topics=said.get("RENTALWATCH_TOPICS") or "rentalwatch",
        listen=said.get("RENTALWATCH_LISTEN") or "",
        worker=said.get("RENTALWATCH_WORKER") or "",
        log=said.get("RENTALWATCH_LOG") or "",
        channels=Path(said.get("RENTALWATCH_CHANNELS") or DEFAULT_CHANNELS),
        cache=Path(said.get("RENTALWATCH_CACHE") or _cache()),
    )


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "rentalwatch"
