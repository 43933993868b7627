"""Adopting a rulebook 规则启用: its whole text goes into the ledger, and counts there from then on (D11)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from uuid import uuid5

from pydantic import ValidationError

from rentalwatch.domain.events import Actor, RulebookAdopted
from rentalwatch.domain.streams import identity_key
from rentalwatch.errors import InvalidInputError
from rentalwatch.importers.record import MAX_NAME
from rentalwatch.ledger.application import Ledger, Outcome
from rentalwatch.ledger.statements import NO_RECORD, RECORDS, Statement
from rentalwatch.rulebooks.adoption import adoption

_SAME = ("name", "version", "scope", "effective_from", "effective_until", "calendar")
"""What two adoptions have in common of which the second changes nothing."""


def adopt(
    ledger: Ledger,
    text: str,
    *,
    now: datetime,
    scope: str | None = None,
    since: date | None = None,
    until: date | None = None,
    reason: str = "",
    officer: str = "",
) -> tuple[RulebookAdopted, Outcome]:
    """Stores the adoption of a rulebook's text. `scope`, `since`, `until`: where and when it holds, if not
    as the text itself says.

    Guarantees: the text, scope, days and calendar that were adopted last for that scope and those days are
    known; adopting them again adds nothing and answers as the first time. Raises InvalidInputError.
    """
    said = {"scope": scope, "effective_from": since, "effective_until": until}
    fields = adoption(text, now.year) | {k: v for k, v in said.items() if v is not None}
    _refuse_unusable(fields["name"], fields["effective_from"], fields["effective_until"])
    try:
        event = RulebookAdopted(
            record_id=NO_RECORD, happened_at=now, reason=reason,
            by=Actor(officer=officer) if officer else None, **fields,
        )  # fmt: skip
    except ValidationError as e:
        first = e.errors(include_url=False, include_input=False)[0]
        raise InvalidInputError(
            f"{first['loc'][0]}: {first['msg']}", todo="Write the scope as sh/pudong/.", code="RW-OPTIONS"
        ) from e
    before = [one for one in ledger.adopted() if one.name == event.name]
    last = next((one for one in reversed(before) if _holds_alike(one, event)), None)
    if last is not None and all(getattr(last, name) == getattr(event, name) for name in _SAME):
        found = ledger.outcome(last.record_id)
        assert found is not None, "what stands was recorded"
        return last, replace(found[0], again=True)
    adopted = Statement(event, subject=event.name, of="rulebook")
    record_id = uuid5(RECORDS, f"adoption\x1f{adopted.timeless_hash}\x1f{len(before)}")
    return event, ledger.record(adopted, record_id)


def _holds_alike(one: RulebookAdopted, other: RulebookAdopted) -> bool:
    """Whether both hold in the same area on the same days, so that the later one stands alone."""
    return all(getattr(one, n) == getattr(other, n) for n in ("scope", "effective_from", "effective_until"))


def _refuse_unusable(name: str, since: date | None, until: date | None) -> None:
    if since and until and until < since:
        raise InvalidInputError(
            f"it would end on {until}, before it begins on {since}", todo="Swap them.", code="RW-OPTIONS"
        )
    if len(identity_key("rulebook", name)) > MAX_NAME or not name.isprintable():
        raise InvalidInputError(
            "the rulebook's name is too long, or no text", todo="Give it a shorter name.", code="RW-RULEBOOK"
        )


__all__ = ["adopt"]
