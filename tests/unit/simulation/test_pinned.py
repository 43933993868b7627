"""The years on which rules are measured stay the same years."""

from __future__ import annotations

from hashlib import sha256

from rentalwatch.simulation import District, readings
from rentalwatch.simulation.truth import lines

DISTRICT = District(1, dwellings=60, days=14, homes_an_estate=20, gas=True)


def test_the_readings_are_those_on_which_figures_were_taken() -> None:
    """Another digest means other years: measure all of docs/rules.md again before it is changed here."""
    assert (
        sha256(b"\n".join(readings(DISTRICT))).hexdigest()
        == "efcdcba1779e53bbc4a69aba619a6f1aa95de836558152e5c18b15d1e39b3d81"
    )


def test_the_truth_is_that_against_which_figures_were_taken() -> None:
    assert (
        sha256(b"".join(lines(DISTRICT))).hexdigest()
        == "8167bf115c033a1d626f37ece89d3265ad9a5117552fe2aa60d025d661fdd478"
    )
