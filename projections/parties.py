"""Parties 关系人: who had to do with a home on a day, in which role? Where else a party is known is told by
`sublandlords`."""

from __future__ import annotations

from projections.spans import SpanTable
from rentalwatch.domain.judgement import Party

PARTIES = SpanTable("parties", Party, ("party", "role"), ("party", "role"))
