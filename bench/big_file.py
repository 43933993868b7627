"""A CSV file in the shape of nyc_hpd, as long as wanted: the real rows over and over, under new ids."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

HPD = Path(__file__).parents[1] / "examples/data/nyc_hpd_lead_bronx/violations.csv.gz"


def write_copies(path: Path, rows: int) -> None:
    """Writes `rows` rows; each round through the real file is about other buildings."""
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        written = copy = 0
        while written < rows:
            with gzip.open(HPD, "rt", encoding="utf-8", newline="") as real:
                reader = csv.reader(real)
                header = next(reader)
                ids = [header.index(name) for name in ("violationid", "buildingid")]
                if not written:
                    writer.writerow(header)
                for row in reader:
                    if written == rows:
                        return
                    for i in ids:
                        row[i] = f"{copy}{row[i]:0>9}"
                    writer.writerow(row)
                    written += 1
            copy += 1
