"""YAML as data that people write: read with care, and every complaint told with its line.

Mappings and rulebooks are checked with this alike, so that `source check` and `rulebook check` speak the
same way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from rentalwatch.errors import MisplacedError

Model = TypeVar("Model", bound=BaseModel)

Loc = tuple[int | str, ...]
"""Where a part lies below the top of a text: names of a mapping, positions in a list."""


_ALTERNATIVE = re.compile(r"FromColumn|IsBlank|Calendar|literal\[.*")
"""Where a part may be one of several things, pydantic names the one it tried; the text has no such part."""


class Complaint(BaseModel):
    """Something wrong with a text, with its line (1-based)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    line: int
    where: str
    what: str


class _Loader(yaml.SafeLoader):
    """YAML in which only true and false are truth values: `on`, `yes` and `no` are words, and columns and
    values of sources are called so."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except (ValueError, LookupError, AttributeError, TypeError, ArithmeticError) as e:
            # 2026-02-30, !!bool perhaps, !!timestamp soon: the library lets them through as they come
            what = str(e) if isinstance(e, ValueError) else f"cannot be read as {node.tag}"
            raise yaml.constructor.ConstructorError(None, None, what, node.start_mark) from e


_Loader.yaml_implicit_resolvers = {
    first: [r for r in found if r[0] != "tag:yaml.org,2002:bool"]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), ["t", "f"])


def check(
    text: str, model: type[Model], context: dict[str, Any] | None = None
) -> tuple[Model | None, list[Complaint]]:
    """What the text says as `model`, or what is wrong with it, line by line; `context` as in `validate`."""
    raw, node, complaints = parse(text)
    return (None, complaints) if complaints else validate(raw, node, model, context)


def parse(text: str) -> tuple[Any, yaml.Node | None, list[Complaint]]:
    """The text as plain data and as nodes that know their lines; complaints if it is no YAML, or says one
    thing twice (the library would keep the last without a word)."""
    try:
        node = yaml.compose(text, Loader=_Loader)
        raw = None if node is None else _Loader("").construct_document(node)
    except (yaml.YAMLError, RecursionError) as e:
        return None, None, [_no_yaml(text, e)]
    return raw, node, list(_said_twice(node, set()))


def _no_yaml(text: str, error: Exception) -> Complaint:
    """What the library says of a text that it cannot read, in one line."""
    if isinstance(error, yaml.reader.ReaderError):
        line = text[: error.position].count("\n") + 1
        return Complaint(
            line=line, where="", what=f"has a character that no text has (U+{error.character:04X})"
        )
    mark = getattr(error, "problem_mark", None)
    what = str(getattr(error, "problem", "") or error) or type(error).__name__
    return Complaint(line=mark.line + 1 if mark else 1, where="", what=what)


def validate(
    raw: Any, node: yaml.Node | None, model: type[Model], context: dict[str, Any] | None = None
) -> tuple[Model | None, list[Complaint]]:
    """`raw` as `model`, whose validators may ask for the context; complaints with the lines that `node` has
    for them."""
    try:
        return model.model_validate(raw, context=context), []
    except ValidationError as e:
        return None, _complaints(node, e)


def in_lines(complaints: list[Complaint]) -> str:
    """The complaints as lines of a message."""
    return "\n".join(f"  line {c.line}: {c.where}: {c.what}" for c in complaints)


def _said_twice(node: yaml.Node | None, seen: set[int]) -> Iterator[Complaint]:
    if node is None or id(node) in seen:  # an alias may lead round in a circle
        return
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        names = set()
        for key, value in node.value:
            if isinstance(key.value, str) and key.value in names:
                line = key.start_mark.line + 1
                yield Complaint(line=line, where=key.value, what="stands here a second time")
            names.add(key.value if isinstance(key.value, str) else None)
            yield from _said_twice(value, seen)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from _said_twice(value, seen)


def _complaints(node: yaml.Node | None, error: ValidationError) -> list[Complaint]:
    """One complaint a place, in the order of lines: of a field that is none of the things that it may be
    bound to, only the first reason."""
    found: dict[Loc, Complaint] = {}
    for e in error.errors(include_url=False):
        said = e.get("ctx", {}).get("error")
        full = e["loc"] + (said.where if isinstance(said, MisplacedError) else ())
        loc = tuple(p for p in full if isinstance(p, int) or not _ALTERNATIVE.fullmatch(p))
        place = loc[:4] if loc[:1] == ("records",) and loc[2:3] == ("fields",) else loc
        where = ".".join(map(str, loc))
        what = e["msg"].removeprefix("Value error, ")
        found.setdefault(place, Complaint(line=line_of(node, loc), where=where, what=what))
    deeper = [p for p in found if not any(q != p and q[: len(p)] == p for q in found)]
    return sorted((found[p] for p in deeper), key=lambda c: c.line)


def line_of(node: yaml.Node | None, loc: Loc) -> int:
    """The line of the deepest part of `loc` that the text has."""
    line = node.start_mark.line + 1 if node is not None else 1
    for part in loc:
        if isinstance(node, yaml.MappingNode):
            found = next(((k, v) for k, v in node.value if k.value == part), None)
            if found is None:
                break
            line, node = found[0].start_mark.line + 1, found[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
        else:
            break
    return line
