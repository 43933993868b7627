"""The description of the topics for other systems: AsyncAPI 3.0.0, made from what the code does."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rentalwatch import __version__
from rentalwatch.ledger.messages import FIXED, HEADERS, SCHEMA
from rentalwatch.ledger.wanted_topics import SIGNAL_DAYS, Wanted, insync, wanted

COPIES = 3
"""As many as a cluster in earnest has."""

ABOUT = (
    "What a ledger of rentalwatch shows to other systems. The topics begin with what RENTALWATCH_TOPICS says"
    " (default: `rentalwatch`). Events are CloudEvents 1.0 in binary mode; read them with"
    " `isolation.level=read_committed`, since the relay writes in transactions. See docs/messages.md."
)

EVENTS = (
    "Every event of the ledger, published exactly once, kept for ever, never compacted. The key is the"
    " stream, one for each home, estate, case …, and begins with what it is about (`dwelling-`, `estate-`)."
    " All events of a stream lie in one partition, in the order of `ce_version`, without gap or repeat."
    " Events of different streams have no order but that of `ce_position`."
)

PROGRESS = (
    "How far the relay has come: a record under the key `progress`, written in the transaction of the events"
    " that it counts, and one under `barrier`, which a relay writes when it begins and which says nothing to"
    " others. Nobody but the relay writes here."
)

SIGNALS = (
    "Readings of meters, gates and listings in columnar batches (one record holds many readings of one"
    " estate and kind), and what the warning rules need to know of homes. The key is the estate, so that one"
    f" partition is the whole input of an estate: use Kafka's own partitioner (murmur2 of the key), or the"
    f" estate's records lie apart. Kept for {SIGNAL_DAYS} days and no longer. docs/signals.md has the fields."
)

HEADER_SAYS: dict[str, tuple[str, dict[str, Any]]] = {
    "content-type": ("The value is JSON.", {}),
    "ce_specversion": ("The version of CloudEvents.", {}),
    "ce_source": ("Whatever ledger it is; its epoch tells one from another.", {}),
    "ce_id": (
        "The event: uuid5(record id, index). The same event has the same id for ever.",
        {"format": "uuid"},
    ),
    "ce_type": ("The type of event with its version.", {}),
    "ce_subject": (
        "The stream: the file of a home, an estate, a case … The same as the key.",
        {"minLength": 1},
    ),
    "ce_time": ("When the ledger recorded it, in microseconds and UTC.", {"format": "date-time"}),
    "ce_dataschema": ("The `$id` of the value's JSON Schema.", {"format": "uri"}),
    "ce_position": (
        "Place in the whole ledger; increases, may have gaps. Decimal.",
        {"pattern": "^[1-9][0-9]*$"},
    ),
    "ce_version": ("Place in the stream: 1, 2, 3, without gaps. Decimal.", {"pattern": "^[1-9][0-9]*$"}),
    "ce_epoch": (
        "Which life of the ledger; greater after a restore. Decimal.",
        {"pattern": "^(0|[1-9][0-9]*)$"},
    ),
}

PROGRESS_FIELDS: dict[str, dict[str, Any]] = {
    "epoch": {"type": "integer", "minimum": 0, "description": "Which life of the ledger."},
    "topic_id": {"type": "string", "description": "Kafka's id of the topic of events."},
    "position": {"type": "integer", "minimum": 0, "description": "Of the last published event; 0: none yet."},
    "sha256": {"type": "string", "description": "Of that event; empty if there is none yet."},
    "recorded_at": {
        "type": "integer",
        "minimum": 0,
        "description": "Of that event, microseconds since 1970.",
    },
}


def document(type_names: Iterable[str]) -> dict[str, Any]:
    """The whole description, for events of these types."""
    names = sorted(type_names)
    events, progress, signals = wanted("{prefix}")
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "rentalwatch",
            "version": __version__,
            "description": ABOUT,
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {
            "events": _channel(events, EVENTS, names),
            "progress": _channel(progress, PROGRESS, ["progress", "barrier"]),
            "signals": _channel(signals, SIGNALS, ["signals"]),
        },
        "operations": {name: _sent(name) for name in ("events", "progress")},
        "components": {
            "parameters": {"prefix": {"default": "rentalwatch", "description": "RENTALWATCH_TOPICS."}},
            "messageTraits": {"cloudEvent": _cloud_event()},
            "messages": {name: _event(name) for name in names}
            | {"progress": _progress(), "barrier": _barrier(), "signals": _signals()},
        },
    }


def _channel(topic: Wanted, about: str, messages: list[str]) -> dict[str, Any]:
    settings = {setting.name: setting.value for setting in topic.settings}
    kept = {name: int(settings[name]) for name in ("retention.ms", "retention.bytes") if name in settings}
    return {
        "address": topic.name,
        "description": about,
        "parameters": {"prefix": {"$ref": "#/components/parameters/prefix"}},
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
        "bindings": {
            "kafka": {
                "partitions": topic.partitions,
                "replicas": COPIES,
                "topicConfiguration": {"cleanup.policy": settings["cleanup.policy"].split(","), **kept},
                "bindingVersion": "0.5.0",
            }
        },
        "x-min-insync-replicas": insync(COPIES),
    }


def _sent(channel: str) -> dict[str, Any]:
    return {
        "action": "send",
        "channel": {"$ref": f"#/channels/{channel}"},
        "summary": "The relay writes; whoever may read, reads.",
    }


def _cloud_event() -> dict[str, Any]:
    properties = {
        name: {"type": "string", "description": HEADER_SAYS[name][0], **HEADER_SAYS[name][1]}
        for name in HEADERS
    }
    for name, value in FIXED.items():
        properties[name]["const"] = value.decode()
    return {
        "contentType": "application/json",
        "headers": {"type": "object", "required": [*HEADERS], "properties": properties},
        "bindings": {
            "kafka": {"key": {"type": "string", "description": "The stream."}, "bindingVersion": "0.5.0"}
        },
    }


def _event(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "traits": [{"$ref": "#/components/messageTraits/cloudEvent"}],
        "headers": {
            "type": "object",
            "properties": {"ce_type": {"const": name}, "ce_dataschema": {"const": SCHEMA + name}},
        },
        "payload": {
            "schemaFormat": "application/schema+json;version=draft-2020-12",
            "schema": {"$ref": f"./schemas/{name}.json"},
        },
    }


def _progress() -> dict[str, Any]:
    return {
        "name": "progress",
        "payload": {
            "type": "object",
            "required": [*PROGRESS_FIELDS],
            "properties": PROGRESS_FIELDS,
            "description": "Later releases may add fields.",
        },
        "bindings": {"kafka": {"key": {"type": "string", "const": "progress"}, "bindingVersion": "0.5.0"}},
    }


def _barrier() -> dict[str, Any]:
    return {
        "name": "barrier",
        "payload": {"type": "object"},
        "bindings": {"kafka": {"key": {"type": "string", "const": "barrier"}, "bindingVersion": "0.5.0"}},
    }


def _signals() -> dict[str, Any]:
    return {
        "name": "signals",
        "summary": "Readings of one estate and kind, or what is known of its homes; JSON (docs/signals.md).",
        "bindings": {
            "kafka": {"key": {"type": "string", "description": "The estate."}, "bindingVersion": "0.5.0"}
        },
    }
