"""The scan conversation: finds out who wrote and with which visit, asks the table, writes a link.

The words are in `server/domain/conversation.py`. A visit's link holds its id, which nobody can
guess: it leads this very person back to this very deposit, also when the page that began it is
gone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from realtime.wire.views import VisitView
from server.domain.conversation import Standing, Target, Trigger, VisitNow, answer_of
from server.domain.custody import Custody
from server.domain.errors import InvalidInput, Limited, NotFound, VisitOver
from server.domain.ids import PersonId, VisitId
from server.domain.orders import Order
from server.domain.people import Certification, Person, Role
from server.domain.visits import Visit
from server.store.wechat_accounts import MongoWeChatAccounts
from server.store.wechat_events import StoredEvent

#: What a scene says before the id of a visit.
SCENE_VISIT = "visit:"

#: How many of a customer's latest orders are looked through for a waiting waybill.
LATEST = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a person is told; without a URL there is nothing to open."""

    title: str
    text: str
    url: str | None = None

    def as_message(self) -> str:
        """Write it as one text, for a message of its own."""
        return "\n".join(part for part in (self.title, self.text, self.url) if part)

    def as_fields(self) -> dict[str, str | None]:
        """Write it to be kept, for a repetition of what it answers."""
        return {"title": self.title, "text": self.text, "url": self.url}


class VisitStarts(Protocol):
    """Begins visits; `server.services.visits.visits.Visits`."""

    async def start(self, code: str, person: PersonId | None) -> VisitView:
        """Begin a visit with a scanned code. Raises: InvalidInput, VisitOver, Limited."""


class VisitStore(Protocol):
    """Visits; `server.store.visits.MongoVisits`."""

    async def get(self, visit: VisitId) -> Visit:
        """Read one. Raises: NotFound."""

    async def running_of(self, person: PersonId, now: datetime) -> Visit | None:
        """Find a person's running visit."""


class OrderStore(Protocol):
    """Orders; `server.store.orders.MongoOrders`."""

    async def of_customer(
        self, customer: PersonId, *, before: datetime | None = None, limit: int = 20
    ) -> list[Order]:
        """List a customer's orders, newest first."""


class People(Protocol):
    """Accounts."""

    async def get(self, person: PersonId) -> Person:
        """Read one person."""


class Conversation:
    """Answer what people do in WeChat."""

    def __init__(
        self,
        *,
        accounts: MongoWeChatAccounts,
        people: People,
        orders: OrderStore,
        visits: VisitStore,
        starts: VisitStarts,
        base_url: str,
        my_orders_key: str,
        clock: Callable[[], datetime],
    ) -> None:
        self._accounts = accounts
        self._people = people
        self._orders = orders
        self._visits = visits
        self._starts = starts
        self._base_url = base_url
        self._my_orders_key = my_orders_key
        self._clock = clock

    async def answer(self, event: StoredEvent) -> Reply:
        """Say what a person is answered.

        Answering twice begins a visit twice only where nobody is known: it holds no cell.

        Raises:
            Unavailable: not now.
        """
        account = await self._accounts.get(event.account)
        person = account.person if account else None
        trigger = self._trigger(event)
        now, visit = await self._visit(event, person)
        answer = answer_of(trigger, now, await self._standing(person))
        number = event.fields.get("waybill", "")
        return Reply(
            title=answer.title.format(number=number),
            text=answer.text.format(number=number),
            url=self._link(answer.target, visit),
        )

    def _trigger(self, event: StoredEvent) -> Trigger:
        fields: dict[str, Any] = event.fields
        if "kiosk" in fields or _visit_of(fields.get("scene")):
            return Trigger.VISIT
        if event.kind == "scan_result":
            return Trigger.WAYBILL if "waybill" in fields else Trigger.STRANGE
        if event.kind == "clicked":
            known = fields.get("key") == self._my_orders_key
            return Trigger.MY_ORDERS if known else Trigger.WROTE
        return Trigger.WROTE if event.kind == "wrote" else Trigger.FOLLOWED

    async def _visit(
        self, event: StoredEvent, person: PersonId | None
    ) -> tuple[VisitNow, VisitId | None]:
        if code := event.fields.get("kiosk"):
            try:
                started = await self._starts.start(code, person)
            except (InvalidInput, VisitOver, Limited):
                return VisitNow.OVER, None
            return VisitNow.RUNNING, VisitId(started.visit_id)
        if visit := _visit_of(event.fields.get("scene")):
            return await self._known_visit(visit, person)
        running = await self._visits.running_of(person, self._clock()) if person else None
        return (VisitNow.RUNNING, running.id) if running else (VisitNow.NONE, None)

    async def _known_visit(
        self, visit: VisitId, person: PersonId | None
    ) -> tuple[VisitNow, VisitId | None]:
        """Judge a scene's visit. Whoever is unknown may be its person: the page asks them."""
        try:
            known = await self._visits.get(visit)
            known.check_running(self._clock())
        except (NotFound, VisitOver):
            return VisitNow.OVER, None
        if person and known.person and known.person != person:
            return VisitNow.OVER, None
        return VisitNow.RUNNING, visit

    async def _standing(self, person: PersonId | None) -> Standing:
        if person is None:
            return Standing.STRANGER
        known = await self._people.get(person)
        if Role.COURIER in known.roles:
            certified = known.certification is Certification.CERTIFIED
            return Standing.COURIER if certified else Standing.APPLICANT
        orders = await self._orders.of_customer(person, limit=LATEST)
        waits = any(order.custody is Custody.PLACED for order in orders)
        return Standing.SENDER if waits else Standing.CUSTOMER

    def _link(self, target: Target, visit: VisitId | None) -> str | None:
        if target is Target.NOWHERE:
            return None
        if target is Target.VISIT:
            return None if visit is None else f"{self._base_url}{target.value}{visit}"
        return self._base_url + target.value


def scene_of(visit: VisitId) -> str:
    """Write the scene that carries a visit."""
    return SCENE_VISIT + visit


def _visit_of(scene: object) -> VisitId | None:
    if not isinstance(scene, str) or not scene.startswith(SCENE_VISIT):
        return None
    return VisitId(scene[len(SCENE_VISIT) :])
