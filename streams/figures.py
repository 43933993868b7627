"""What is read from the read models now and then for the metrics: the three targets, and what is parked."""

from __future__ import annotations

import time
from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from projections.files import FILES
from projections.generations import at_live
from projections.parking import PARKED_RECORDS
from projections.scope import Scope
from projections.targets import Board, board
from rentalwatch.domain.instants import micros
from rentalwatch.observe import metrics

GAUGES = {
    "known": metrics.TARGET_KNOWN,
    "omitted": metrics.TARGET_OMITTED,
    "confirmed_first": metrics.TARGET_CONFIRMED_FIRST,
    "net": metrics.TARGET_NET_GROWTH,
    "open": metrics.TARGET_OPEN,
    "relapses": metrics.TARGET_RELAPSED,
    "claims_unverified": metrics.TARGET_CLAIMS_UNVERIFIED,
}
"""Figure → the gauge that shows it."""


def show_parked(engine: sa.Engine) -> None:
    """Files and records that are set aside. Raises the database's errors."""
    with at_live(engine) as connection:
        files = sa.select(sa.func.count()).select_from(FILES).where(FILES.c.parked != 0)
        metrics.PROJECTION_PARKED_STREAMS.set(connection.execute(files).scalar_one())
        records = sa.select(sa.func.count()).select_from(PARKED_RECORDS)
        metrics.PROJECTION_PARKED_RECORDS.set(connection.execute(records).scalar_one())


def show_targets(engine: sa.Engine, zone: str) -> None:
    """The targets of each area, as known now, for the year that began on 1 January. A figure with nothing to
    count is not shown. Raises the database's errors."""
    now = datetime.fromtimestamp(time.time(), ZoneInfo(zone))
    begin = micros(now.replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0))
    with at_live(engine) as connection:
        first = sa.func.split_part(FILES.c.area, "/", 1)
        of_homes = (FILES.c.kind == "dwelling", FILES.c.area != "")
        areas = connection.execute(sa.select(first).where(*of_homes).distinct()).scalars().all()
        boards = {
            area: board(connection, Scope(asked=micros(now), begin=begin, area=f"{area}/")) for area in areas
        }
    hide_targets()
    for area, found in boards.items():
        _show(area, found)


def hide_targets() -> None:
    """Another worker shows them."""
    for gauge in (*GAUGES.values(), metrics.TARGET_OMITTED_CAUSE):
        gauge.clear()


def _show(area: str, found: Board) -> None:
    for name, gauge in GAUGES.items():
        value = found.figure(name)
        if value is not None:
            gauge.labels(area).set(value)
    for cause in metrics.CAUSES:
        value = found.figure(cause)
        if value is not None:
            metrics.TARGET_OMITTED_CAUSE.labels(area, cause).set(value)
