"""An estate's state as bytes, to be kept and taken up again: exactly as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rentalwatch.signals.contexts import Book
from rentalwatch.signals.listings import Listings
from rentalwatch.signals.meters import Meter
from rentalwatch.signals.passes import Passes
from rentalwatch.signals.snapshot import Saved, below, pack, under

if TYPE_CHECKING:
    from rentalwatch.signals.estate import EstateState


def to_bytes(state: EstateState) -> bytes:
    """The whole state; equal states give equal bytes."""
    book, arrays = state.book.saved()
    about: dict[str, Any] = {
        "estate": state.estate,
        "zone": state.days.zone,
        "path": state.path,
        "watermark": state.watermark.at,
        "closed": state.watermark.closed,
        "last_day": state.watermark.last_day,
        "noticed": sorted((day, sorted(homes)) for day, homes in state.noticed.items()),
        "meters": sorted(state.meters),
        "book": book,
    }
    saved: Saved = {
        **under("book", arrays),
        **under("passes", state.passes.saved()),
        **under("listings", state.listings.saved()),
    }
    for kind, meter in state.meters.items():
        saved |= under(f"meters/{kind}", meter.saved())
    return pack(about, saved)


def fill(found: EstateState, about: dict[str, Any], arrays: Saved) -> None:
    """Makes of a new state what was packed."""
    found.path = about["path"]
    found.watermark.at, found.watermark.closed = about["watermark"], about["closed"]
    found.watermark.last_day = about["last_day"]
    found.noticed = {day: set(homes) for day, homes in about["noticed"]}
    found.book = Book.restored(about["book"], below("book", arrays))
    found.passes = Passes.restored(below("passes", arrays))
    found.listings = Listings.restored(below("listings", arrays))
    found.meters = {kind: Meter.restored(kind, below(f"meters/{kind}", arrays)) for kind in about["meters"]}
