"""A signal record, as whoever sends it writes it: the published schema (docs/signals.schema.json).

Everything that is not a column is validated by these models when a record is read. Columns are declared here
and validated as arrays (`columns`): a test holds that both accept the same.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, RootModel, StringConstraints, TypeAdapter

MAX_BYTES = 4 * 1024 * 1024
"""Of a record: what a broker takes is of this order, and a line without end must not fill the memory."""
MAX_READINGS = 50_000
MAX_NAMES = 50_000
FIRST_SECOND = 946_684_800
"""2000-01-01T00:00:00Z."""
LAST_SECOND = 250_000_000_000
"""In the year 9892: what is later has no date."""

Seconds = Annotated[int, Field(ge=FIRST_SECOND, le=LAST_SECOND)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Estate = Annotated[str, StringConstraints(pattern=r"^[^\s\x00-\x1f]{1,200}$")]
Source = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
CardHash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16,64}$")]
Names = Annotated[list[Name], Field(max_length=MAX_NAMES)]
At = Annotated[int, Field(description="whole seconds since 1970-01-01T00:00:00Z")]
Index = Annotated[int, Field(ge=0, description="which of the names, from 0")]
Share = Annotated[float, Field(ge=0, allow_inf_nan=False)]


T = TypeVar("T")
Column = Annotated[list[T], Field(max_length=MAX_READINGS)]
"""One value for each reading; all columns of a record are equally long."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Head(_Model):
    """What every record of readings has beside its columns."""

    v: Literal[1]
    estate: Estate
    source: Source
    sent_at: Seconds
    dwellings: Names


class GatePassHead(Head):
    kind: Literal["gate_pass"]
    key_id: Source = "1"
    cards: Annotated[list[CardHash], Field(max_length=MAX_NAMES)]


class MeterHead(Head):
    """Registers of meters: what stands on the meter, not what was used."""


class ElectricityHead(MeterHead):
    kind: Literal["electricity"]
    unit: Literal["kWh", "Wh"]


class WaterHead(MeterHead):
    kind: Literal["water", "gas"]
    unit: Literal["m3", "l"]


class ListingHead(Head):
    kind: Literal["listing"]


class GatePasses(GatePassHead):
    """Passes of a gate 门禁通行: by card, as a keyed hash, never by person."""

    dwelling: Column[Index]
    at: Column[At]
    card: Column[Index]
    direction: Column[Literal["in", "out"]] | None = None


class Electricity(ElectricityHead):
    """Registers of electricity meters 电表读数."""

    dwelling: Column[Index]
    at: Column[At]
    value: Column[Share]


class WaterOrGas(WaterHead):
    """Registers of water or gas meters 水表、燃气表读数."""

    dwelling: Column[Index]
    at: Column[At]
    value: Column[Share]


class Listings(ListingHead):
    """Advertisements 房源信息 as found on a platform: `rooms` as advertised, `by_bed` 1 if beds are let."""

    dwelling: Column[Index]
    at: Column[At]
    ad: Column[Annotated[str, StringConstraints(min_length=1, max_length=64)]]
    by_bed: Column[Annotated[int, Field(ge=0, le=1)]]
    rooms: Column[Annotated[int, Field(ge=0, le=63)]]


class Exempt(_Model):
    """An exemption: `from` and `until` in seconds, until open if null."""

    start: Seconds = Field(alias="from")
    until: Seconds | None = None
    kind: Literal["family", "shop", "other"]


class Home(_Model):
    """What the record knows of a home; instants in seconds, null if there is none."""

    dwelling: Name
    keys: Names = []
    rooms: Annotated[int, Field(ge=0, le=1000)] | None = None
    persons: Annotated[int, Field(ge=0, le=10_000)] | None = None
    area: Annotated[float, Field(ge=0, le=100_000, allow_inf_nan=False)] | None = None
    watch_since: Seconds | None = None
    released_at: Seconds | None = None
    confirmed_at: Seconds | None = None
    rectified_at: Seconds | None = None
    exempt: Annotated[list[Exempt], Field(max_length=100)] = []
    complaints: Annotated[list[Seconds], Field(max_length=1000)] = []
    withheld: bool = False


class Context(_Model):
    """What warning rules need to know of an estate's homes, as it stood at a position of the ledger. Written
    by the product itself from its read models."""

    v: Literal[1]
    kind: Literal["context"]
    estate: Estate
    zone: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    path: Annotated[str, StringConstraints(max_length=500)]
    position: Annotated[int, Field(ge=0)]
    sent_at: Seconds | None = None
    dwellings: Annotated[list[Home], Field(max_length=MAX_NAMES)]


HEADS: dict[str, type[Head]] = {
    "gate_pass": GatePassHead,
    "electricity": ElectricityHead,
    "water": WaterHead,
    "gas": WaterHead,
    "listing": ListingHead,
}
"""Kind → what is validated of its records beside columns."""

COLUMNS: dict[str, tuple[str, ...]] = {
    "gate_pass": ("dwelling", "at", "card", "direction"),
    "electricity": ("dwelling", "at", "value"),
    "water": ("dwelling", "at", "value"),
    "gas": ("dwelling", "at", "value"),
    "listing": ("dwelling", "at", "ad", "by_bed", "rooms"),
}
"""Kind → its columns."""

OPTIONAL = frozenset({"direction"})

KINDS = (*HEADS, "context")


class SignalRecord(RootModel[GatePasses | Electricity | WaterOrGas | Listings | Context]):
    """One record of the topic of signals, one line of a file of signals."""


def schema() -> dict[str, Any]:
    """The published JSON Schema."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **TypeAdapter(SignalRecord).json_schema(by_alias=True),
    }
