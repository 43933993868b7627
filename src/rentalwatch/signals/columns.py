"""Columns of a record as arrays, and which of their values are none."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Packed = NDArray[np.uint64]
Homes = NDArray[np.intp]
"""Places of homes in an estate, sorted, each once."""

WIDEST = 2**62
"""What is beyond is no number that a reading could have."""
EXACT = 2**53
"""Below it every whole number is a float of its own."""


def nothing(n: int) -> Mask:
    return np.zeros(n, dtype=np.bool_)


def whole_numbers(values: list[Any], *, plain: bool) -> tuple[Ints, Mask]:
    """(numbers, which are none), [n] both. `plain`: no truth value is among them, which arrays would take
    for 1 and 0."""
    array = _as_array(values) if plain else None
    if array is not None and array.dtype == np.int64:
        return array, nothing(len(values))
    if array is not None and array.dtype == np.float64:  # 7.0 is a whole number, as JSON Schema has it
        whole = np.isfinite(array) & (array == np.rint(array)) & (np.abs(array) < EXACT)
        return np.where(whole, array, 0).astype(np.int64), ~whole
    return _one_by_one_whole(values)


def numbers(values: list[Any], *, plain: bool) -> tuple[Floats, Mask]:
    """The same for numbers with a fraction; NaN and infinity are none."""
    array = _as_array(values) if plain else None
    if array is None or array.dtype not in (np.int64, np.float64):
        array = np.array([float(v) if _is_number(v) else np.nan for v in values], dtype=np.float64)
    found = array.astype(np.float64, copy=False)
    return found, ~np.isfinite(found)


def _as_array(values: list[Any]) -> NDArray[Any] | None:
    try:
        array = np.asarray(values)
    except (ValueError, OverflowError):
        return None
    return array if array.ndim == 1 and array.size else None


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and abs(value) < WIDEST  # never so of NaN and infinity


def _one_by_one_whole(values: list[Any]) -> tuple[Ints, Mask]:
    good = [_is_number(v) and int(v) == v for v in values]
    found = np.array([int(v) if g else 0 for v, g in zip(values, good, strict=True)], dtype=np.int64)
    return found, ~np.array(good, dtype=np.bool_)
