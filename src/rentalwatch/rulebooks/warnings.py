"""Warning rules from a file of their own: to be tried before they become part of a rulebook."""

from __future__ import annotations

from rentalwatch.checked_yaml import in_lines, parse, validate
from rentalwatch.domain.warning import Warnings
from rentalwatch.errors import InvalidInputError
from rentalwatch.rulebooks import failed_tests, read, refuse_failing


def warnings_of(text: str, name: str) -> Warnings:
    """The warning rules of a text: a rulebook, or what stands under `warning` in one (`rules`, and perhaps
    `combined`). Their tests are run. Raises InvalidInputError (RW-RULEBOOK) with the lines."""
    raw, node, complaints = parse(text)
    if not complaints and not (isinstance(raw, dict) and "rules" in raw):
        refuse_failing(text)
        return read(text, name)[0].warning
    found, complaints = (None, complaints) if complaints else validate(raw, node, Warnings)
    if found is not None:
        complaints = failed_tests(found, node)
    if found is None or complaints:
        raise InvalidInputError(
            f"the rules of {name} are not valid:\n{in_lines(complaints)}",
            todo="Correct them; docs/rules.md says what a rule may ask.",
            code="RW-RULEBOOK",
        )
    return found
