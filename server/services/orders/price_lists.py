"""Which price list is in force: known to every process within seconds, certain where it counts.

A list waits for its day by the clock of whoever asks, and clocks differ by milliseconds. So the
first order that a list prices marks it as begun, in the document that its withdrawal would change:
no order ever has a price of a list that was withdrawn.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from server.domain.errors import Unavailable
from server.domain.price_lists import PriceList, first_list, in_force
from server.domain.rules import Rules
from server.services.ports import Clock
from server.store.price_lists import LIVING, MongoPriceLists

#: How old what a process knows of the lists may be. A list to come is known before its instant,
#: so that it holds from then on to the moment.
KNOWN = timedelta(seconds=2)


class PriceLists:
    """The lists that count, as one process knows them. A new site's first list is made here."""

    def __init__(self, *, store: MongoPriceLists, rules: Rules, clock: Clock) -> None:
        self._store = store
        self._first = first_list(rules.platform_fee_percent)
        self._clock = clock
        self._reading = asyncio.Lock()
        self._known: tuple[PriceList, ...] = ()
        self._read_at: datetime | None = None

    async def present(self) -> PriceList:
        """Give the list in force, as it was known within the last seconds: to show prices."""
        async with self._reading:
            if self._read_at is None or abs(self._clock() - self._read_at) > KNOWN:
                await self._read()
        return in_force(self._known, self._clock())

    async def certain(self) -> PriceList:
        """Give the list in force by the database itself, to fix a price; it is withdrawn no more.

        Raises:
            Unavailable: as many lists as there are were withdrawn meanwhile.
        """
        for _ in range(LIVING):
            # Not through the lock: those who wait for a slow database would wait for one another.
            found = await self._store.living() or await self.living()
            chosen = in_force(found, self._clock())
            if chosen.begun or await self._store.begin(chosen.version):
                return chosen
        raise Unavailable(part="mongo")

    async def living(self) -> tuple[PriceList, ...]:
        """Read the list in force and all that wait, and know them from now on."""
        async with self._reading:
            await self._read()
            return self._known

    async def _read(self) -> None:
        began = self._clock()
        found = await self._store.living()
        if not found:
            await self._store.put_first(self._first)
            found = await self._store.living()
        self._known, self._read_at = tuple(found), began
