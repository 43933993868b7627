"""Whom PostgreSQL runs as: it refuses to run as root, as whom containers are often entered."""

from __future__ import annotations

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

NOBODY = "nobody"
"""The user with the fewest rights, which every system has: no user need be made."""
TRAVERSE = stat.S_IXGRP | stat.S_IXOTH


@dataclass(frozen=True)
class Owner:
    """A user of this system; `other` when it is not the one who runs this process."""

    user: int
    group: int
    other: bool

    @classmethod
    def of(cls, data: Path) -> Owner:
        """Who owns the folder, if it is there; else oneself, or nobody in place of root."""
        if os.geteuid() != 0:
            return cls(os.geteuid(), os.getegid(), other=False)
        if data.exists() and data.stat().st_uid != 0:
            return cls(data.stat().st_uid, data.stat().st_gid, other=True)
        nobody = pwd.getpwnam(NOBODY)
        return cls(nobody.pw_uid, nobody.pw_gid, other=True)

    @property
    def text(self) -> str:
        """uid:gid; "" for oneself."""
        return f"{self.user}:{self.group}" if self.other else ""

    def identity(self) -> dict[str, Any]:
        """For subprocess: runs a program as this user."""
        return {"user": self.user, "group": self.group, "extra_groups": []} if self.other else {}

    def give(self, *paths: Path) -> None:
        """Makes this user the owner."""
        for path in paths if self.other else ():
            os.chown(path, self.user, self.group)

    def reach(self, folder: Path) -> list[str]:
        """Lets this user pass through the folder and those above it (not list them: `chmod go+x`). The
        folders whose rights were changed."""
        changed: list[str] = []
        for path in (folder, *folder.resolve().parents) if self.other else ():
            mode = path.stat().st_mode
            if mode & TRAVERSE != TRAVERSE:
                path.chmod(mode | TRAVERSE)
                changed.append(str(path))
        return changed
