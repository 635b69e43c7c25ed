"""One site for all walks, and a quarter of it for each: people, a cabinet, a place of its own.

Quarters lie so far apart that no courier is offered another's parcels. Staff see everything, so a
walk looks for its own on their pages, by order, terminal or phone.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from server.local.site import Site, SitePlan
from server.proof import town
from server.proof.people import Api, Visitor
from tests.waiting import eventually

#: Degrees of latitude between quarters: some fifty kilometres.
APART = 0.5

Place = tuple[float, float]


class Quarter:
    """What one walk has of the site, and no other knows."""

    def __init__(self, site: Site, number: int, place: Place | None = None) -> None:
        phones = [f"1390050{number:02}{person:02}" for person in range(6)]
        self.site = site
        self.terminal = f"T-WALK-{number}"
        self.keeper_phone, self.staff, self.customer, *self.couriers = phones
        self.place = place or (town.CENTRE[0] + APART * number, town.CENTRE[1])
        self.kiosk_url = ""

    @property
    def where(self) -> str:
        """The place of the cabinet, as people type it."""
        return f"{self.place[0]:.4f}, {self.place[1]:.4f}"

    async def open(self) -> None:
        """Name staff, and start the cabinet, whose doors people close by themselves."""
        for phone in (self.keeper_phone, self.staff):
            await town.add_staff(self.site, phone)
        keeper = Visitor(self.site.base_url, self.site.sandbox_url, self.keeper_phone)
        await keeper.log_in()
        token = await town.register_terminal(
            keeper, self.terminal, name=f"{self.terminal} 柜", place=self.place
        )
        keeper.close()
        self.kiosk_url = await self.site.start_cabinet(self.terminal, token)
        await self._shows_its_code()

    async def _shows_its_code(self) -> None:
        kiosk = Api(self.kiosk_url)

        async def shown() -> bool:
            return bool((await kiosk.ask("GET", "/state"))["qr_url"])

        try:
            await eventually(shown)
        finally:
            kiosk.close()

    async def close(self) -> None:
        """Take the cabinet away, so that the next one finds its address."""
        if cabinet := self.site.cabinets.get(self.terminal):
            await asyncio.to_thread(cabinet.stop)


class City:
    """The site."""

    def __init__(self, var_dir: Path) -> None:
        self.site = Site(var_dir, SitePlan(servers=2, kiosks=1, rules=town.CROWD_RULES))
        self._numbers = itertools.count(1)

    @asynccontextmanager
    async def quarter(self, place: Place | None = None) -> AsyncIterator[Quarter]:
        """Open a new one for the length of the block, on a site that is whole.

        A `place` is for people who go where they always go, as those of a proof do.
        """
        async with self.whole() as site:
            made = Quarter(site, next(self._numbers), place)
            try:
                await made.open()
                yield made
            finally:
                await made.close()

    @asynccontextmanager
    async def whole(self) -> AsyncIterator[Site]:
        """Give the whole site, for who needs no cabinet."""
        for number, server in enumerate(self.site.servers):
            if not server.running:  # a walk that killed it failed before it was back
                await self.site.start_server(number)
        yield self.site
