"""The fold of a home's file 一户一档: one step per kind of fact, in the module of what it is about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from rentalwatch.domain.events import Event
from rentalwatch.domain.folds.base import Step
from rentalwatch.domain.folds.dwelling import (
    agencies,
    alerts,
    leads,
    people,
    rectification,
    register,
    rounds,
    visits,
)
from rentalwatch.domain.folds.dwelling.home import Home


class DwellingFold(Home):
    """The state of a home's file with every step that moves it along."""

    __slots__ = ()

    STEPS: ClassVar[Mapping[type[Event], Step]] = {
        **register.STEPS,
        **people.STEPS,
        **leads.STEPS,
        **alerts.STEPS,
        **visits.STEPS,
        **agencies.STEPS,
        **rounds.STEPS,
        **rectification.STEPS,
    }


__all__ = ["DwellingFold"]
