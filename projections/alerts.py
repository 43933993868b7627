"""Alerts 预警: which were raised, who has to answer, and what became of them?"""

from __future__ import annotations

from projections.spans import SpanTable
from rentalwatch.domain.judgement import Alert

ALERTS = SpanTable("alerts", Alert, ("record",), ("rule", "raised_at"), ("status", "due"))
