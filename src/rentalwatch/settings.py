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

    data: Path
    """RENTALWATCH_DATA: the data folder."""
    lang: str
    """RENTALWATCH_LANG: `en` or `zh`; else from LANG."""
    zone: str
    """RENTALWATCH_ZONE: the zone for times where a home or an area does not give one."""


NAMES = {
    "RENTALWATCH_DATA": "rentalwatch-data",
    "RENTALWATCH_LANG": "from LANG, else en",
    "RENTALWATCH_ZONE": "Asia/Shanghai",
}
"""Name → default."""


def settings() -> Settings:
    """The settings as the environment has them now."""
    lang = os.environ.get("RENTALWATCH_LANG") or os.environ.get("LC_ALL") or os.environ.get("LANG") or "en"
    return Settings(
        data=Path(os.environ.get("RENTALWATCH_DATA") or "rentalwatch-data"),
        lang="zh" if lang.lower().startswith("zh") else "en",
        zone=os.environ.get("RENTALWATCH_ZONE") or "Asia/Shanghai",
    )
