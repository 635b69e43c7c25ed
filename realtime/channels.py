"""Which feed channels there are, and publishing to each."""

from __future__ import annotations

from zlib import crc32

import msgspec

from realtime.districts import districts_in_ring
from realtime.feeds import Feeds
from realtime.offers import district_channel, gone_payload, opened_payload
from realtime.wire.bookings import BookingChanged, SlotCount, SlotsChanged
from realtime.wire.people import Fact, OfferGone, PushEvent
from realtime.wire.views import OfferView
from server.domain.geo import Place
from server.domain.ids import OrderId, OutletId, PersonId

#: Persons are spread over this many channels; all processes must agree.
PEOPLE_BUCKETS = 64

#: The one channel that all staff follow.
STAFF = "staff"

#: What a channel of free places is called, before its outlet.
SLOTS = "slots:"

#: What a channel of an outlet's day is called, before its outlet.
DAY = "outlet:"


def people_channel(person: PersonId) -> str:
    """Name the channel that carries a person's events, among others'."""
    return f"people:{crc32(person.encode()) % PEOPLE_BUCKETS}"


class PersonChannel:
    """Events for one person, on all their sockets (`me`)."""

    def __init__(self, feeds: Feeds) -> None:
        self._feeds = feeds

    async def push(self, person: PersonId, event: PushEvent) -> None:
        """Publish one event.

        Raises:
            Unavailable: Redis did not answer; publish it again.
        """
        await self._feeds.publish(people_channel(person), msgspec.json.encode(event), to=person)


class StaffChannel:
    """Events and facts for all staff (`staff`)."""

    def __init__(self, feeds: Feeds) -> None:
        self._feeds = feeds

    async def push(self, event: PushEvent) -> None:
        """Publish one event, in order.

        Raises:
            Unavailable: Redis did not answer; publish it again.
        """
        await self._feeds.publish(STAFF, msgspec.json.encode(event))

    async def tell(self, fact: Fact) -> None:
        """Publish one fact; a slow reader gets only the latest of its key.

        Raises:
            Unavailable: Redis did not answer.
        """
        await self._feeds.publish(STAFF, msgspec.json.encode(fact), key=f"fact:{fact.key}")


def slots_channel(outlet: OutletId) -> str:
    """Name the channel of an outlet's free places; pages call it the same."""
    return f"{SLOTS}{outlet}"


class SlotChannels:
    """Free places of slots, by outlet (`slots:OUTLET`)."""

    def __init__(self, feeds: Feeds) -> None:
        self._feeds = feeds

    async def tell(self, outlet: OutletId, count: SlotCount) -> None:
        """Publish one slot's count; a slow reader gets only the latest of each slot.

        Raises:
            Unavailable: Redis did not answer; publish it again.
        """
        payload = msgspec.json.encode(count)
        await self._feeds.publish(slots_channel(outlet), payload, key=f"slot:{count.slot_id}")

    async def changed(self, outlet: OutletId) -> None:
        """Publish that the outlet's slots are others now.

        Raises:
            Unavailable: Redis did not answer.
        """
        payload = msgspec.json.encode(SlotsChanged(outlet_id=outlet))
        await self._feeds.publish(slots_channel(outlet), payload, key="slots")


class DayChannels:
    """Bookings of an outlet as they change, for its staff (`outlet:OUTLET`)."""

    def __init__(self, feeds: Feeds) -> None:
        self._feeds = feeds

    async def push(self, outlet: OutletId, event: BookingChanged) -> None:
        """Publish one event, in order; ids and states only.

        Raises:
            Unavailable: Redis did not answer; publish it again.
        """
        await self._feeds.publish(f"{DAY}{outlet}", msgspec.json.encode(event))


class OfferChannels:
    """Offers, published to every district that the ring touches."""

    def __init__(self, feeds: Feeds) -> None:
        self._feeds = feeds

    async def opened(self, offer: OfferView) -> None:
        """Publish an offer that was opened or whose ring widened.

        Raises:
            Unavailable: Redis did not answer; publish it again.
        """
        await self._feeds.publish(_channels(offer), opened_payload(offer))

    async def gone(self, gone: OfferGone, offer: OfferView) -> None:
        """Publish that an offer is off, to every district that was told of it.

        Raises:
            Unavailable: Redis did not answer; publish it again.
        """
        payload = gone_payload(OrderId(gone.order_id), gone.offer_version)
        await self._feeds.publish(_channels(offer), payload)


def _channels(offer: OfferView) -> list[str]:
    place = Place(lat=offer.lat, lon=offer.lon)
    return sorted(map(district_channel, districts_in_ring(place, offer.ring_metres)))
