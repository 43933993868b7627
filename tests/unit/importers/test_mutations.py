"""A thousand damaged files of every kind that is read, at fixed seeds: each is refused in words, or its
good rows are taken whole. Nothing is half-applied, and no file makes the importer grow."""

from __future__ import annotations

import gzip
import io
import lzma
import random
import resource
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from rentalwatch.errors import RentalwatchError
from rentalwatch.importers.report import COLUMNS
from rentalwatch.importers.spreadsheet import child
from rentalwatch.importers.spreadsheet.writing import SheetFile
from rentalwatch.ledger.audit import audit
from rentalwatch.ledger.folder import open_ledger
from tests.unit.importers.files import imported

HEADER = "kind,dwelling,key,on,label,findings,basis"
ROWS = [
    ["registration", "甲-1", "h1", "", "幸福路1号", "", ""],
    ["registration", "甲-2", "h2", "", "幸福路2号", "", ""],
    ["confirmation", "甲-1", "c1", "2024-03-01", "", "partition/1", "source"],
    ["claim", "甲-1", "k1", "2024-03-04", "", "partition/1", ""],
    ["rejection", "甲-1", "r1", "2024-03-05", "", "partition/1", "source"],
]
MAPPING = """\
mapping: 1
source: demo
title: demo
zone: Asia/Shanghai
rulebook: pudong
row_key: "{key}"
dwelling: "{dwelling}"
given: {city: {required: false, default: x, pattern: "[a-z]*"}}
columns: {kind: {values: {registration: home, confirmation: found, claim: said, rejection: no}},
          "on": {type: date, format: ["%Y-%m-%d", "%Y/%m/%d"]}, label: {pattern: ".*", hint: text}}
refuse:
  - {column: kind, because: no date, when: [{column: kind, any_of: [found]}, {column: "on", present: false}]}
records:
  - {kind: registration, key: "{dwelling}", fields: {label: "{dwelling|of no name}"}}
  - kind: confirmation
    day: "on"
    when: [{column: kind, any_of: [found]}]
    fields: {findings: "partition/1", basis: source}
"""


def csv_file() -> bytes:
    return "\n".join([HEADER, *(",".join(row) for row in ROWS), ""]).encode()


def ndjson() -> bytes:
    names = HEADER.split(",")
    said = ([f'"{n}": "{v}"' for n, v in zip(names, row, strict=True) if v] for row in ROWS)
    lines = ("{" + ", ".join(fields) + "}" for fields in said)
    return "\n".join([*lines, ""]).encode()


def sheet(*more: str) -> bytes:
    file = SheetFile("记录", [*HEADER.split(","), *more])
    for row in ROWS:
        cells = [date.fromisoformat(c) if c.startswith("2024-") else c for c in row]
        file.add([*cells, *([7, "on", "RW-DATE", "x", "y"] if more else [])])
    out = io.BytesIO()
    file.book.save(out)
    return out.getvalue()


def report() -> bytes:
    why = ["7", "on", "RW-DATE", "x", "y"]
    lines = [f"{HEADER},{','.join(COLUMNS)}", *(",".join(row + why) for row in ROWS)]
    return "\n".join([*lines, ""]).encode()


def damaged(content: bytes, rng: random.Random) -> bytes:
    """Bits turned, bytes cut out, doubled, cut off, or replaced by what breaks parsers."""
    data = bytearray(content)
    for _ in range(rng.randint(1, 4)):
        at, size = rng.randrange(len(data) + 1), rng.choice([1, 2, 8, 64, 512])
        match rng.randrange(6):
            case 0 if at < len(data):
                data[at] ^= 1 << rng.randrange(8)
            case 1:
                del data[at : at + size]
            case 2:
                data[at:at] = data[at : at + size] * rng.choice([1, 2, 50])
            case 3:
                del data[at:]
            case 4:
                data[at : at + size] = rng.randbytes(min(size, 16))
            case _:
                data[at : at + rng.choice([0, 1, 4])] = rng.choice(SNAGS)
        if not data:
            return b""
    return bytes(data)


SNAGS = [b'"', b"\n", b",", b"\0", b"'=1+1", b"\xff\xfe", b"{", b"}" * 40, b"[" * 5_000, b"<!DOCTYPE x>",
         b"&a;", b"9" * 400, b"-1", b"1e999", b"nan", "甲".encode() * 90, b"\r", b"<c>", b"</v>",
         b'r="XFD1048576"', b'r="A0"', b"&*a", b"!!python/object:os.system", b"? : - |", b'(a+)+$"', b"%",
         b"PK\x05\x06"]  # fmt: skip


def damaged_within(content: bytes, rng: random.Random) -> bytes:
    """A whole zip file, one of whose parts is damaged: what a careful attacker sends."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as z, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        weighted = [n for n in z.namelist() for _ in range(8 if "sheet" in n.lower() else 1)]
        chosen = rng.choice(weighted)
        for name in z.namelist():
            part = z.read(name)
            new.writestr(name, damaged(part, rng) if name == chosen else part)
    return out.getvalue()


Make = Callable[[random.Random], bytes]
KINDS: dict[str, tuple[int, Make, str]] = {
    "csv": (170, lambda rng: damaged(csv_file(), rng), "records"),
    "ndjson": (150, lambda rng: damaged(ndjson(), rng), "records"),
    "gz": (50, lambda rng: damaged(gzip.compress(csv_file(), mtime=0), rng), "records"),
    "gz within": (50, lambda rng: gzip.compress(damaged(csv_file(), rng), mtime=0), "records"),
    "xz": (50, lambda rng: damaged(lzma.compress(csv_file()), rng), "records"),
    "xz within": (50, lambda rng: lzma.compress(damaged(ndjson(), rng)), "records"),
    "xlsx": (80, lambda rng: damaged(sheet(), rng), "records"),
    "xlsx within": (170, lambda rng: damaged_within(sheet(), rng), "records"),
    "report": (50, lambda rng: damaged(report(), rng), "records"),
    "xlsx report": (50, lambda rng: damaged_within(sheet(*COLUMNS), rng), "records"),
    "mapping": (130, lambda rng: csv_file(), "mapping"),
}  # fmt: skip
"""Kind → how many mutations, how one is made, by what it is imported."""

PROVEN = ("gz", "xz")
"""Kinds of file with a checksum over all they hold: no damage to them goes unseen."""

GROWTH = 256 << 20
"""Bytes by which this process may grow over all mutations of a kind: a line may have 1 MiB, a gzip of a
few hundred bytes unpacks to no more."""


def test_they_are_a_thousand() -> None:
    assert sum(count for count, _, _ in KINDS.values()) == 1_000


@pytest.mark.parametrize("kind", KINDS)
def test_damaged_files_are_refused_or_taken_in_whole_rows(kind: str, tmp_path: Path) -> None:
    count, make, mapping = KINDS[kind]
    before, others = _most(resource.RUSAGE_SELF), _most(resource.RUSAGE_CHILDREN)
    refused = 0
    for seed in range(count):
        rng = random.Random(f"{kind} {seed}")
        folder = tmp_path / str(seed)
        folder.mkdir()
        (folder / "file").write_bytes(make(rng))
        name = mapping
        if mapping == "mapping":
            (folder / "m.yaml").write_bytes(damaged(MAPPING.encode(), rng))
            name = str(folder / "m.yaml")
        refused += not survives(folder, name)
    assert refused, "damage too mild to tell anything"
    assert refused < count or kind in PROVEN, "damage too strong to tell anything"
    assert _most(resource.RUSAGE_SELF) - before < GROWTH
    # children of tests before this one may have been larger; none of these was
    assert _most(resource.RUSAGE_CHILDREN) < max(child.MEMORY, others + 1)


def _most(whose: int) -> int:
    """The most memory that this process, or any child of it, ever had, in bytes."""
    return resource.getrusage(whose).ru_maxrss << 10


def survives(folder: Path, mapping: str) -> bool:
    """Whether the file was imported; if not, it was refused with a code and nothing was stored."""
    try:
        went = imported(folder / "file", folder / "data", mapping)
    except RentalwatchError as e:
        assert e.code.startswith("RW-")
        assert e.what
        assert not (folder / "data").exists()
        return False
    assert went.tally.rows >= went.tally.rejected == len(went.rejected)
    assert went.tally.events_added == len(went.events) == went.batch.events_added
    if not went.tally.rejected:
        assert went.tally.rows == went.batch.rows
    for row in went.rejected:
        assert row.error.code.startswith("RW-")
        assert row.error.what
    with open_ledger(folder / "data") as ledger:
        assert list(audit(ledger)) == []
    return True


def test_a_mapping_of_a_billion_laughs_is_a_complaint(tmp_path: Path) -> None:
    levels = "".join(f"l{i + 1}: &l{i + 1} [{', '.join([f'*l{i}'] * 10)}]\n" for i in range(12))
    for bomb in (f"l0: &l0 ha\n{levels}{MAPPING}", f"l0: &l0 ha\n{levels}source: *l12\n"):
        (tmp_path / "m.yaml").write_text(bomb)
        (tmp_path / "file").write_bytes(csv_file())
        assert not survives(tmp_path, str(tmp_path / "m.yaml"))


def test_the_files_that_are_damaged_are_sound_before(tmp_path: Path) -> None:
    whole = {
        "csv": csv_file(),
        "ndjson": ndjson(),
        "xlsx": sheet(),
        "report": report(),
        "x report": sheet(*COLUMNS),
    }
    for name, content in whole.items():
        (tmp_path / name).write_bytes(content)
        went = imported(tmp_path / name, tmp_path / f"{name} data")
        assert (went.tally.rows, went.codes) == (len(ROWS), []), name
    (tmp_path / "m.yaml").write_text(MAPPING)
    went = imported(tmp_path / "csv", tmp_path / "mapped", str(tmp_path / "m.yaml"))
    assert (went.tally.rows, went.codes) == (len(ROWS), [])
