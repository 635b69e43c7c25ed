"""Offers told to couriers whose pages sleep: merged, at most one message in a gap, never by SMS.

Nearby is what a page would show: an offer whose ring reaches the courier's place, or touches a
district that they chose when no place is known. The place of a sleeping page counts longer than a
live one's (`near_place_seconds`), since nothing newer will come. Whoever is off duty, not
certified, at the cap, or looks at a live page hears nothing; that is looked at when the message
is written, and once more when it is sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from realtime.districts import districts_in_ring
from realtime.offers.asleep import AsleepCouriers
from realtime.wire.people import OfferGone
from realtime.wire.views import OfferView
from server.domain.geo import Place
from server.domain.ids import PersonId
from server.domain.notice_kind import Hears
from server.domain.notice_kinds import KINDS, OFFERS_NEAR
from server.domain.notices import State, StoredNotice
from server.domain.rules import DAY, Rules
from server.services.one_by_one import one_by_one
from server.services.ports import Clock
from server.store.couriers import MongoCouriers
from server.store.notices import MongoNotices

BATCH = 100

#: How many of a courier's latest notices of offers say what they were told of.
MOST_TOLD = 50

#: A socket that seems to live may be a sleeping phone's: it is looked at again so much later,
#: for as long as the offer is that young.
LIVE_AGAIN_SECONDS = 45.0
LIVE_UNTIL = timedelta(minutes=3)

#: These messages never went out: what they told of may be told again.
UNTOLD = frozenset({State.GONE, State.LATE})


class OfferWay(Protocol):
    """The districts' feeds; `realtime.channels.OfferChannels`."""

    async def opened(self, offer: OfferView) -> None:
        """Tell every district that the offer's ring touches."""

    async def gone(self, gone: OfferGone, offer: OfferView) -> None:
        """Tell every district that was told of the offer."""


class OffersAround(Protocol):
    """The open offers; `server.services.dispatch.offers.Offers`."""

    async def around(
        self, courier: PersonId, *, place_seconds: float | None = None
    ) -> tuple[OfferView, ...]:
        """List the offers in a courier's reach, newest first; none off duty."""


class Sockets(Protocol):
    """Whose pages are live; `realtime.presence.Presence`."""

    async def processes(self, courier: PersonId) -> frozenset[str]:
        """Give the processes that hold a socket of the courier. Raises: Unavailable."""


class OffersToAll:
    """Tells live pages of an offer by the districts' feeds, and calls who sleeps."""

    def __init__(self, *, feeds: OfferWay, asleep: AsleepCouriers) -> None:
        self._feeds = feeds
        self._asleep = asleep

    async def opened(self, offer: OfferView) -> None:
        """Tell of an offer that was opened or whose ring widened.

        Raises:
            Unavailable: Redis did not answer; doing it again does no harm.
        """
        await self._feeds.opened(offer)
        place = Place(lat=offer.lat, lon=offer.lon)
        await self._asleep.call(districts_in_ring(place, offer.ring_metres))

    async def gone(self, gone: OfferGone, offer: OfferView) -> None:
        """Tell that an offer is off; messages look for themselves what is left.

        Raises:
            Unavailable: Redis did not answer; doing it again does no harm.
        """
        await self._feeds.gone(gone, offer)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a look at one courier came to."""

    told: bool = False
    again_seconds: float | None = None


class NearbyOffers:
    """Looks at couriers who were called, and writes what they are told."""

    def __init__(
        self,
        *,
        asleep: AsleepCouriers,
        offers: OffersAround,
        sockets: Sockets,
        couriers: MongoCouriers,
        notices: MongoNotices,
        rules: Rules,
        clock: Clock,
    ) -> None:
        self._asleep = asleep
        self._offers = offers
        self._sockets = sockets
        self._couriers = couriers
        self._notices = notices
        self._rules = rules
        self._clock = clock

    async def sweep(self) -> int:
        """Look at who is due; returns how many were told."""
        return await one_by_one(await self._asleep.take(BATCH), self._look, name="courier called")

    async def still(self, courier: PersonId, offers: tuple[str, ...]) -> tuple[int, str]:
        """Say how many of these offers a courier may still claim unseen, and where the newest is.

        Raises:
            Unavailable: nobody knows now.
        """
        if await self._sockets.processes(courier):
            return 0, ""
        left = [offer for offer in await self._claimable(courier) if _key(offer) in offers]
        return len(left), left[0].terminal_name if left else ""

    async def _look(self, courier: PersonId) -> bool:
        seen = await self._tell(courier)
        await self._asleep.done(courier, told=seen.told, again_seconds=seen.again_seconds)
        return seen.told

    async def _tell(self, courier: PersonId) -> _Seen:
        offers = await self._claimable(courier)
        if not offers:
            return _Seen()
        now = self._clock()
        lately = await self._notices.of_kind(
            courier, OFFERS_NEAR, now - timedelta(seconds=DAY), MOST_TOLD
        )
        said = [notice for notice in lately if notice.state not in UNTOLD]
        known = {offer for notice in said for offer in notice.offers}
        fresh = [offer for offer in offers if _key(offer) not in known]
        if not fresh:
            return _Seen()
        if await self._sockets.processes(courier):
            young = any(now - offer.opened_at < LIVE_UNTIL for offer in fresh)
            return _Seen(again_seconds=LIVE_AGAIN_SECONDS if young else None)
        gap = self._rules.near_gap_seconds
        pause = gap - (now - said[0].at).total_seconds() if said else 0.0
        if pause > 0:  # Redis forgot, or another worker was quicker
            return _Seen(again_seconds=pause)
        written = await self._notices.insert(_notice(courier, fresh, now, gap))
        return _Seen(told=True) if written else _Seen(again_seconds=gap)

    async def _claimable(self, courier: PersonId) -> Sequence[OfferView]:
        """List what a courier could claim now, newest first."""
        standing = await self._couriers.standing(courier)
        if not standing.is_certified(self._clock()) or standing.carrying >= self._rules.courier_cap:
            return ()
        return await self._offers.around(courier, place_seconds=self._rules.near_place_seconds)


def _notice(
    courier: PersonId, offers: Sequence[OfferView], now: datetime, gap_seconds: float
) -> StoredNotice:
    """Write one message of several offers; two workers in one gap write the same one."""
    kind = KINDS[OFFERS_NEAR, Hears.COURIER]
    place, count = offers[0].terminal_name, len(offers)
    return StoredNotice(
        id=f"{OFFERS_NEAR}:{courier}:{int(now.timestamp() / gap_seconds)}",
        kind=OFFERS_NEAR,
        hears=Hears.COURIER,
        person=courier,
        order=None,
        zh=kind.zh.format(count=count, place=place),
        en=kind.en.format(count=count, place=place),
        at=now,
        state=State.WAITING,
        offers=tuple(_key(offer) for offer in offers),
    )


def _key(offer: OfferView) -> str:
    return f"{offer.order_id}:{offer.offer_version}"
