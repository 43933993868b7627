"""A rulebook's file: which versions of it were adopted 规则启用, for which area and days."""

from __future__ import annotations

from typing import NamedTuple

from rentalwatch.domain.events import RulebookAdopted
from rentalwatch.domain.folds.base import Fold
from rentalwatch.domain.instants import Micros


class Adoption(NamedTuple):
    """A version as it was adopted. `since`, `until`: days, both included ("": without end)."""

    record: str
    name: str
    version: str
    scope: str
    since: str
    until: str
    reason: str
    adopted_at: Micros


class RulebookFold(Fold):
    """Every adoption stays in sight: which of them holds on a day is told by all of them together."""

    def _adopted(self, event: RulebookAdopted, at: Micros) -> None:
        since, until = event.effective_from, event.effective_until
        self.dirty[("adoption", str(event.record_id))] = Adoption(
            str(event.record_id),
            event.name,
            event.version,
            event.scope,
            since.isoformat() if since else "",
            until.isoformat() if until else "",
            event.reason,
            at,
        )

    STEPS = {RulebookAdopted: _adopted}  # noqa: RUF012


__all__ = ["Adoption", "RulebookFold"]
