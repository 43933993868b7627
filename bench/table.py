"""The results as people read them."""

from __future__ import annotations

from collections.abc import Sequence

from bench.measure import SMALLER_IS_BETTER, Row

HEAD = ("what", "ours", "peer", "ratio", "floor", "goal", "unit", "")


def table(rows: Sequence[Row]) -> str:
    """Aligned columns, a line a benchmark."""
    lines = [HEAD, *(_cells(row) for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(HEAD))]
    return "\n".join(
        "  ".join(cell.ljust(w) if i in (0, 6, 7) else cell.rjust(w) for i, (cell, w) in parts).rstrip()
        for parts in (list(enumerate(zip(line, widths, strict=True))) for line in lines)
    )


def _cells(row: Row) -> tuple[str, ...]:
    times = "×" if row.ratio is not None else ""
    sign = "≤ " if row.unit in SMALLER_IS_BETTER else "≥ "
    bounds = [f"{sign}{b:g}{times}" if b is not None else "" for b in (row.floor, row.goal)]
    verdict = {True: "", False: "below the floor", None: ""}[row.meets(row.floor)]
    if row.meets(row.goal):
        verdict = "goal reached"
    ratio = f"{row.ratio:.2f}×" if row.ratio is not None else ""
    return (row.name, _number(row.ours), _number(row.peer), ratio, *bounds, row.unit, verdict)


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"


def missed(rows: Sequence[Row]) -> str:
    """Which floors are missed, and by how much."""
    said = []
    for row in rows:
        if row.floor is not None and row.meets(row.floor) is False:
            by = abs(row.judged / row.floor - 1)
            said.append(
                f"Missed: {row.name}: {row.judged:.2f} where the floor is {row.floor:g} (by {by:.0%})."
            )
    if not any(row.floor is not None for row in rows):
        return "None of these is held to a floor at this size."
    return "\n".join(said) or "Every floor is met."
