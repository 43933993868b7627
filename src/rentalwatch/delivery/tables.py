"""The tables of the outbox: the same on SQLite and PostgreSQL.

They cannot be made again from the ledger, so they lie in a database of their own that no rebuild touches.
"""

from __future__ import annotations

import sqlalchemy as sa

from projections.database import TEXT

METADATA = sa.MetaData()

STATES = ("waiting", "sending", "sent", "given_up", "dropped")
"""Of a message. `sending`: a sender has it, until `next_at`; if that passes, the sender died. `dropped`: it
was given up, and a person decided that nobody need be told any more."""

_UNROUTED = sa.text("routed_at IS NULL")
_UNTOLD = sa.text("channels = 0")

NOTIFICATIONS = sa.Table(
    "notifications",
    METADATA,
    sa.Column("id", TEXT, primary_key=True),
    sa.Column("put_at", sa.BigInteger, nullable=False),
    sa.Column("routed_at", sa.BigInteger),
    sa.Column("channels", sa.Integer, nullable=False, default=0),
    sa.Column("level", TEXT, nullable=False),
    sa.Column("area", TEXT, nullable=False),
    sa.Column("place", TEXT, nullable=False),
    sa.Column("severity", sa.Integer, nullable=False),
    sa.Column("content", TEXT, nullable=False),
    sa.Index("notifications_unrouted", "put_at", "id", sqlite_where=_UNROUTED, postgresql_where=_UNROUTED),
    sa.Index("notifications_untold", "put_at", "id", sqlite_where=_UNTOLD, postgresql_where=_UNTOLD),
)
"""What was put. `channels`: how many took it; 0 after routing: nobody is there to be told; -1 once a
person decided to leave it at that."""

MESSAGES = sa.Table(
    "messages",
    METADATA,
    sa.Column("id", TEXT, primary_key=True),
    sa.Column("channel", TEXT, nullable=False),
    sa.Column("level", TEXT, nullable=False),
    sa.Column("area", TEXT, nullable=False),
    sa.Column("place", TEXT, nullable=False),
    sa.Column("severity", sa.Integer, nullable=False),
    sa.Column("state", TEXT, nullable=False),
    sa.Column("opened_at", sa.BigInteger, nullable=False),
    sa.Column("next_at", sa.BigInteger, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("tries_of_turn", sa.Integer, nullable=False),
    sa.Column("turn_from", sa.BigInteger),
    sa.Column("lease", TEXT, nullable=False),
    sa.Column("done_at", sa.BigInteger),
    sa.Index("messages_due", "state", "next_at", "channel"),
    sa.Index("messages_of_channel", "channel", "state", "next_at"),
    sa.Index("messages_open", "place", "state"),
)
"""What goes to one channel at once: notifications of one audience, place and severity.

`tries` numbers the attempts for ever; a *turn* is the tries until it is sent or given up, and a replay
begins another: `tries_of_turn` since `turn_from`. `lease`: which sender has it."""

PARTS = sa.Table(
    "message_parts",
    METADATA,
    sa.Column("channel", TEXT, primary_key=True),
    sa.Column("notification_id", TEXT, primary_key=True),
    sa.Column("message_id", TEXT, nullable=False),
    sa.Index("message_parts_of_message", "message_id"),
)
"""Which message tells a channel of a notification: the key says that there is one alone."""

ATTEMPTS = sa.Table(
    "attempts",
    METADATA,
    sa.Column("message_id", TEXT, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("outcome", TEXT, nullable=False),
    sa.Column("status", sa.Integer),
    sa.Column("code", TEXT, nullable=False),
    sa.Column("seconds", sa.Float),
)
"""Every try, written down before it is made: one whose sender died stays as `unknown`. `code`: a short word
or number for why; nothing of what the other side answered."""

UNTOLD = sa.and_(NOTIFICATIONS.c.routed_at.is_not(None), NOTIFICATIONS.c.channels == sa.literal_column("0"))
"""Notifications that no channel took. The number stands in the statement: an index of these rows alone is not
used for one that is handed over beside it."""

BUCKETS = sa.Table(
    "buckets",
    METADATA,
    sa.Column("channel", TEXT, primary_key=True),
    sa.Column("tokens", sa.Float, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
)
"""How many messages a channel may be sent now; all senders take from the same one."""

META = sa.Table(
    "meta", METADATA, sa.Column("name", TEXT, primary_key=True), sa.Column("value", TEXT, nullable=False)
)
"""`format`; and `routing`, the row that is locked by whoever groups notifications."""
