"""What a person does at the kiosk's own screen and scanner: the same acts as on the phone."""

from __future__ import annotations

from realtime.wire.terminal import KioskAction, KioskInput
from server.domain.errors import InvalidInput, NotFound, VisitOver
from server.domain.ids import OrderId, PersonId, TerminalId, VisitId
from server.domain.visits import Visit, VisitRole
from server.services.visits.acts import VisitActs
from server.services.visits.scenes import TO_COLLECT
from server.services.visits.visits import Visits
from server.store.orders import MongoOrders
from server.store.visits import MongoVisits


class KioskInputs:
    """Carry out kiosk inputs for the person of the visit on that kiosk."""

    def __init__(
        self, *, store: MongoVisits, orders: MongoOrders, visits: Visits, acts: VisitActs
    ) -> None:
        self._store = store
        self._orders = orders
        self._visits = visits
        self._acts = acts

    async def carry_out(self, terminal: TerminalId, given: KioskInput) -> None:
        """Do what was pressed or scanned; the new picture is pushed, not answered.

        Raises:
            NotFound: no such visit at this terminal.
            VisitOver: it has run out.
            InvalidInput: the action lacks its value, or the value is none of the offered.
        """
        visit = await self._store.get(VisitId(given.visit_id))
        if visit.terminal != terminal:
            raise NotFound(field="visit_id", rule="exists")
        if given.action is KioskAction.LEAVE:
            await self._visits.leave(visit.id, visit.person)
            return
        if visit.person is None:
            raise VisitOver(rule="log_in_first")
        await self._act(visit, visit.person, given)

    async def _act(self, visit: Visit, person: PersonId, given: KioskInput) -> None:
        match given.action:
            case KioskAction.CHOOSE_ROLE:
                await self._visits.choose_role(visit.id, person, _role(given))
            case KioskAction.CHOOSE_ORDER:
                await self._acts.choose_order(visit.id, person, OrderId(_value(given)))
            case KioskAction.SCAN:
                await self._scanned(visit, person, _value(given))
            case KioskAction.CONFIRM_INSIDE | KioskAction.CONFIRM_TAKEN:
                await self._acts.confirm(visit.id, person)
            case KioskAction.OPEN_AGAIN:
                await self._acts.open_again(visit.id, person)
            case _:
                await self._acts.another_cell(visit.id, person)

    async def _scanned(self, visit: Visit, person: PersonId, text: str) -> None:
        """A printed label names an order; anything else is a carrier's waybill for the chosen."""
        named = OrderId(text.rsplit(",", 1)[-1].strip().upper())
        if visit.role is VisitRole.PICKUP:
            won = await self._orders.of_courier(person, TO_COLLECT)
            if any(order.id == named for order in won):
                await self._acts.choose_order(visit.id, person, named)
                return
            if visit.order is None:
                raise InvalidInput(field="value", rule="choose_an_order_first")
            await self._acts.bind(visit.id, person, visit.order, text)
            return
        await self._acts.choose_order(visit.id, person, named)


def _value(given: KioskInput) -> str:
    if not given.value:
        raise InvalidInput(field="value", rule="required")
    return given.value


def _role(given: KioskInput) -> VisitRole:
    try:
        return VisitRole(_value(given))
    except ValueError:
        raise InvalidInput(field="value", rule="deposit_or_pickup") from None
