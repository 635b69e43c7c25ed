"""Showing visits: every change goes to the person's phone and to the kiosk that has it on screen.

Whoever changes an order kicks the relay, and the relay calls `order_changed`: kiosk and phone
follow payment, claim, timer and door alike.
"""

from __future__ import annotations

import logging

from msgspec.structs import replace

from realtime.wire.people import VisitChanged
from realtime.wire.terminal import KioskView
from realtime.wire.views import VisitView
from server.domain.errors import Unavailable
from server.domain.ids import OrderId, PersonId, TerminalId, VisitId
from server.services.orders.views import for_push
from server.services.ports import Clock, PersonFeed, Routing
from server.services.visits.kiosk import kiosk_view, welcome
from server.services.visits.scenes import Scenes
from server.store.terminals import MongoTerminals
from server.store.visits import MongoVisits

log = logging.getLogger(__name__)


class Screens:
    """Draw phones and kiosks."""

    def __init__(
        self,
        *,
        visits: MongoVisits,
        terminals: MongoTerminals,
        scenes: Scenes,
        routing: Routing,
        people: PersonFeed,
        clock: Clock,
    ) -> None:
        self._visits = visits
        self._terminals = terminals
        self._scenes = scenes
        self._routing = routing
        self._people = people
        self._clock = clock

    async def show(self, visit: VisitId) -> VisitView:
        """Draw a visit anew on its phone and its kiosk; gives what the phone sees."""
        known = await self._visits.get(visit)
        # The picture's number is drawn before the state is read: see MongoTerminals.
        version, holder = await self._terminals.draw_screen(known.terminal)
        scene = await self._scenes.gather(await self._visits.get(visit))
        view = await self._scenes.view(scene)
        if scene.visit.person is not None:
            await self._push(scene.visit.person, view)
        if holder == visit:
            await self._draw(known.terminal, kiosk_view(version, scene))
        return view

    async def look(self, visit: VisitId) -> VisitView:
        """Give what a visit's phone sees, without drawing anything anew."""
        return await self._scenes.view(await self._scenes.gather(await self._visits.get(visit)))

    async def show_terminal(self, terminal: TerminalId) -> None:
        """Draw what a kiosk has to show now, after its agent came back."""
        version, holder = await self._terminals.draw_screen(terminal)
        if holder is None:
            await self._draw(terminal, welcome(version))
            return
        scene = await self._scenes.gather(await self._visits.get(VisitId(holder)))
        await self._draw(terminal, kiosk_view(version, scene))

    async def order_changed(self, order: OrderId) -> None:
        """Draw all running visits that are about an order."""
        for visit in await self._visits.with_order(order, self._clock()):
            await self.show(visit.id)

    async def leave(self, visit: VisitId, terminal: TerminalId) -> None:
        """Take an ended visit off its kiosk and tell its phone."""
        if await self._terminals.leave_screen(terminal, visit):
            await self.show_terminal(terminal)
        await self.show(visit)

    async def _push(self, person: PersonId, view: VisitView) -> None:
        """Tell the phone; an outage is made good when it looks again, and undoes no act."""
        try:
            await self._people.push(person, VisitChanged(visit=_for_push(view)))
        except Unavailable:
            log.warning("visit not pushed", extra={"visit": view.visit_id})

    async def _draw(self, terminal: TerminalId, view: KioskView) -> None:
        try:
            await self._routing.send(terminal, view)
        except Unavailable:
            log.warning("kiosk not drawn", extra={"terminal": terminal})


def _for_push(view: VisitView) -> VisitView:
    current = for_push(view.current) if view.current else None
    return replace(view, orders=tuple(map(for_push, view.orders)), current=current)
