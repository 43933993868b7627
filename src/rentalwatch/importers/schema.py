"""The canonical record as a JSON Schema, generated from the events that it becomes (D17).

What the schema accepts the importer accepts too, as far as a shape can say: whether the home is known, or
a date lies in the future, only the importer can tell.
"""

from __future__ import annotations

import json
from typing import Any

from rentalwatch.domain.events import OFFICER_NUMBER, Event, Finding, fields_of
from rentalwatch.importers.record import (
    INSTANTS,
    KINDS,
    LISTS,
    MAX_NAME,
    STATED,
    STRUCTURED,
    TIMELESS,
    subjects,
)

Schema = dict[str, Any]

_DATE = r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
_TIME = r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)?"
_FINDING = r"[^/;\s][^/;]{0,199}/[^;]{0,199}[^;\s]"

_WORDS: dict[str, Schema] = {
    "date": {
        "type": "string",
        "format": "date",
        "pattern": f"^{_DATE}$",
        "description": "A day: 2026-03-24.",
    },
    "instant": {
        "type": "string",
        "pattern": f"^{_DATE}(T{_TIME})?$",
        "description": "2026-03-24T18:30+08:00. Without an offset it is read in the record's zone. A bare "
        "date is that whole day.",
    },
    "finding": {
        "description": "One ground found in one place: `ground/key`, or the two apart.",
        "anyOf": [{"type": "string", "pattern": f"^{_FINDING}$"}, {"$ref": "#/$defs/Finding"}],
    },
}

_NAME: Schema = {"type": "string", "minLength": 1, "maxLength": MAX_NAME}

_ABOUT = {
    "dwelling": "Whose home: an identity key that a registration made known.",
    "estate": "Which estate: the name it was registered by.",
    "sublandlord": "Which sublandlord: the reference it was identified by.",
    "action": "Which joint action.",
    "case": "Which penalty case: its number.",
    "programme": "Which programme.",
}

_RECORD: Schema = {
    "description": "What every record says: when it happened, and its own key.",
    "type": "object",
    "required": ["kind", "key"],
    "properties": {
        "key": _NAME | {"description": "The record's own key: the same key again is the same fact, revised."},
        "fact": _NAME | {"description": "Tells apart facts that share a key [default: the kind]."},
        "on": {"$ref": "#/$defs/date", "description": "The day it happened, where the hour is not known."},
        "at": {"$ref": "#/$defs/instant", "description": "The instant it happened; goes before `on`."},
        "zone": {
            "type": "string",
            "minLength": 1,
            "description": "IANA zone of dates and of instants without an offset [default: Asia/Shanghai].",
        },
        "rulebook": _NAME
        | {
            "description": "Whose clocks run: the name of a rulebook, shipped or adopted. With a version "
            "(name@hash): what it had to say stands in the record already."
        },
        "first_seen": {"type": "boolean", "description": "The day is when the source first showed it."},
        "record": {
            "type": "string",
            "format": "uuid",
            "description": "The id that it had in the book it comes from, and keeps; in no retraction.",
        },
        "source": {"type": "string", "description": "Not needed: all records of a file are of one source."},
    },
}


def record_schema() -> Schema:
    """The schema of one record: one alternative per kind (JSON Schema 2020-12)."""
    shared = {"record": _RECORD, **_WORDS, "Finding": _untitled(Finding.model_json_schema())}
    kinds = {kind: _kind(kind, cls, shared) for kind, cls in KINDS.items()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "rentalwatch: a canonical record",
        "description": "One thing said about one home, estate, case … A file holds one record a line "
        "(NDJSON), or one a row with these names as columns (CSV; lists with `;` between their parts).",
        "type": "object",
        "required": ["kind"],
        "properties": {"kind": {"enum": list(KINDS)}},
        "oneOf": [{"$ref": f"#/$defs/{kind}"} for kind in KINDS],
        "$defs": kinds | dict(sorted(shared.items())),
    }


def as_text() -> str:
    """The schema as `rentalwatch source schema` prints it and `docs/record.schema.json` holds it."""
    return json.dumps(record_schema(), ensure_ascii=False, indent=2) + "\n"


def _kind(kind: str, cls: type[Event], shared: dict[str, Schema]) -> Schema:
    """One kind's alternative; what its fields refer to is added to `shared`."""
    model = cls.model_json_schema()
    fields = sorted(fields_of(cls) | STATED)
    properties = {name: _field(name, model["properties"][name]) for name in fields}
    _keep(properties, model.get("$defs", {}), shared)
    always = [name for name in fields if cls.model_fields[name].is_required()]
    about: list[str] = [*subjects(cls)]
    properties |= {of: _NAME | {"description": _ABOUT[of]} for of in about}
    found: Schema = {
        "description": " ".join((cls.__doc__ or "").split()),
        "$ref": "#/$defs/record",
        "required": always + (about if len(about) == 1 else []),
        "properties": {"kind": {"const": kind}, **properties},
        "unevaluatedProperties": False,
    }
    if len(about) > 1:
        found["oneOf"] = [{"required": [of]} for of in about]
    if kind not in TIMELESS:
        found["anyOf"] = [{"required": ["on"]}, {"required": ["at"]}]
    return found


def _field(name: str, plain: Schema) -> Schema:
    """A field as a record may state it: instants as bare dates too, lists as text too."""
    if name in INSTANTS:
        return {"$ref": "#/$defs/instant"}
    bare = {k: v for k, v in _untitled(plain).items() if k != "default"}
    if name not in LISTS:
        return bare
    if name == "findings":
        bare["items"] = {"$ref": "#/$defs/finding"}
    if name == "officers" and name not in STRUCTURED:
        bare["items"] = bare["items"] | {"pattern": f"^{OFFICER_NUMBER}$"}
    if name in STRUCTURED:
        return bare
    text = {"type": "string", "minLength": 1, "description": "The parts with `;` between them."}
    if name == "findings":
        text["pattern"] = rf"^{_FINDING}(\s*;\s*{_FINDING})*$"
    if name == "officers":
        text["pattern"] = rf"^{OFFICER_NUMBER}(\s*;\s*{OFFICER_NUMBER})*$"
    return {"anyOf": [bare, text]}


def _keep(part: Any, defs: dict[str, Schema], shared: dict[str, Schema]) -> None:
    """Adds every definition that `part` refers to, and what those refer to."""
    if isinstance(part, dict):
        name = str(part.get("$ref", "")).removeprefix("#/$defs/")
        if name in defs and name not in shared:
            shared[name] = _untitled(defs[name])
            if name == "Actor":
                shared[name]["properties"]["officer"]["pattern"] = f"^({OFFICER_NUMBER})?$"
            _keep(shared[name], defs, shared)
        part = list(part.values())
    if isinstance(part, list):
        for inner in part:
            _keep(inner, defs, shared)


def _untitled(part: Any) -> Any:
    """Without the titles that pydantic makes of the names."""
    if isinstance(part, dict):
        named = part.get("properties")
        found = {k: _untitled(v) for k, v in part.items() if k not in ("title", "properties")}
        return found | ({"properties": {k: _untitled(v) for k, v in named.items()}} if named else {})
    return [_untitled(inner) for inner in part] if isinstance(part, list) else part
