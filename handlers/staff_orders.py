"""Routes of the desk of orders: what hangs, assigning, an order's story, replays."""

from __future__ import annotations

from dataclasses import dataclass

from handlers.access import allow
from handlers.application import Route
from handlers.base import ApiHandler
from handlers.payments import ORDER
from handlers.terminals import TERMINAL
from realtime.wire.desk import AssignOrder, ReplayQuery, StuckQuery, UnassignOrder
from realtime.wire.staff_money import StaffReason
from server.domain.ids import OrderId, PersonId, TerminalId
from server.domain.people import Role
from server.services.dispatch.candidates import Candidates
from server.services.orders.acting import DeskActs
from server.services.orders.replays import Replays
from server.services.orders.story import Stories
from server.services.orders.stuck import Stuck


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffOrderServices:
    """What this room calls."""

    acts: DeskActs
    candidates: Candidates
    replays: Replays
    stories: Stories
    stuck: Stuck


class StaffOrdersRoom(ApiHandler):
    """The base of this room."""

    def initialize(self, services: StaffOrderServices) -> None:
        """Take the services."""
        self._services = services


class StuckHandler(StaffOrdersRoom):
    """GET /v1/staff/stuck."""

    @allow(Role.OPERATOR, Role.REVIEWER, Role.FINANCE)
    async def get(self) -> None:
        """`StuckQuery` → `StuckPage`: what hangs, longest first, with the acts that help."""
        query = self.query(StuckQuery)
        self.answer(await self._services.stuck.list(self.actor, query.kind))


class AssignHandler(StaffOrdersRoom):
    """POST /v1/staff/orders/{id}/assign."""

    @allow(Role.OPERATOR, Role.REVIEWER, idempotent=True)
    async def post(self, order: str) -> None:
        """`AssignOrder` → `OrderView`: through the race, or from its courier to this one."""
        asked = self.body(AssignOrder)
        courier = PersonId(asked.courier_id)
        view = await self._services.acts.assign(
            self.actor,
            OrderId(order),
            courier,
            asked.offer_version,
            asked.reason,
            held_by=asked.held_by,
        )
        self.answer(view)


class UnassignHandler(StaffOrdersRoom):
    """POST /v1/staff/orders/{id}/unassign."""

    @allow(Role.OPERATOR, Role.REVIEWER, idempotent=True)
    async def post(self, order: str) -> None:
        """`UnassignOrder` → `OrderView`: on offer again, to everybody."""
        asked = self.body(UnassignOrder)
        view = await self._services.acts.unassign(
            self.actor, OrderId(order), asked.offer_version, asked.reason
        )
        self.answer(view)


class ActHandler(StaffOrdersRoom):
    """POST /v1/staff/orders/{id}/act."""

    @allow(Role.OPERATOR, Role.REVIEWER, idempotent=True)
    async def post(self, order: str) -> None:
        """`StaffReason` → `OrderView`: the order's due timers carried out now; recorded."""
        reason = self.body(StaffReason).reason
        self.answer(await self._services.acts.act(self.actor, OrderId(order), reason))


class CandidatesHandler(StaffOrdersRoom):
    """GET /v1/staff/orders/{id}/couriers."""

    @allow(Role.OPERATOR, Role.REVIEWER)
    async def get(self, order: str) -> None:
        """`CandidatesView`: to whom it may be given, the best first."""
        self.answer(await self._services.candidates.of(OrderId(order)))


class StoryHandler(StaffOrdersRoom):
    """GET /v1/staff/orders/{id}/story."""

    @allow(Role.OPERATOR, Role.REVIEWER, Role.FINANCE)
    async def get(self, order: str) -> None:
        """`StoryView`: events, doors, books, notices and records in one line of time."""
        self.answer(await self._services.stories.tell(OrderId(order)))


class OrderReplayHandler(StaffOrdersRoom):
    """GET /v1/staff/orders/{id}/replay."""

    @allow(Role.OPERATOR, Role.REVIEWER, Role.FINANCE)
    async def get(self, order: str) -> None:
        """`OrderReplay`: the order after each of its events."""
        self.answer(await self._services.replays.of_order(OrderId(order)))


class TerminalReplayHandler(StaffOrdersRoom):
    """GET /v1/staff/terminals/{id}/replay."""

    @allow(Role.OPERATOR)
    async def get(self, terminal: str) -> None:
        """`ReplayQuery` → `TerminalReplay`: the doors at an instant, and what they did since."""
        query = self.query(ReplayQuery)
        self.answer(await self._services.replays.of_terminal(TerminalId(terminal), query))


def routes(services: StaffOrderServices) -> list[Route]:
    """List this room's routes."""
    mine = {"services": services}
    return [
        (r"/v1/staff/stuck", StuckHandler, mine),
        (rf"/v1/staff/orders/{ORDER}/assign", AssignHandler, mine),
        (rf"/v1/staff/orders/{ORDER}/unassign", UnassignHandler, mine),
        (rf"/v1/staff/orders/{ORDER}/act", ActHandler, mine),
        (rf"/v1/staff/orders/{ORDER}/couriers", CandidatesHandler, mine),
        (rf"/v1/staff/orders/{ORDER}/story", StoryHandler, mine),
        (rf"/v1/staff/orders/{ORDER}/replay", OrderReplayHandler, mine),
        (rf"/v1/staff/terminals/{TERMINAL}/replay", TerminalReplayHandler, mine),
    ]
