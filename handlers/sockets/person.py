"""WS /v1/socket: people's pages. Frames in `realtime/wire/people.py`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

import msgspec

from handlers.decoding import decode
from handlers.errors import INTERNAL_CODE, INTERNAL_MESSAGE
from handlers.sockets.answers import Answers
from handlers.sockets.base import SocketHandler, SocketSettings, failure
from handlers.sockets.ports import Admission, Authenticator, MapRoom, OfferRoom, PeopleService
from realtime.channels import DAY, SLOTS, STAFF, people_channel
from realtime.districts import is_district
from realtime.hub import Connection, Hub, Rooms, Session, Subscription
from realtime.map.grid import viewport_of
from realtime.map.watching import watched
from realtime.tasks import Tasks
from realtime.wire.envelope import MAX_PERSON_FRAME, PROTOCOL, CloseCode, Failure, Reply
from realtime.wire.map import UnwatchMap, WatchMap
from realtime.wire.people import (
    Claimed,
    ClaimOrder,
    FromPerson,
    Hello,
    Ping,
    Pong,
    ReportPosition,
    SetDutyFrame,
    Snapshot,
    Subscribe,
    Subscribed,
    Unsubscribe,
    Welcome,
)
from server.domain.errors import (
    DomainError,
    Forbidden,
    InvalidInput,
    Limited,
    NotAuthenticated,
    Unavailable,
)
from server.domain.geo import Place
from server.domain.ids import District, OrderId
from server.services.orders.views import ORDER_STAFF

log = logging.getLogger(__name__)

#: Claims of one socket on their way at once.
MOST_CLAIMS = 8

#: Longest that a claim may take; the courier asks again with the same id.
CLAIM_SECONDS = 15.0

#: Outlets whose free places one socket may follow at once; a page shows one.
MOST_OUTLETS = 4

OFFERS = "offers"
ME = "me"

Act = SetDutyFrame | ReportPosition | ClaimOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonSockets:
    """What all people's sockets of a process share."""

    hub: Hub
    rooms: Rooms
    offers: OfferRoom
    map: MapRoom
    authenticator: Authenticator
    people: PeopleService
    tasks: Tasks
    clock: Callable[[], datetime]
    settings: SocketSettings


class PersonSocket(SocketHandler):
    """WS /v1/socket: `Hello` first, then requests; pushes of the subscribed channels."""

    most_frame_bytes = MAX_PERSON_FRAME

    def initialize(self, *, deps: PersonSockets) -> None:  # type: ignore[override]
        """Take what all sockets share."""
        super().initialize(hub=deps.hub, settings=deps.settings)
        self._deps = deps
        self._answers = Answers()
        self._session: Session | None = None  # set by the first accepted `Hello`
        self._admission: Admission | None = None  # of the last accepted `Hello`
        self._expiry: asyncio.TimerHandle | None = None
        self._subscriptions: dict[str, Subscription] = {}
        self._shows_offers = False
        self._watches_map = False  # whether this socket was let in to the map
        self._claims = 0

    async def receive(self, raw: bytes) -> None:
        """Act on one frame."""
        frame: FromPerson = decode(raw, FromPerson)  # type: ignore[arg-type]
        if isinstance(frame, Hello):
            await self._hello(frame, raw)
            return
        if self._session is None:
            self.refuse_entry(NotAuthenticated(rule="hello_first"), raw)
            return
        match frame:
            case Ping():
                self.send(Pong(id=frame.id, server_time=self._deps.clock()))
            case Subscribe():
                await self._subscribe(frame)
            case Unsubscribe():
                self._unsubscribe(frame.channel)
                self.send(Reply(id=frame.id))
            case WatchMap() | UnwatchMap():
                await self._watch_map(frame)
            case SetDutyFrame() | ReportPosition() | ClaimOrder():
                await self._once(frame, raw)
            case _:
                assert_never(frame)

    def left(self, connection: Connection) -> None:
        """Leave rooms and hub."""
        if self._expiry is not None:
            self._expiry.cancel()
        for subscription in self._subscriptions.values():
            self._deps.rooms.leave(subscription)
        self._subscriptions.clear()
        self._deps.map.leave(connection)
        if self._session is not None:
            self._deps.offers.leave(self._session.person, connection)
            self._hub.leave(self._session)

    # Hello

    async def _hello(self, frame: Hello, raw: bytes) -> None:
        if frame.protocol != PROTOCOL:
            self.send(failure(InvalidInput(field="protocol", rule=f"is_{PROTOCOL}"), frame.id))
            self.close_with(CloseCode.PROTOCOL_VERSION, f"protocol {PROTOCOL} is spoken here")
            return
        try:
            admission = await self._deps.authenticator.admission(frame.token)
        except DomainError as refusal:
            self.refuse_entry(refusal, raw)
            return
        if self._connection is None:
            return  # gone meanwhile
        self._enter(self._connection, admission)
        self.send(
            Welcome(
                id=frame.id,
                person_id=admission.actor.person,
                roles=tuple(sorted(admission.actor.roles)),
                server_time=self._deps.clock(),
                ping_seconds=self._socket_settings.ping_seconds,
                token_expires_at=admission.expires_at,
            )
        )

    def _enter(self, connection: Connection, admission: Admission) -> None:
        actor = admission.actor
        if self._session is not None and self._session.person != actor.person:
            raise NotAuthenticated(field="token", rule="same_person")
        self.first_frame_came()
        self._admission = admission
        if self._session is None:
            self._session = self._hub.enter(connection, person=actor.person, login=actor.session)
        else:
            self._session.login = actor.session
        if self._expiry is not None:
            self._expiry.cancel()
        left = admission.expires_at - self._deps.clock()
        self._expiry = asyncio.get_running_loop().call_later(
            left.total_seconds(), self.close_with, CloseCode.TOKEN_EXPIRED, "token expired"
        )

    # Channels

    async def _subscribe(self, frame: Subscribe) -> None:
        self._unsubscribe(frame.channel)
        if frame.channel == OFFERS:
            await self._subscribe_to_offers(frame)
        else:
            await self._subscribe_to_room(frame, frame.channel)

    async def _subscribe_to_offers(self, frame: Subscribe) -> None:
        connection, admission = self._present()
        await self._deps.people.may_see_offers(admission.actor)
        self._shows_offers = True
        offers = await self._deps.offers.join(admission.actor.person, connection)
        if not connection.is_open:
            self._deps.offers.leave(admission.actor.person, connection)
            return
        self.send(
            Subscribed(
                id=frame.id,
                channel=OFFERS,
                position=self._deps.offers.position,
                recovered=False,
                snapshot=Snapshot(offers=tuple(offers)),
            )
        )

    async def _subscribe_to_room(self, frame: Subscribe, name: str) -> None:
        connection, admission = self._present()
        actor = admission.actor
        if name == STAFF and not actor.roles & ORDER_STAFF:
            raise Forbidden(field="channel", rule="staff_only")
        if name.startswith((SLOTS, DAY)) and self._outlets_followed() >= MOST_OUTLETS:
            raise Limited(field="channel", rule="outlets_at_once", retry_after_seconds=1)
        await self._deps.people.may_follow(actor, name)
        subscription = await self._deps.rooms.join(
            connection,
            feed=people_channel(actor.person) if name == ME else name,
            name=name,
            to=actor.person if name == ME else None,
            resume=frame.resume,
        )
        self._subscriptions[name] = subscription
        try:
            snapshot = None
            if not subscription.recovered:
                snapshot = await self._deps.people.snapshot(actor, name)
        except BaseException:
            self._unsubscribe(name)
            raise
        if not connection.is_open:
            self._unsubscribe(name)
            return
        answer = Subscribed(
            id=frame.id,
            channel=name,
            position=subscription.position,
            recovered=subscription.recovered,
            snapshot=snapshot,
        )
        self._deps.rooms.open(subscription, msgspec.json.encode(answer))

    def _outlets_followed(self) -> int:
        return sum(name.startswith((SLOTS, DAY)) for name in self._subscriptions)

    def _unsubscribe(self, channel: str) -> None:
        if subscription := self._subscriptions.pop(channel, None):
            self._deps.rooms.leave(subscription)
        if channel == OFFERS and self._shows_offers:
            connection, admission = self._present()
            self._deps.offers.leave(admission.actor.person, connection)
            self._shows_offers = False

    # The map

    async def _watch_map(self, frame: WatchMap | UnwatchMap) -> None:
        connection, admission = self._present()
        if isinstance(frame, UnwatchMap):
            self._deps.map.leave(connection)
            self.send(Reply(id=frame.id))
            return
        viewport = viewport_of(frame)
        await self._deps.people.may_watch_map(admission.actor, is_first=not self._watches_map)
        self._watches_map = True
        whole, changes = await self._deps.map.watch(connection, viewport)
        self.send_encoded(watched(frame.id, self._deps.clock(), changes, whole=whole))

    # Acts, each carried out once for its id

    async def _once(self, frame: Act, raw: bytes) -> None:
        is_new, outcome = self._answers.begin(frame.id, raw)
        if not is_new:
            if outcome is not None:
                self.send_encoded(outcome)
            return
        if not isinstance(frame, ClaimOrder):
            await self._carry_out(frame.id, lambda: self._act(frame))
        elif self._claims >= MOST_CLAIMS:
            self._answers.forget(frame.id)
            raise Limited(rule="claims_at_once", retry_after_seconds=1)
        else:
            # A task of its own: the race must not wait for this socket's other requests.
            self._claims += 1
            self._deps.tasks.start(self._claim(frame), name="claim")

    async def _claim(self, frame: ClaimOrder) -> None:
        try:
            async with asyncio.timeout(CLAIM_SECONDS):
                await self._carry_out(frame.id, lambda: self._race(frame))
        except TimeoutError:
            self._answers.forget(frame.id)
            self.send(failure(Unavailable(rule="took_too_long"), frame.id))
        except Exception as fault:  # part of the socket base: as in `on_message`, but in a task
            self._answers.forget(frame.id)
            if outage := self.refusal_of(fault):
                self.send(failure(outage, frame.id))
                return
            log.exception("claim failed")
            self.send(Failure(id=frame.id, code=INTERNAL_CODE, message=INTERNAL_MESSAGE))
        finally:
            self._claims -= 1

    async def _carry_out(self, request: str, work: Callable[[], Awaitable[msgspec.Struct]]) -> None:
        try:
            answer = await work()
        except Unavailable as refusal:
            # Nothing is known, so the same id may be tried again.
            self._answers.forget(request)
            self.send(failure(refusal, request))
        except DomainError as refusal:
            self._answers.end(request, self.send(failure(refusal, request)))
        except BaseException:
            self._answers.forget(request)
            raise
        else:
            self._answers.end(request, self.send(answer))

    async def _act(self, frame: SetDutyFrame | ReportPosition) -> Reply:
        _, admission = self._present()
        actor, people = admission.actor, self._deps.people
        if isinstance(frame, SetDutyFrame):
            if not all(map(is_district, frame.districts)):
                raise InvalidInput(field="districts", rule="geohash_of_5")
            chosen = [District(name) for name in frame.districts]
            await people.set_duty(actor, on=frame.on, districts=chosen)
        else:
            await people.report_position(actor, Place(lat=frame.lat, lon=frame.lon), frame.at)
        return Reply(id=frame.id)

    async def _race(self, frame: ClaimOrder) -> Claimed:
        _, admission = self._present()
        won = await self._deps.people.claim(
            admission.actor, OrderId(frame.order_id), frame.offer_version, frame.id
        )
        return Claimed(id=frame.id, order=won.order, repeated=won.repeated)

    def _present(self) -> tuple[Connection, Admission]:
        if self._connection is None or self._admission is None:
            raise NotAuthenticated(rule="hello_first")
        return self._connection, self._admission
