"""Outlets as this process saw them a moment ago, for claims: losers must not cost MongoDB a read.

Whoever claims names the outlet's version, so that an old look is found out by the record or the
judge, and answered by a fresh one.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from time import monotonic

from realtime.claims.flights import Flights
from server.domain.bookings.outlets import Outlet
from server.domain.ids import OutletId
from server.services.bookings.ports import Outlets

#: How long a look counts, and how many are kept.
FRESH_SECONDS = 1.0
MOST_KEPT = 1000


class OutletsSeen:
    """The last look at each outlet."""

    def __init__(self, outlets: Outlets, timer: Callable[[], float] = monotonic) -> None:
        self._outlets = outlets
        self._timer = timer
        self._seen: OrderedDict[OutletId, tuple[float, Outlet]] = OrderedDict()
        self._looks: Flights[Outlet] = Flights()

    async def get(self, outlet: OutletId, *, afresh: bool = False) -> Outlet:
        """Give an outlet as it was at most a second ago, or is now.

        Raises:
            NotFound: there is none.
        """
        seen = self._seen.get(outlet)
        if seen is not None and not afresh and self._timer() - seen[0] < FRESH_SECONDS:
            return seen[1]
        return await self._looks.join(outlet, lambda: self._look(outlet))

    async def _look(self, outlet: OutletId) -> Outlet:
        at = self._timer()
        found = await self._outlets.get(outlet)
        self._seen[outlet] = (at, found)
        self._seen.move_to_end(outlet)
        while len(self._seen) > MOST_KEPT:
            self._seen.popitem(last=False)
        return found
