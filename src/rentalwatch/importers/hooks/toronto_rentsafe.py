"""Toronto: active violations lower the reactive score of an evaluation, clearing them raises it to 0 again.
Only the latest evaluation of a building counts; what changes on an older one is bookkeeping."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rentalwatch.importers.held import Change, Held

SCORE, FINDING = "CURRENT REACTIVE SCORE", "reactive_score/building"
FOUND = {"kind": "confirmation", "findings": FINDING, "basis": "source"}


def records(change: Change, held: Held) -> Iterator[dict[str, Any]]:
    """The records that a change of one evaluation means. A fall opens or is a further finding, a rise to 0
    is a verification by the source, a rise to less is a note."""
    if SCORE not in change.now:
        if change.what == "changed":
            yield {"kind": "note", "code": "attributes"}
        return
    if change.row != max(held.rows_of(change.home), default=""):
        if change.what == "changed":
            yield {"kind": "note", "code": "unjudged"}
        return
    now, is_open = int(change.now[SCORE]), held.is_open(change.home)
    if change.what == "added":
        if now < 0 and not is_open:
            yield {**FOUND, "implied": not change.first}
        return
    was = int(change.before[SCORE])
    if was < 0 and not is_open:
        yield {**FOUND, "fact": "implied", "implied": True}
    if now < was:
        yield FOUND
    elif now >= 0:
        yield {"kind": "verification", "findings": FINDING, "basis": "source"}
    else:
        yield {"kind": "note", "code": "partial_rise", "findings": FINDING}
