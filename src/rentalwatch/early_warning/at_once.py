"""Alerts told the moment they are recorded 即时通知, before any projector has folded them.

What is told is what `tell` would tell once they are folded, under the same ids: whoever comes second tells
nothing. A rule that is suspicious again while its alert is open says nothing new, and nobody is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from projections.alerts import ALERTS, OPEN, AlertRow
from projections.files import FILES
from projections.scope import Scope
from rentalwatch.delivery.notification import Notification
from rentalwatch.domain.alerts import AlertTrack
from rentalwatch.domain.events import AlertRaised, RelapseAlertRaised
from rentalwatch.domain.instants import FOREVER, micros
from rentalwatch.early_warning.acts import Act
from rentalwatch.early_warning.notifying import notifications

Said = tuple[str, str, str, int]
"""What an alert says: of which home, of which kind, by which rule, withheld or not."""


def at_once(connection: sa.Connection, raised: Sequence[Act]) -> list[Notification]:
    """What is to be told of alerts that were just recorded: two questions, however many they are. Homes that
    the read models do not know yet are left to `tell`."""
    streams = {act.stream_id for act in raised}
    if not streams:
        return []
    f = FILES.c
    known = sa.select(f.stream_id, f.label, f.area, f.zone).where(f.stream_id.in_(streams))
    homes = {home[0]: home for home in connection.execute(known)}
    open_ = _open(connection, streams)
    rows = []
    for act in raised:
        event = act.event
        if not isinstance(event, AlertRaised) or act.stream_id not in homes:
            continue
        said = _said(act, event)
        if said not in open_:
            open_.add(said)
            rows.append(_row(act, event, homes[act.stream_id]))
    return notifications(rows)


def _open(connection: sa.Connection, streams: Iterable[str]) -> set[Said]:
    """What open alerts of these homes say already, or said themselves."""
    c = ALERTS.c
    now = Scope(FOREVER)
    query = sa.select(c.stream_id, c.kind, c.rule, c.withheld).where(
        *ALERTS.visible(now.asked, now.known_at, now.axis),
        *(c.stream_id.in_(list(streams)), c.status.in_(OPEN), c.status != "lifted"),
        sa.or_(c.answer != "nothing", c.waiting == 1),  # answered as unfounded: the next one is told
    )
    return {(stream, kind, rule, withheld) for stream, kind, rule, withheld in connection.execute(query)}


def _said(act: Act, event: AlertRaised) -> Said:
    return (act.stream_id, _kind(event), event.rule, int(event.withheld_from_manager))


def _kind(event: AlertRaised) -> str:
    return "relapse_alert" if isinstance(event, RelapseAlertRaised) else "alert"


def _row(act: Act, event: AlertRaised, home: Sequence[str]) -> AlertRow:
    """The alert as the read models will show it first."""
    calls = getattr(event, "raised_by", "signal") != "confirmation"
    at = micros(event.happened_at)
    track = AlertTrack(event, act.record_id, at, kind=_kind(event), known=False, calls=calls)
    return AlertRow(home[0], home[1], home[2], home[3], track.row())
