"""Bookings as calendar files: for the person with a token, or by a link that is good for a while.

Calendar programs send no tokens, and no token stands in a URL: the link's code opens this one
file and nothing else, and tells what the booking is now.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from realtime.wire.centre import LinkView
from server.domain.bookings.ics import Entry, calendar
from server.domain.bookings.states import BookingState
from server.domain.errors import NotFound
from server.domain.ids import BookingId, Draw, PersonId
from server.domain.rules import Rules
from server.services.ports import Clock
from server.store.bookings.bookings import MongoBookings
from server.store.bookings.outlets import MongoOutlets
from server.store.centre.calendar_links import MongoCalendarLinks
from server.store.seal import BlindIndex

LINK_CHARACTERS = 26  # 130 bits

#: Bookings that take place.
STANDS = frozenset({BookingState.BOOKED, BookingState.CHECKED_IN, BookingState.DONE})


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarStores:
    """What it reads and writes."""

    bookings: MongoBookings
    outlets: MongoOutlets
    links: MongoCalendarLinks


class Calendars:
    """Write calendar files."""

    def __init__(
        self,
        *,
        stores: CalendarStores,
        index: BlindIndex,
        base_url: str,
        rules: Rules,
        clock: Clock,
        draw: Draw,
    ) -> None:
        self._stores = stores
        self._index = index
        self._base_url = base_url
        self._rules = rules
        self._clock = clock
        self._draw = draw

    async def link(self, person: PersonId, booking: BookingId) -> LinkView:
        """Give a link to one own booking's file; the one before is void.

        Raises:
            NotFound: no such booking, not theirs, or a slot that is only held.
        """
        await self.file(person, booking)
        code = self._draw(LINK_CHARACTERS)
        until = self._clock() + timedelta(seconds=self._rules.own_link_seconds)
        await self._stores.links.put(
            self._digest(code), person=person, booking=booking, expires_at=until
        )
        return LinkView(path=f"/v1/calendars/{code}.ics", expires_at=until)

    async def by_link(self, code: str) -> bytes:
        """Write the file that a link leads to.

        Raises:
            NotFound: no such link, its time is over, or the booking is gone.
        """
        found = await self._stores.links.find(self._digest(code), self._clock())
        if found is None:
            raise NotFound(field="code", rule="good")
        return await self.file(*found)

    async def file(self, person: PersonId, booking: BookingId) -> bytes:
        """Write one own booking's file.

        Raises:
            NotFound: no such booking, not theirs, or a slot that is only held.
        """
        known = await self._stores.bookings.get(booking)
        if known.person != person or known.state is BookingState.HELD:
            raise NotFound(field="booking_id", rule="exists")
        outlet = await self._stores.outlets.get(known.outlet)
        entry = Entry(
            uid=f"{known.id}@{urlsplit(self._base_url).hostname}",
            sequence=known.version,
            starts_at=known.seat.starts_at,
            ends_at=known.seat.ends_at,
            cancelled=known.state not in STANDS,
            summary=f"电池拆卸预约 · {outlet.name}",
            location=f"{outlet.name} {outlet.address}",
            description=f"请携带身份证和行驶证。网点电话 {outlet.phone}\n预约号 {known.id}",
            url=f"{self._base_url}/me",
            lat=outlet.place.lat,
            lon=outlet.place.lon,
            alarms_seconds=self._rules.booking_remind_seconds,
        )
        return calendar(entry, self._clock())

    def _digest(self, code: str) -> str:
        return self._index.digest("calendar link", code)
