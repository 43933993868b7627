"""Streams and their names (domain §3.1): what a stream is about stands before the first hyphen of its id.

A stream's id is assigned once and never recomputed; identity keys point to it.
"""

from __future__ import annotations

import re
from typing import cast

from rentalwatch.domain.events import Stream

_STREAM_ID = re.compile(r"^[a-z]+-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")


def is_stream(name: str) -> bool:
    """Whether a name is a stream's id rather than an identity key."""
    return _STREAM_ID.match(name) is not None


def kind_of(stream: str) -> Stream:
    """What a stream is about."""
    return cast(Stream, stream.partition("-")[0])


def identity_key(of: Stream, name: str) -> str:
    """The identity key of what is called `name`. Homes are known by their keys as they are; a home, an
    estate and a case may be called alike, so the keys of the others begin with what they are of. What is
    named by its stream's id keeps it."""
    return name if of == "dwelling" or is_stream(name) or name.startswith(f"{of}:") else f"{of}:{name}"
