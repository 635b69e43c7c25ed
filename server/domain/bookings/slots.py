"""Slots: what an outlet's calendar gives, as values; nothing here knows who booked.

A slot is named by its outlet and its start; its name is the claim engine's resource name.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from server.domain.errors import InvalidInput
from server.domain.ids import OutletId, SlotId

#: The kind of resource that slots are in the claim engine.
KIND = "slot"

#: A slot's start in its name: UTC to the minute.
START_FORMAT = "%Y%m%dT%H%MZ"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One stretch of time at one outlet; `capacity` seats, numbered from 0."""

    outlet: OutletId
    starts_at: datetime
    ends_at: datetime
    capacity: int

    @property
    def id(self) -> SlotId:
        """Name it."""
        return slot_id(self.outlet, self.starts_at)


def slot_id(outlet: OutletId, starts_at: datetime) -> SlotId:
    """Name the slot of an outlet that starts then."""
    return SlotId(f"{outlet}@{starts_at.astimezone(UTC).strftime(START_FORMAT)}")


def read_slot_id(text: str, *, field: str = "slot_id") -> tuple[OutletId, datetime]:
    """Tell outlet and start of a slot's name; whether there is such a slot the calendar says.

    Raises:
        InvalidInput: it is no slot's name.
    """
    outlet, at, start = text.partition("@")
    try:
        starts_at = datetime.strptime(start, START_FORMAT).replace(tzinfo=UTC)
    except ValueError:
        raise InvalidInput(field=field, rule="slot") from None
    if not outlet or not at or slot_id(OutletId(outlet), starts_at) != text:
        raise InvalidInput(field=field, rule="slot")
    return OutletId(outlet), starts_at
