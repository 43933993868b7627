"""One fold for each kind of stream: the state after a prefix of its facts, and the rows that it reads as."""

from __future__ import annotations

from rentalwatch.domain.events import Stream
from rentalwatch.domain.folds.action import ActionFold
from rentalwatch.domain.folds.base import Fold
from rentalwatch.domain.folds.case import CaseFold
from rentalwatch.domain.folds.dwelling import DwellingFold
from rentalwatch.domain.folds.estate import EstateFold
from rentalwatch.domain.folds.programme import ProgrammeFold
from rentalwatch.domain.folds.rulebook import RulebookFold
from rentalwatch.domain.folds.sublandlord import SublandlordFold

FOLDS: dict[Stream, type[Fold]] = {
    "dwelling": DwellingFold,
    "estate": EstateFold,
    "sublandlord": SublandlordFold,
    "action": ActionFold,
    "case": CaseFold,
    "programme": ProgrammeFold,
    "rulebook": RulebookFold,
}

__all__ = [
    "FOLDS",
    "CaseFold",
    "DwellingFold",
    "EstateFold",
    "Fold",
    "ProgrammeFold",
    "RulebookFold",
    "SublandlordFold",
]
