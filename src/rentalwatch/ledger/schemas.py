"""What is promised to those who read events: a JSON Schema for each type of event, and what would break it.

A schema describes the bytes that `codec.encode` writes: a field that has its default is left out, so it is
never null, and only fields without a default are required.
"""

from __future__ import annotations

import re
from typing import Any

from rentalwatch.domain.events import VERSIONED
from rentalwatch.ledger.messages import SCHEMA

DIALECT = "https://json-schema.org/draft/2020-12/schema"

TO_READERS = (
    "A field that is left out has its `default`; one without a default is not known, or does not apply."
    " Fields that are not named here may come with a later release: pass over them. Everything else stays as"
    " it is for ever; what cannot, becomes a type with the next version in its name."
)

SAYS_NOTHING = frozenset({"$comment", "$defs", "$ref", "$schema", "description", "examples", "title"})
"""Keywords that no validator heeds, or that are followed (`$ref`) before schemas are compared."""

Schema = dict[str, Any]

_OUR_PAGES = re.compile(r" \((?:D\d+|domain §[\d.]+)\)")
"""References to the design's pages, which readers of events do not have."""


def schema_of(type_name: str) -> Schema:
    """The JSON Schema (2020-12) of the values of a type of event. Raises KeyError for an unknown type."""
    made = _as_written(VERSIONED[type_name].model_json_schema(mode="validation"))
    definitions = made.pop("$defs", {})
    about = f"{made.pop('description')}\n\n{TO_READERS}"
    made = {"$schema": DIALECT, "$id": SCHEMA + type_name, "title": type_name, "description": about, **made}
    return made | {"$defs": definitions} if definitions else made


def _as_written(schema: Any) -> Any:
    """Without what holds for commands and not for readers (no further field), without null, which is never
    written, and without titles that only repeat a name."""
    if isinstance(schema, list):
        return [_as_written(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: value for key, value in schema.items() if key not in ("title", "additionalProperties")}
    if kept.get("default", 0) is None:
        del kept["default"]
    if "description" in kept:
        kept["description"] = _OUR_PAGES.sub("", kept["description"])
    said = [one for one in kept.pop("anyOf", []) if one != {"type": "null"}]
    kept |= said[0] if len(said) == 1 else {"anyOf": said} if said else {}
    return {key: _part_as_written(key, value) for key, value in kept.items()}


def _part_as_written(keyword: str, value: Any) -> Any:
    if keyword in ("properties", "$defs"):
        return {name: _as_written(schema) for name, schema in value.items()}
    return value if keyword in ("default", "enum", "const") else _as_written(value)


def breaks(old: Schema, new: Schema) -> list[str]:
    """What would break a reader if `new` took the place of `old`; empty if nothing does.

    Events of a type stay in the topic for ever, so readers of the old schema meet new events, and readers of
    the new one meet old events. Both hold only if nothing changes but words, and fields that are added and
    may be left out. What a field means that is left out, its default, does not change either.
    """
    return list(_breaks(old, new, old, new, ""))


def _breaks(old: Any, new: Any, old_root: Schema, new_root: Schema, at: str) -> list[str]:
    if not (isinstance(old, dict) and isinstance(new, dict)):
        return [] if old == new else [f"{at or 'the schema'}: {old!r} became {new!r}"]
    old, new = _followed(old, old_root), _followed(new, new_root)
    found = []
    for keyword in sorted((old.keys() | new.keys()) - SAYS_NOTHING):
        before, after = old.get(keyword), new.get(keyword)
        if keyword == "properties":
            found += _fields_broken(before or {}, after or {}, old_root, new_root, at)
        elif keyword in ("items", "anyOf", "prefixItems"):
            found += _parts_broken(before, after, old_root, new_root, f"{at}/{keyword}")
        elif _settled(keyword, before) != _settled(keyword, after):
            found.append(f"{at or 'the schema'}: {keyword} was {before!r} and became {after!r}")
    return found


def _fields_broken(
    before: dict[str, Schema], after: dict[str, Schema], old_root: Schema, new_root: Schema, at: str
) -> list[str]:
    gone = [f"{at}/{name}: the field is gone" for name in before if name not in after]
    both = [name for name in before if name in after]
    return gone + [b for n in both for b in _breaks(before[n], after[n], old_root, new_root, f"{at}/{n}")]


def _parts_broken(before: Any, after: Any, old_root: Schema, new_root: Schema, at: str) -> list[str]:
    if not (isinstance(before, list) and isinstance(after, list)):
        return _breaks(before, after, old_root, new_root, at)
    if len(before) != len(after):
        return [f"{at}: {len(before)} forms became {len(after)}"]
    pairs = enumerate(zip(before, after, strict=True))
    return [b for i, (one, other) in pairs for b in _breaks(one, other, old_root, new_root, f"{at}/{i}")]


def _followed(schema: Schema, root: Schema) -> Schema:
    """With what `$ref` names in its place; ours name only their own `$defs`."""
    while "$ref" in schema:
        named = root["$defs"][schema["$ref"].removeprefix("#/$defs/")]
        schema = named | {key: value for key, value in schema.items() if key != "$ref"}
    return schema


def _settled(keyword: str, value: Any) -> Any:
    """Without an order that means nothing."""
    if keyword in ("required", "enum"):
        return sorted(map(repr, value or []))
    return value
