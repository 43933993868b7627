"""Rulebooks as data: one YAML file per place, loaded by name."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import yaml
from pydantic import ValidationError

from rentalwatch.domain.rulebook import Rulebook, content_hash
from rentalwatch.errors import InvalidInputError, NotFoundError


def names() -> list[str]:
    """The rulebooks that come with rentalwatch."""
    return sorted(f.name[:-5] for f in files(__name__).iterdir() if f.name.endswith(".yaml"))


@cache
def load(name: str) -> tuple[Rulebook, str]:
    """A rulebook and its version `name@hash`. Raises NotFoundError, InvalidInputError."""
    if name not in names():
        known = ", ".join(names())
        raise NotFoundError(
            f"there is no rulebook {name!r}", todo=f"Known rulebooks: {known}.", code="RW-NO-RULEBOOK"
        )
    text = (files(__name__) / f"{name}.yaml").read_bytes()
    try:
        book = Rulebook.model_validate(yaml.safe_load(text))
    except (ValidationError, yaml.YAMLError) as e:
        raise InvalidInputError(f"the rulebook {name!r} is not valid: {e}", code="RW-RULEBOOK") from e
    return book, f"{name}@{content_hash(text)}"
