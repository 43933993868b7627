"""Whatever lies in a file: it is refused in words, or its good rows are taken whole. Nothing else."""

from __future__ import annotations

import codecs
import gzip
import json
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rentalwatch.errors import RentalwatchError
from rentalwatch.importers.record import KINDS
from rentalwatch.ledger.audit import audit
from rentalwatch.ledger.codec import decode
from rentalwatch.ledger.folder import open_ledger
from tests.unit.importers.files import HEADER, HOME, imported, write

careful = settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)

MAPPING = """
mapping: 1
source: demo
title: demo
zone: Asia/Shanghai
rulebook: pudong
row_key: "{id}"
dwelling: "{home}"
columns: {id: {}, day: {type: date}, due: {type: datetime}, n: {type: integer}, m2: {type: number}}
records:
  - kind: registration
    key: "{home}"
    fields: {label: "{home}", designed_rooms: {column: n}, usable_m2: {column: m2}}
  - kind: confirmation
    day: day
    when: [{column: day, present: true}]
    fields: {findings: "partition/{id}", basis: source, notice_due: {column: due}}
  - kind: claim
    day: day
    when: [{column: day, present: true}]
    fields: {findings: "partition/{id}"}
"""
"""A row of it states a home; with a day, a confirmation and a claim as well: three facts or one."""

cells = st.one_of(
    st.sampled_from(["", "1", "-1", "2024-02-29", "2024-02-30", "0001-01-01", "9999-12-31", "2030-01-01"]),
    st.sampled_from(["nan", "inf", "1e400", "9" * 5_000, "x" * 201, "2024-03-01T12:00:00", "甲", "a;b"]),
    st.text(max_size=12),
)
values = st.recursive(
    st.one_of(cells, st.none(), st.booleans(), st.integers(), st.floats()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
names = st.sampled_from(
    ["kind", "dwelling", "key", "fact", "on", "at", "zone", "source", "rulebook", "first_seen", "findings",
     "label", "keys", "rooms", "due", "deadline", "by", "channel", "source_recorded_at", "record_id", "index",
     "access", "inspection_id", "officers", "target", "unheard_of"]
)  # fmt: skip


def survives(content: bytes, mapping: str = "records") -> None:
    """Imports a file; checks that whatever was stored can be read and belongs to whole rows."""
    with TemporaryDirectory() as place:
        folder = Path(place)
        known = imported(write(folder, HEADER + "\n" + HOME + "\n"), folder / "data")
        if mapping != "records":
            mapping = str(write(folder, MAPPING, "demo.yaml"))
        try:
            went = imported(write(folder, content, "garbage"), folder / "data", mapping)
        except RentalwatchError as refused:
            assert refused.code.startswith("RW-")
            with open_ledger(folder / "data") as ledger:
                assert ledger.recorder.read_recorded(0) == known.events
            return
        assert went.tally.rows >= went.tally.rejected
        for row in went.events:
            decode(row.type_name, row.state)
        with open_ledger(folder / "data") as ledger:
            assert list(audit(ledger)) == []
        if mapping != "records":
            kinds = Counter(row.type_name for row in went.events)
            claims, found = (
                kinds[f"rentalwatch.{n}.v1"] for n in ("RectificationClaimed", "ViolationConfirmed")
            )
            assert claims == found


@careful
@given(st.binary(max_size=400))
def test_any_bytes(content: bytes) -> None:
    survives(content)


@careful
@given(st.text(max_size=300), st.sampled_from(["utf-8", "gb18030", "utf-16"]), st.booleans())
def test_any_text_in_any_encoding(content: str, encoding: str, packed: bool) -> None:
    raw = content.encode(encoding, errors="ignore")
    survives(gzip.compress(raw) if packed else raw)


@careful
@given(
    st.lists(st.lists(cells, min_size=7, max_size=7), min_size=1, max_size=5), st.sampled_from(sorted(KINDS))
)
def test_any_cells_under_a_canonical_header(rows: list[list[str]], kind: str) -> None:
    survives(_csv([HEADER.split(","), *([kind, *row[1:]] for row in rows)]))


@careful
@given(st.lists(st.tuples(st.sampled_from(sorted(KINDS)), st.dictionaries(names, values)), max_size=5))
def test_any_values_in_json(records: list[tuple[str, dict[str, Any]]]) -> None:
    filled = [{"kind": kind, "dwelling": "甲-1", "key": str(n), "on": "2024-03-01", **record}
              for n, (kind, record) in enumerate(records)]  # fmt: skip
    survives("\n".join(json.dumps(r) for r in filled).encode() or b"{}")


@careful
@given(st.lists(st.lists(cells, min_size=6, max_size=6), min_size=1, max_size=6))
def test_any_cells_through_a_mapping(rows: list[list[str]]) -> None:
    survives(_csv([["id", "home", "day", "due", "n", "m2"], *rows]), "demo")


def _csv(rows: list[list[str]]) -> bytes:
    quoted = (",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows)
    return codecs.BOM_UTF8 + "\n".join(quoted).encode("utf-8", errors="ignore")
