"""A generated year of a district's signals, and what was true of its homes: to try warning rules on.

Nothing here knows a rule or a threshold: how people live comes first, what meters and gates make of it
second, what the wire does to that third (docs/simulation.md). The same district always gives the same bytes.
"""

from rentalwatch.simulation.district import District
from rentalwatch.simulation.truth import truth
from rentalwatch.simulation.year import readings

__all__ = ["District", "readings", "truth"]
