"""The report of refused rows: the rows as they were, and why. Corrected, it is a file to import again."""

from __future__ import annotations

import re
from collections.abc import Sequence

COLUMNS = ("refused_row", "refused_column", "refused_code", "refused_because", "what_to_do")
"""What a report adds behind the columns of the file; ignored when it is imported."""

LINE = "record"
"""The one column of a report on an NDJSON file: the line."""

NUMBER = re.compile(r"^[+-]?\d[\d,.]*%?$")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def harmless(cell: str) -> str:
    """A cell that a spreadsheet would run as a formula, with an apostrophe before it; numbers stay."""
    runs = cell.lstrip("'").startswith(_FORMULA) and not NUMBER.match(cell)
    return f"'{cell}" if runs else cell


def restored(cell: str) -> str:
    """The cell as it was before `harmless`."""
    return cell[1:] if cell.startswith("'") and cell.lstrip("'").startswith(_FORMULA) else cell


def fitted(cells: Sequence[str], width: int) -> list[str]:
    """The cells of a row in as many columns: surplus ones stand in the last, so that nothing is lost."""
    if len(cells) <= width:
        return [*cells, *[""] * (width - len(cells))]
    return [*cells[: width - 1], ",".join(cells[width - 1 :])]
