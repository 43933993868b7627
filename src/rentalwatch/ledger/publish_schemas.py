"""Writes what is published of messages: `python -m rentalwatch.ledger.publish_schemas [docs]`.

`schemas/<type>.json`, `asyncapi.yaml` and `signals.schema.json` are made anew each time.
`schemas/released.json` is what readers rely on: types are added to it, and fields that may be left out;
whatever would break a reader is refused, and nothing is written. A type that is no longer written keeps its
schema, since its events stay in the topic.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import yaml

from rentalwatch.domain.events import VERSIONED
from rentalwatch.errors import NotPermittedError
from rentalwatch.ledger.asyncapi import document
from rentalwatch.ledger.schemas import Schema, breaks, schema_of
from rentalwatch.signals.records import schema as schema_of_signals

RELEASED = "released.json"


def publish(docs: Path) -> None:
    """Writes the files. Raises NotPermittedError (RW-SCHEMA-BREAKS) if a reader would break; nothing is
    written then."""
    texts = made(released(docs))
    (docs / "schemas").mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (docs / name).write_text(text, encoding="utf-8")


def released(docs: Path) -> dict[str, Schema]:
    """Type name → the schema that readers rely on; empty before the first."""
    path = docs / "schemas" / RELEASED
    found: dict[str, Schema] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return found


def made(before: dict[str, Schema]) -> dict[str, str]:
    """File name → text, given what readers rely on. Raises NotPermittedError (RW-SCHEMA-BREAKS)."""
    now = before | {name: schema_of(name) for name in VERSIONED}
    broken = [f"{name}{what}" for name in before for what in breaks(before[name], now[name])]
    if broken:
        raise NotPermittedError(
            f"readers of published events would break: {'; '.join(broken)}",
            todo="Take the change back, or make it in a new version of the type, with an upcast.",
            code="RW-SCHEMA-BREAKS",
        )
    files = {f"schemas/{name}.json": _json(schema) for name, schema in now.items()}
    about = yaml.safe_dump(document(now), sort_keys=False, allow_unicode=True, width=110)
    files["signals.schema.json"] = _json(schema_of_signals())
    return files | {f"schemas/{RELEASED}": _json(dict(sorted(now.items()))), "asyncapi.yaml": HEAD + about}


HEAD = "# Made by `python -m rentalwatch.ledger.publish_schemas`; not to be changed by hand.\n"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    publish(Path(sys.argv[1] if len(sys.argv) > 1 else "docs"))
