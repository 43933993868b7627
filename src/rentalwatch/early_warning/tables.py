"""What early warning keeps 预警状态: the same tables on SQLite and PostgreSQL.

None of it can be made again from the ledger, and readings are gone after thirty days: so it lies in a
database of its own, which no rebuild touches.
"""

from __future__ import annotations

import sqlalchemy as sa

from projections.database import TEXT

METADATA = sa.MetaData()

STATES = sa.Table(
    "estate_states",
    METADATA,
    sa.Column("estate", TEXT, primary_key=True),
    sa.Column("partition", sa.Integer, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("snapshot", sa.LargeBinary, nullable=False),
    sa.Index("estate_states_by_partition", "partition"),
)
"""What an estate's readings came to, whole. `version`: of the evaluator that wrote it; `partition`: of the
topic of signals where the estate's records lie, 0 in a data folder."""

CHECKPOINTS = sa.Table(
    "signal_checkpoints",
    METADATA,
    sa.Column("topic_id", TEXT, primary_key=True),
    sa.Column("partition", sa.Integer, primary_key=True),
    sa.Column("next_offset", sa.BigInteger, nullable=False),
    sa.Column("replay_from", sa.BigInteger, nullable=False),
    sa.Column("turn", sa.BigInteger, nullable=False),
)
"""How far readings were judged, and from where they must be read again to have every state as it was then.
`turn` grows with each write: whoever finds another one than it left was taken for dead (D7)."""

SAVED = sa.Table(
    "saved_up_to",
    METADATA,
    sa.Column("topic_id", TEXT, primary_key=True),
    sa.Column("partition", sa.Integer, primary_key=True),
    sa.Column("estate", TEXT, primary_key=True),
    sa.Column("next_offset", sa.BigInteger, nullable=False),
)
"""Up to where an estate's state holds the records of a partition: those before are passed over when it is
read again, so that nothing is counted twice."""

DAY_COUNTS = sa.Table(
    "day_counts",
    METADATA,
    sa.Column("estate", TEXT, primary_key=True),
    sa.Column("day", sa.Integer, primary_key=True),
    sa.Column("evaluator", sa.Integer, nullable=False),
    sa.Column("homes", sa.Integer, nullable=False),
    sa.Column("rows", sa.LargeBinary, nullable=False),
)
"""The figures of a closed day of all homes of an estate, packed (`signals.rows.Rows`): what is left of
readings, and what a back-test runs on. `day`: local days since 1970-01-01; `evaluator`: of the version that
computed them."""

LATE = sa.Table(
    "late_readings",
    METADATA,
    sa.Column("estate", TEXT, primary_key=True),
    sa.Column("day", sa.Integer, primary_key=True),
    sa.Column("kind", TEXT, primary_key=True),
    sa.Column("dwelling", TEXT, primary_key=True),
    sa.Column("readings", sa.BigInteger, nullable=False),
)
"""Readings of a day that was closed when they came: counted, judged nowhere. `day`: the local day they are
of."""

TALLIES = sa.Table(
    "tallies",
    METADATA,
    sa.Column("estate", TEXT, primary_key=True),
    sa.Column("kind", TEXT, primary_key=True),
    sa.Column("reason", TEXT, primary_key=True),
    sa.Column("day", sa.Integer, primary_key=True),
    sa.Column("readings", sa.BigInteger, nullable=False),
)
"""How many readings came to what: taken, refused or put right (`signals.treatments`). `estate`: empty where
it is none that is known, since the name may be anything; `day`: on which they were sent, UTC, in days since
1970-01-01; −1 where that cannot be told."""

EVIDENCE = sa.Table(
    "evidence",
    METADATA,
    sa.Column("alert", TEXT, primary_key=True),
    sa.Column("estate", TEXT, nullable=False),
    sa.Column("dwelling", TEXT, nullable=False),
    sa.Column("rule", TEXT, nullable=False),
    sa.Column("version", TEXT, nullable=False),
    sa.Column("day", sa.Integer, nullable=False),
    sa.Column("happened_at", sa.BigInteger, nullable=False),
    sa.Column("figures", TEXT, nullable=False),
    sa.Index("evidence_by_dwelling", "dwelling"),
)
"""What an alert rests on, for `rules explain`: the figures of its home on that day as JSON, when it fired
first. The first content stands."""

PUBLISHED = sa.Table(
    "published_contexts",
    METADATA,
    sa.Column("estate", TEXT, primary_key=True),
    sa.Column("digest", TEXT, nullable=False),
    sa.Column("position", sa.BigInteger, nullable=False),
)
"""Which context of an estate was handed on last: an equal one is not handed on again."""

META = sa.Table(
    "meta", METADATA, sa.Column("name", TEXT, primary_key=True), sa.Column("value", TEXT, nullable=False)
)
"""`format`."""
