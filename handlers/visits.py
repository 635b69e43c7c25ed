"""Routes of visits: the scan, the log-in that joins it, the role, the order, the door."""

from __future__ import annotations

from dataclasses import dataclass

from handlers.access import MAYBE_PERSON, PERSON, allow
from handlers.application import Route
from handlers.base import ApiHandler
from realtime.wire.requests import ChooseOrder, ChooseRole, StartVisit
from server.domain.ids import OrderId, PersonId, VisitId
from server.domain.visits import VisitRole
from server.services.visits.acts import VisitActs
from server.services.visits.visits import Visits

VISIT = r"(?P<visit>[A-Z0-9]{1,64})"


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitServices:
    """What this room calls."""

    visits: Visits
    acts: VisitActs


class VisitsRoom(ApiHandler):
    """The base of this room."""

    def initialize(self, services: VisitServices) -> None:
        """Take the services."""
        self._visits = services.visits
        self._acts = services.acts

    @property
    def maybe_person(self) -> PersonId | None:
        """Give who asks, if signed in."""
        return self.maybe_actor.person if self.maybe_actor else None


class VisitsHandler(VisitsRoom):
    """POST /v1/visits."""

    @allow(MAYBE_PERSON)
    async def post(self) -> None:
        """`StartVisit` → `VisitView`, signed in or not."""
        asked = self.body(StartVisit)
        self.answer(await self._visits.start(asked.code, self.maybe_person), status=201)


class VisitHandler(VisitsRoom):
    """GET /v1/visits/{id}."""

    @allow(MAYBE_PERSON)
    async def get(self, visit: str) -> None:
        """`VisitView`, to its person, or to whoever holds its id while nobody joined."""
        self.answer(await self._visits.get(VisitId(visit), self.maybe_person))


class JoinHandler(VisitsRoom):
    """POST /v1/visits/{id}/join."""

    @allow(PERSON)
    async def post(self, visit: str) -> None:
        """No body → `VisitView`."""
        self.answer(await self._visits.join(VisitId(visit), self.actor.person))


class RoleHandler(VisitsRoom):
    """POST /v1/visits/{id}/role."""

    @allow(PERSON)
    async def post(self, visit: str) -> None:
        """`ChooseRole` → `VisitView`."""
        role = VisitRole(self.body(ChooseRole).role)
        self.answer(await self._visits.choose_role(VisitId(visit), self.actor.person, role))


class ChoiceHandler(VisitsRoom):
    """POST /v1/visits/{id}/order."""

    @allow(PERSON)
    async def post(self, visit: str) -> None:
        """`ChooseOrder` → `VisitView`."""
        order = OrderId(self.body(ChooseOrder).order_id)
        self.answer(await self._acts.choose_order(VisitId(visit), self.actor.person, order))


class TakeBackHandler(VisitsRoom):
    """POST /v1/visits/{id}/take-back."""

    @allow(PERSON)
    async def post(self, visit: str) -> None:
        """`ChooseOrder` → `VisitView`: the door of the own parcel opens."""
        order = OrderId(self.body(ChooseOrder).order_id)
        self.answer(await self._acts.take_back(VisitId(visit), self.actor.person, order))


class OpenAgainHandler(VisitsRoom):
    """POST /v1/visits/{id}/open-again."""

    @allow(PERSON)
    async def post(self, visit: str) -> None:
        """No body → `VisitView`."""
        self.answer(await self._acts.open_again(VisitId(visit), self.actor.person))


class AnotherCellHandler(VisitsRoom):
    """POST /v1/visits/{id}/another-cell."""

    @allow(PERSON)
    async def post(self, visit: str) -> None:
        """No body → `VisitView`."""
        self.answer(await self._acts.another_cell(VisitId(visit), self.actor.person))


class ConfirmHandler(VisitsRoom):
    """POST /v1/visits/{id}/confirm."""

    @allow(PERSON)
    async def post(self, visit: str) -> None:
        """No body → `VisitView`: the parcel is inside, or out."""
        self.answer(await self._acts.confirm(VisitId(visit), self.actor.person))


class LeaveHandler(VisitsRoom):
    """POST /v1/visits/{id}/leave."""

    @allow(MAYBE_PERSON)
    async def post(self, visit: str) -> None:
        """No body → {}: the kiosk is free for the next."""
        await self._visits.leave(VisitId(visit), self.maybe_person)


def routes(services: VisitServices) -> list[Route]:
    """List this room's routes."""
    mine = {"services": services}
    return [
        (r"/v1/visits", VisitsHandler, mine),
        (rf"/v1/visits/{VISIT}", VisitHandler, mine),
        (rf"/v1/visits/{VISIT}/join", JoinHandler, mine),
        (rf"/v1/visits/{VISIT}/role", RoleHandler, mine),
        (rf"/v1/visits/{VISIT}/order", ChoiceHandler, mine),
        (rf"/v1/visits/{VISIT}/take-back", TakeBackHandler, mine),
        (rf"/v1/visits/{VISIT}/open-again", OpenAgainHandler, mine),
        (rf"/v1/visits/{VISIT}/another-cell", AnotherCellHandler, mine),
        (rf"/v1/visits/{VISIT}/confirm", ConfirmHandler, mine),
        (rf"/v1/visits/{VISIT}/leave", LeaveHandler, mine),
    ]
