"""Identity numbers 身份证号 are recognised at the door: they must not come in as names or cards."""

from __future__ import annotations

import re
from collections.abc import Sequence

LENGTH = 18
_SHAPE = re.compile(r"[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx]")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"


def is_identity_number(text: str) -> bool:
    """Whether a text is a citizen's identity number: a birthday where it belongs and the right check
    character (GB 11643-1999)."""
    if len(text) != LENGTH or not _SHAPE.fullmatch(text):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(text, _WEIGHTS, strict=False))
    return _CHECK[total % 11] == text[17].upper()


def has_identity_number(texts: Sequence[str]) -> bool:
    """Whether any of them is one."""
    return LENGTH in set(map(len, texts)) and any(map(is_identity_number, texts))
