"""Lines with their places, wherever a file is cut into blocks."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rentalwatch.early_warning import lines as module
from rentalwatch.early_warning.lines import lines


@given(
    parts=st.lists(st.binary(max_size=30).map(lambda b: b.replace(b"\n", b"")), max_size=12),
    block=st.integers(1, 40),
    ended=st.booleans(),
)
def test_every_line_that_is_not_blank_with_where_it_begins_and_what_comes_behind(
    parts: list[bytes], block: int, ended: bool
) -> None:
    whole = b"\n".join(parts) + (b"\n" if ended and parts else b"")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "BLOCK", block)
        found = list(lines(io.BytesIO(whole)))
    expected, begin = [], 0
    for part in parts:
        end = min(begin + len(part) + 1, len(whole))
        if part.strip(b" \t\r\n"):
            expected.append((begin, part.strip(b" \t\r\n"), end))
        begin = end
    assert [(p.offset, p.record, end) for p, end in found] == expected
    assert all(whole[p.offset :].lstrip(b" \t\r").startswith(p.record) for p, _ in found)
