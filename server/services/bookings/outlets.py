"""Outlets and their slots as people find them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from realtime.wire.outlets import (
    OutletsQuery,
    OutletsView,
    OutletView,
    SlotsQuery,
    SlotsView,
    SlotView,
)
from server.domain.bookings.calendar import bookable_slots, day_of, opening
from server.domain.bookings.edits import region_prefix
from server.domain.bookings.outlets import Outlet
from server.domain.bookings.slots import Slot
from server.domain.errors import InvalidInput, NotFound
from server.domain.geo import Place
from server.domain.ids import EnterpriseId, OutletId, SlotId
from server.domain.rules import Rules
from server.services.bookings.outlet_views import outlet_view, special_day_body
from server.services.ports import Clock
from server.store.bookings.enterprises import MongoEnterprises
from server.store.bookings.outlets import MongoOutlets, Wanted


class FreePlaces(Protocol):
    """Counts what is free."""

    async def free(self, outlet: Outlet, slots: Sequence[Slot]) -> dict[SlotId, int]:
        """Count the free places of slots of one outlet; every slot is in the answer."""


class Outlets:
    """All active outlets."""

    def __init__(
        self,
        *,
        outlets: MongoOutlets,
        enterprises: MongoEnterprises,
        places: FreePlaces,
        rules: Rules,
        clock: Clock,
    ) -> None:
        self._outlets = outlets
        self._enterprises = enterprises
        self._places = places
        self._rules = rules
        self._clock = clock

    async def find(self, asked: OutletsQuery) -> OutletsView:
        """List outlets, nearest first where a place is given, else by name.

        Raises:
            InvalidInput: half a place, or a region that is no code.
        """
        now = self._clock()
        chosen = frozenset({EnterpriseId(asked.enterprise_id)}) if asked.enterprise_id else None
        found = await self._outlets.near(
            _place(asked),
            Wanted(enterprises=chosen, region=region_prefix(asked.region), service=asked.service),
            limit=asked.limit,
            suits=lambda outlet: not asked.open_now or opening(outlet, now).is_open,
        )
        return OutletsView(at=now, outlets=await self._views(found, now))

    async def show(self, outlet: OutletId) -> OutletView:
        """Show one outlet.

        Raises:
            NotFound: there is none, or it is not active.
        """
        return (await self._views([(await self._active(outlet), None)], self._clock()))[0]

    async def slots(self, outlet: OutletId, asked: SlotsQuery) -> SlotsView:
        """List the slots of some days that may be booked now, and how many places are free.

        Raises:
            NotFound: there is no such outlet, or it is not active.
        """
        known, now = await self._active(outlet), self._clock()
        slots = bookable_slots(known, now, self._rules, first=asked.first, days=asked.days)
        free = await self._places.free(known, slots)
        first = max(day_of(now), asked.first or day_of(now))
        return SlotsView(
            outlet_id=outlet,
            slots=tuple(_slot_view(slot, free[slot.id]) for slot in slots),
            closed_days=tuple(
                special_day_body(one)
                for one in known.special_days
                if not one.spans and first <= one.day and one.day - first < _days(asked)
            ),
        )

    async def _active(self, outlet: OutletId) -> Outlet:
        known = await self._outlets.get(outlet)
        if not known.active:
            raise NotFound(field="outlet_id", rule="exists")
        return known

    async def _views(
        self, found: Sequence[tuple[Outlet, float | None]], now: datetime
    ) -> tuple[OutletView, ...]:
        named = await self._enterprises.named(outlet.enterprise for outlet, _ in found)
        return tuple(
            outlet_view(outlet, named[outlet.enterprise].name, now, metres)
            for outlet, metres in found
        )


def _place(asked: OutletsQuery) -> Place | None:
    if asked.lat is None and asked.lon is None:
        return None
    if asked.lat is None or asked.lon is None:
        raise InvalidInput(field="lat" if asked.lat is None else "lon", rule="required")
    return Place(lat=asked.lat, lon=asked.lon)


def _days(asked: SlotsQuery) -> timedelta:
    return timedelta(days=asked.days)


def _slot_view(slot: Slot, free: int) -> SlotView:
    return SlotView(
        slot_id=slot.id,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        capacity=slot.capacity,
        free=free,
    )
