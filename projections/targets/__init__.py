"""The three targets: how many homes were omitted, newly found, relapsed, and which?

Defined so that they can be challenged (domain §6): the unit is the home, counted once a headline; every
figure has a list of exactly that many rows; an empty denominator is None (无应计对象), never 0.
One condition feeds a figure and its list.
"""

from __future__ import annotations

from projections.targets.beside import BESIDE, beside
from projections.targets.board import Board, as_json, board
from projections.targets.homes import HOMES, OF_A_PROGRAMME
from projections.targets.lists import listed
from projections.targets.tags import TAGS, tagged
from projections.targets.timely import TIMELY
from projections.targets.within import WITHIN

FIGURES = [*HOMES, *OF_A_PROGRAMME, *WITHIN, *TIMELY, "net", *BESIDE]
"""Every figure that has a list."""

DEFINITION = "targets/1"
"""Named in every figure that is handed upward; raised when a figure is defined otherwise."""

__all__ = [
    "BESIDE",
    "DEFINITION",
    "FIGURES",
    "HOMES",
    "OF_A_PROGRAMME",
    "TAGS",
    "TIMELY",
    "WITHIN",
    "Board",
    "as_json",
    "beside",
    "board",
    "listed",
    "tagged",
]
