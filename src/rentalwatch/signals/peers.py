"""A home against its peers 同户型: the homes of its estate with as many designed rooms."""

from __future__ import annotations

import numpy as np

from rentalwatch.signals.columns import Floats

LEAST_PEERS = 5
"""With fewer of a size all homes of the estate are the peers; with fewer of those nobody is compared."""
LEAST_SPREAD = 0.05
"""Of the median: where peers are nearly alike, a trifle would be many deviations away."""


def against_peers(amounts: Floats, rooms: Floats) -> tuple[Floats, Floats]:
    """(as a multiple of the peers' median, distance from it in median absolute deviations), [n] both; NaN
    where an amount or the peers are not known, or where the median is nothing."""
    times, distance = np.full(amounts.size, np.nan), np.full(amounts.size, np.nan)
    known = ~np.isnan(amounts)
    for size in np.unique(np.nan_to_num(rooms, nan=-1.0)):
        alike = np.nan_to_num(rooms, nan=-1.0) == size
        peers = amounts[alike & known]
        if size < 0 or peers.size < LEAST_PEERS:
            peers = amounts[known]
        middle = np.median(peers) if peers.size >= LEAST_PEERS else 0.0
        if middle > 0:
            spread = max(np.median(np.abs(peers - middle)), LEAST_SPREAD * middle)
            times[alike] = amounts[alike] / middle
            distance[alike] = (amounts[alike] - middle) / spread
    return times, distance


def middle_of(amounts: Floats) -> float:
    """The median of an estate, NaN with too few."""
    known = amounts[~np.isnan(amounts)]
    return float(np.median(known)) if known.size >= LEAST_PEERS else float("nan")
