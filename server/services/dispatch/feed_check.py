"""Why a courier's feed is empty: each condition for seeing and claiming offers, yes or no.

Nothing here decides: it asks `Offers` and `Eligibility`, which do, and the certification that
`Couriers.may_see_offers` goes by.
"""

from __future__ import annotations

from typing import Protocol

from realtime.wire.work import FeedCheckView
from server.domain.certifications import ENDED
from server.domain.ids import PersonId
from server.domain.rules import Rules
from server.services.dispatch.eligibility import Eligibility
from server.services.dispatch.offers import Offers


class Sockets(Protocol):
    """Whose pages are live; `realtime.presence.Presence`."""

    async def processes(self, courier: PersonId) -> frozenset[str]:
        """Give the processes that hold a socket of the courier. Raises: Unavailable."""


class FeedCheck:
    """Answers for one courier at a time."""

    def __init__(
        self, *, offers: Offers, eligibility: Eligibility, sockets: Sockets, rules: Rules
    ) -> None:
        self._offers = offers
        self._eligibility = eligibility
        self._sockets = sockets
        self._rules = rules

    async def of(self, courier: PersonId) -> FeedCheckView:
        """Look at every condition; changes nothing.

        Raises:
            Unavailable: Redis or MongoDB did not answer.
        """
        eligible = await self._eligibility.look(courier)
        around = await self._offers.surroundings(courier)
        reach = around.reach
        return FeedCheckView(
            certification=eligible.certification.value,
            certified=eligible.certified,
            may_see_offers=eligible.certification not in ENDED,
            carrying=eligible.carrying,
            cap=eligible.cap,
            has_room=eligible.has_room,
            on_duty=reach is not None,
            position_at=reach.known_at if reach else None,
            position_counts=reach is not None and reach.place is not None,
            position_counts_seconds=self._rules.position_fresh_seconds,
            districts=tuple(sorted(reach.districts)) if reach else (),
            terminals=len(around.terminals),
            terminals_online=sum(terminal.online for terminal in around.terminals),
            offers=around.offers,
            offers_beyond=around.beyond,
            live=bool(await self._sockets.processes(courier)),
        )
