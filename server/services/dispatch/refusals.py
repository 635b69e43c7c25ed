"""Refusals (验视): the courier inspects a parcel at the door and puts it back with a reason.

The order is returning once the door is sensed closed over it; the customer takes it out.
"""

from __future__ import annotations

from dataclasses import replace

from server.domain.changes import Change, Context, note
from server.domain.custody import Custody
from server.domain.errors import Conflict, InvalidInput, VisitOver
from server.domain.ids import CommandId, OrderId, PersonId, PhotoId
from server.domain.orders import Order, Pickup
from server.domain.photos import PhotoPurpose, PhotoUse
from server.domain.rules import Rules
from server.domain.terminals import Command, Purpose
from server.domain.visits import VisitRole
from server.services.deposit.reactions import armed, check_settled
from server.services.dispatch.pickup import place_of, require_winner
from server.services.doors.doors import Doors
from server.services.grants.grants import Grants
from server.services.ports import Clock, Photos, Relay
from server.store.orders import MongoOrders
from server.store.visits import MongoVisits

REFUSAL_ASKED = "refusal_asked"

MAX_REASON = 200


class Refusals:
    """Winners refuse what they may not carry."""

    def __init__(
        self,
        *,
        orders: MongoOrders,
        visits: MongoVisits,
        doors: Doors,
        grants: Grants,
        photos: Photos,
        relay: Relay,
        rules: Rules,
        clock: Clock,
    ) -> None:
        self._orders = orders
        self._visits = visits
        self._doors = doors
        self._grants = grants
        self._photos = photos
        self._relay = relay
        self._rules = rules
        self._clock = clock

    async def refuse(self, courier: PersonId, order: OrderId, reason: str, photo: PhotoId) -> None:
        """Refuse an inspected parcel: it goes back in, and is returning once sensed closed.

        An open door is closed by the courier; a closed one is opened, for who is at the kiosk.

        Raises:
            NotFound: not this courier's order, or no photo of theirs.
            InvalidInput: the reason's length, or a photo that serves another order.
            VisitOver: the door is closed and the courier is not at the terminal.
            Conflict: not at the door, or refused already.
        """
        known = require_winner(await self._orders.get(order), courier)
        text = " ".join(reason.split())
        if not 1 <= len(text) <= MAX_REASON:
            raise InvalidInput(field="reason", rule="1_to_200_characters")
        _require_refusable(known)
        # Not with the change, so of a known end: a refusal that then fails keeps nothing for ever.
        shown = PhotoUse(purpose=PhotoPurpose.REFUSAL, subject=f"order:{order}")
        await self._photos.use(courier, photo, shown, until=self._clock())
        place = place_of(known)
        if place.opened and not place.closed:
            await self._refuse_at_open_door(courier, order, text, photo)
            return
        await self._require_visit(courier, known)
        check_settled(known, await self._doors.last(known), self._context(courier))
        known = await self._grants.take_back(known)
        last = await self._doors.last(known)
        await self._doors.reach(place.terminal)
        await self._doors.open_for(
            order,
            place.terminal,
            place.cell,
            purpose=Purpose.REFUSE,
            actor=courier,
            decide=lambda now, command: self._refused(now, command, last, courier, text, photo),
        )

    async def _require_visit(self, courier: PersonId, order: Order) -> None:
        """Make sure that the courier is at the terminal before a closed door opens."""
        place = place_of(order)
        here = [
            visit
            for visit in await self._visits.with_order(order.id, self._clock())
            if visit.person == courier
            and visit.role is VisitRole.PICKUP
            and visit.terminal == place.terminal
        ]
        if not here:
            raise VisitOver(rule="scan_again")

    async def _refuse_at_open_door(
        self, courier: PersonId, order: OrderId, reason: str, photo: PhotoId
    ) -> None:
        context = self._context(courier)

        def decide(now: Order) -> Change:
            pickup, place = _require_refusable(now), place_of(now)
            if not place.opened or place.closed:
                raise Conflict(rule="door_is_moving")
            refused = replace(pickup, refusal=reason, refusal_photo=photo)
            return note(now, REFUSAL_ASKED, context, {"cell": place.cell}, pickup=refused)

        await self._orders.change(order, decide)
        await self._relay.kick(order)

    def _refused(
        self,
        order: Order,
        command: CommandId,
        last: Command | None,
        courier: PersonId,
        reason: str,
        photo: PhotoId,
    ) -> Change:
        context = self._context(courier)
        pickup = _require_refusable(order)
        place = check_settled(order, last, context)
        facts: dict[str, object] = {"cell": place.cell, "command": command}
        return note(
            order,
            REFUSAL_ASKED,
            context,
            facts,
            pickup=replace(pickup, refusal=reason, refusal_photo=photo),
            placement=armed(place, command, opens=place.opens + 1),
        )

    def _context(self, actor: PersonId) -> Context:
        return Context(actor=actor, at=self._clock(), rules=self._rules)


def _require_refusable(order: Order) -> Pickup:
    if order.custody is not Custody.COLLECTING or order.pickup is None:
        raise Conflict(field="order_id", rule="collecting", custody=order.custody.value)
    if order.pickup.refusal is not None:
        raise Conflict(field="order_id", rule="refused_already")
    return order.pickup
