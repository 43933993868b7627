"""Exemptions 豁免: at which homes are warning rules quiet on a day, and why?"""

from __future__ import annotations

from projections.spans import SpanTable
from rentalwatch.domain.judgement import Exemption

EXEMPTIONS = SpanTable("exemptions", Exemption, ("record",))
