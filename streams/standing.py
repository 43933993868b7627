"""Why a partition is not read further, though nothing is broken that passes by itself. Pure."""

from __future__ import annotations


class StandstillError(Exception):
    """Something that retrying at once does not mend. `name` says of which kind; `what` is a sentence for
    people, without a stream's name."""

    def __init__(self, name: str, what: str, partition: int | None = None) -> None:
        super().__init__(what)
        self.name, self.what, self.partition = name, what, partition
