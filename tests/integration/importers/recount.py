"""New York's figures counted from the file alone: nothing of the project is used here, so that it can be
compared with what the project shows."""

from __future__ import annotations

from collections.abc import Sequence

Row = dict[str, str]
Home = tuple[str, str]
REJECTING = {"INVALID CERTIFICATION", "DEFECT LETTER ISSUED", "NOT COMPLIED WITH"}
NO_ACCESS = {"FIRST NO ACCESS TO RE- INSPECT VIOLATION", "SECOND NO ACCESS TO RE-INSPECT VIOLATION"}
GRANTED, DENIED = "CERTIFICATION POSTPONMENT GRANTED", "CERTIFICATION POSTPONMENT DENIED"


def home(row: Row) -> Home:
    return row["buildingid"], row["apartment"]


def day(row: Row, column: str) -> str:
    """The date of a cell, as text that sorts; blank where there is none."""
    return row[column][:10]


def counts(rows: Sequence[Row]) -> dict[str, int]:
    """What the file states."""
    noticed = [r for r in rows if r["novissueddate"]]
    claimed = [r for r in rows if r["certifieddate"]]
    failed = [r for r in rows if r["currentstatus"] in NO_ACCESS]
    extended = [r for r in rows if r["newcorrectbydate"]]
    rejected = [r for r in rows if r["currentstatus"] in REJECTING]
    refuted = refuted_claims(rows)
    return {
        "confirmations": len(rows),
        "homes": len({home(r) for r in rows}),
        "homes, unit unknown": len({home(r) for r in rows if not r["apartment"]}),
        "notices": len({(home(r), r["novid"]) for r in noticed if r["novid"]}),
        "findings without a notice": sum(not r["novid"] for r in rows),
        "claims": len({(home(r), day(r, "certifieddate")) for r in claimed}),
        "findings claimed": len(claimed),
        "failed visits": len({(home(r), day(r, "currentstatusdate")) for r in failed}),
        "findings with a failed visit": len(failed),
        "findings extended": len(extended),
        "findings extended, date unknown": sum(r["currentstatus"] != GRANTED for r in extended),
        "extensions refused": sum(r["currentstatus"] == DENIED for r in rows),
        "findings rejected": len(rejected),
        "findings rejected, no dated claim": sum(not r["certifieddate"] for r in rejected),
        "claims refuted": len(refuted),
        "homes with a refuted claim": len({where for where, _ in refuted}),
    }


def refuted_claims(rows: Sequence[Row]) -> set[tuple[Home, str]]:
    """(home, day of the claim) where a later inspection of the home found something again."""
    last: dict[Home, str] = {}
    for row in rows:
        last[home(row)] = max(last.get(home(row), ""), day(row, "inspectiondate"))
    return {
        (home(r), day(r, "certifieddate"))
        for r in rows
        if r["certifieddate"] and last[home(r)] > day(r, "certifieddate")
    }


def omitted(rows: Sequence[Row], asked: str) -> tuple[set[Home], set[Home]]:
    """Homes (past a deadline, with an unchecked claim) as of the end of the day `asked`."""
    inspected: dict[Home, set[str]] = {}
    for row in rows:
        inspected.setdefault(home(row), set()).add(day(row, "inspectiondate"))
    late: set[Home] = set()
    unchecked: set[Home] = set()
    for row in rows:
        if day(row, "inspectiondate") > asked:
            continue
        if _pending(row, asked, inspected[home(row)]):
            if day(row, "certifieddate") < asked:
                unchecked.add(home(row))
        elif (deadline := _deadline(row, asked)) and deadline < asked:
            late.add(home(row))
    return late, unchecked


def _pending(row: Row, asked: str, inspections: set[str]) -> bool:
    claimed, status = day(row, "certifieddate"), day(row, "currentstatusdate")
    if not claimed or claimed > asked or claimed < day(row, "inspectiondate"):
        return False
    rejected = row["currentstatus"] in REJECTING and claimed <= status <= asked
    return not rejected and not any(claimed < d <= asked for d in inspections)


def _deadline(row: Row, asked: str) -> str:
    """The deadline in force: of the notice, or of an extension granted by then."""
    notice, extension = day(row, "novissueddate"), day(row, "currentstatusdate")
    if row["newcorrectbydate"] and notice <= extension <= asked:
        return day(row, "newcorrectbydate")
    return day(row, "originalcorrectbydate") if notice and notice <= asked else ""
