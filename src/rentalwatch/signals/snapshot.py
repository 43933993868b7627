"""An estate's state as bytes, and back, exactly: a head in JSON (names, kinds and shapes of arrays, what is
no array), then the arrays one after the other, compressed."""

from __future__ import annotations

import json
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rentalwatch.errors import InvalidInputError

FORMAT = 1
"""A state in another format is not read: it is folded again from the topic."""
_MAGIC = b"RWSIG"
_FASTEST = 1

Saved = dict[str, NDArray[Any]]
"""Arrays under names with slashes."""


def pack(lists: Any, arrays: Saved) -> bytes:
    """`lists`: what JSON can hold. Equal states give equal bytes."""
    ordered = dict(sorted(arrays.items()))
    shapes = [[name, array.dtype.str, list(array.shape)] for name, array in ordered.items()]
    head = json.dumps({"lists": lists, "arrays": shapes}, ensure_ascii=False).encode()
    body = b"".join([len(head).to_bytes(8, "little"), head, *(a.tobytes() for a in ordered.values())])
    return _MAGIC + FORMAT.to_bytes(2, "little") + zlib.compress(body, _FASTEST)


def unpack(packed: bytes) -> tuple[Any, Saved]:
    """The inverse of `pack`. Raises InvalidInputError (RW-SIGNAL-STATE) if it is no state of this format."""
    if packed[:5] != _MAGIC or int.from_bytes(packed[5:7], "little") != FORMAT:
        raise InvalidInputError(
            "this is no state of signals in a format that this version reads",
            todo="Remove this state: it is folded again from the records that are kept.",
            code="RW-SIGNAL-STATE",
        )
    body = zlib.decompress(packed[7:])
    end = 8 + int.from_bytes(body[:8], "little")
    head = json.loads(body[8:end])
    arrays: Saved = {}
    for name, kind, shape in head["arrays"]:
        count = int(np.prod(shape))
        arrays[name] = np.frombuffer(body, kind, count, end).reshape(shape).copy()
        end += arrays[name].nbytes
    return head["lists"], arrays


def under(name: str, arrays: Saved) -> Saved:
    """Arrays one step deeper."""
    return {f"{name}/{inner}": array for inner, array in arrays.items()}


def below(name: str, arrays: Saved) -> Saved:
    """Those under a name, one step up."""
    return {key[len(name) + 1 :]: array for key, array in arrays.items() if key.startswith(f"{name}/")}


def day_and_key(name: str) -> tuple[int, str]:
    """A day and what follows it in a name."""
    day, _, key = name.partition("/")
    return int(day), key
