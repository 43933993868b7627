"""A mapping as a town writes it for its hotline's export, and a row of that export."""

from __future__ import annotations

from typing import Any

from rentalwatch.importers.binding import bind
from rentalwatch.importers.mapping import check
from rentalwatch.ledger.statements import Statement
from tests.unit.importers.files import NOW

GOOD = """\
mapping: 1
source: hotline
title: a hotline's export
zone: Asia/Shanghai
rulebook: pudong
row_key: "{ticket}"
dwelling: "hotline:{house}"
columns:
  ticket: {required: true}
  found: {type: date, format: "%d.%m.%Y"}
  told: {type: datetime}
  due: {type: date}
  state: {choices: [open, "no", shut]}
  rooms: {type: integer}
records:
  - kind: registration
    key: "{house}"
    fields:
      label: "{street|no street} {house}"
      unit_unknown: {blank: street}
      designed_rooms: {column: rooms}
  - kind: confirmation
    day: found
    when:
      - {column: found, present: true}
      - {column: state, none_of: [shut]}
    fields:
      findings: "partition/{ticket}"
      basis: source
      letting_form: {column: form, map: {beds: beds, on: dormitory, "": ""}}
  - kind: lead
    at: told
    when: [{column: told, present: true}]
    fields: {ticket: "{ticket}", due: {column: due}}
"""
HEADER = ["ticket", "house", "street", "found", "told", "due", "state", "rooms", "form"]
ROW = dict(zip(HEADER, ["T1", "12", "幸福路", "05.03.2024", "", "", "open", "3", "beds"], strict=True))


def statements(text: str = GOOD, **cells: str) -> list[Statement]:
    """What a row becomes."""
    mapping, complaints = check(text)
    assert mapping is not None, complaints
    return bind(mapping, HEADER, NOW)(list({**ROW, **cells}.values()))


def event(kind: type, **cells: str) -> Any:
    (found,) = [s.event for s in statements(**cells) if isinstance(s.event, kind)]
    return found
