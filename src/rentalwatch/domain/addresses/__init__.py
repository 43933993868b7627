"""Addresses compared with caution 地址比对: which homes are *possibly* the same dwelling, and why.

Nothing here says that two homes are one; that is a person's decision. A pair is named only if both lie
in the same place and one reading of each is the same; a reading carries the reasons that led to it and
how certain it is.
"""

from rentalwatch.domain.addresses.groups import Group, Member, groups
from rentalwatch.domain.addresses.likeness import Likeness, likeness, readings
from rentalwatch.domain.addresses.written import REASONS, Address, Certainty, Comparable, Reading, Reason

__all__ = [
    "REASONS",
    "Address",
    "Certainty",
    "Comparable",
    "Group",
    "Likeness",
    "Member",
    "Reading",
    "Reason",
    "groups",
    "likeness",
    "readings",
]
