"""What is to be told to somebody, in words that anybody may read who gets to see the message.

Whoever writes one leaves out who complained, through which channel and in which words, and every person
(domain §2): a message passes through servers of others and is read over shoulders.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from rentalwatch.domain.events import AlertLevel, AreaPath

Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,79}$")]
"""An id that may stand in a URL, a header, a log."""


class Severity(IntEnum):
    """How much it matters: what may wait until morning, and what may not."""

    NOTICE = 1
    WARNING = 2
    URGENT = 3

    @property
    def word(self) -> str:
        """The name by which files and other programs know it."""
        return self.name.lower()


def severity_of(value: Any) -> Any:
    """A severity by its word, as people and files write it. Raises ValueError for another word."""
    if not isinstance(value, str):
        return value
    if value.upper() not in Severity.__members__:
        raise ValueError(f"is none of {', '.join(s.word for s in Severity)}")
    return Severity[value.upper()]


SeverityWord = Annotated[Severity, BeforeValidator(severity_of)]


class Said(BaseModel):
    """The same in both languages."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    en: Annotated[str, StringConstraints(max_length=2_000)]
    zh: Annotated[str, StringConstraints(max_length=2_000)]

    def of(self, lang: str) -> str:
        """In `zh` or, for any other word, in English."""
        return self.zh if lang == "zh" else self.en


class Notification(BaseModel):
    """One thing to be told to those of a level who look after an area.

    `id` decides what is the same: put twice, it is delivered as one, and the first content stands.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Id
    level: AlertLevel
    """Who is to be told: 物业, 居委, 城管中队, 街镇."""
    area: AreaPath
    """Whose area it is: the estate of a manager, the subdistrict of a squad."""
    place: AreaPath = ""
    """Where it happened, a building or an estate: what is of one place is told in one message."""
    severity: SeverityWord = Severity.WARNING
    about: Annotated[tuple[Id, ...], Field(max_length=1_000)] = ()
    """The alerts that it is about."""
    title: Said
    body: Said = Said(en="", zh="")
    due: AwareDatetime | None = None
    """By when an answer is asked for."""
