"""When a message that did not arrive is tried again, and when no more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from rentalwatch.domain.instants import SECOND, Micros


class Retries(BaseModel):
    """How long is waited, and how often: back-off with full jitter.

    The wait before try n+1 is drawn evenly from 0 to `first_seconds` × 2ⁿ⁻¹, at most `longest_seconds`, so
    that many messages to one server that was away do not come back all at once. It is given up after
    `attempts`, or `hours` after the first, whichever comes first.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    first_seconds: Annotated[float, Field(gt=0, le=3_600)] = 5.0
    longest_seconds: Annotated[float, Field(gt=0, le=86_400)] = 3_600.0
    attempts: Annotated[int, Field(ge=1, le=1_000)] = 50
    hours: Annotated[float, Field(gt=0, le=24 * 30)] = 24.0

    def next_at(
        self, now: Micros, tries: int, begun: Micros, asked: float | None, draw: Callable[[], float]
    ) -> Micros | None:
        """When it is tried again, None if it is given up.

        `tries`: how often it was tried since `begun`. `asked`: the seconds that the other side asked to wait
        (Retry-After); it is obeyed up to `longest_seconds`, and never shortens the wait. `draw`: a number
        from 0 to 1.
        """
        if tries >= self.attempts or now - begun >= self.hours * 3_600 * SECOND:
            return None
        most = min(self.longest_seconds, self.first_seconds * 2.0 ** min(tries - 1, 60))
        wait = max(most * draw(), min(max(asked or 0.0, 0.0), self.longest_seconds))
        return now + int(wait * SECOND)
