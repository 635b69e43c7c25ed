"""Services as plain as they can be, for sockets that are tried without the application's own."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from realtime.map.feed import Ground
from realtime.offers import OfferFeed
from realtime.wire.devices import BootChallenge
from realtime.wire.people import Snapshot
from realtime.wire.terminal import BootAccepted, BootPending, TerminalConfig
from realtime.wire.views import OrderView
from server.domain.errors import (
    AgentRefused,
    Forbidden,
    NotAuthenticated,
    OrderTaken,
    SessionRevoked,
    TokenExpired,
)
from server.domain.ids import PersonId, SessionId
from server.domain.people import Actor, Role
from tests.unit.realtime.builders import NOON

CONFIG = TerminalConfig(
    name="南京东路",
    kiosk_url="https://example.test/v/",
    kiosk_key="a2V5",
    kiosk_step_seconds=30,
    open_within_seconds=5,
    left_open_warn_seconds=60,
)


def order_view(order="LJ1", version=1) -> OrderView:
    return OrderView(
        order_id=order,
        version=version,
        custody="claimed",
        charge="paid",
        payout="none",
        size="M",
        zone="same_city",
        destination_region="310101",
        price_fen=1000,
        created_at=NOON,
        updated_at=NOON,
    )


@dataclass
class Admission:
    actor: Actor
    expires_at: datetime


@dataclass
class Won:
    order: OrderView
    repeated: bool = False


class PlainGate:
    """Tokens are `person:session:roles[:seconds left]`."""

    def __init__(self) -> None:
        self.ended: set[str] = set()

    async def admission(self, access_token: str) -> Admission:
        person, session, roles, *left = access_token.split(":")
        if person == "expired":
            raise TokenExpired
        if person == "foreign":
            raise NotAuthenticated
        if session in self.ended:
            raise SessionRevoked
        actor = Actor(
            person=PersonId(person),
            session=SessionId(session),
            roles=frozenset(Role(role) for role in roles.split(",")),
        )
        life = timedelta(seconds=float(left[0]) if left else 900)
        return Admission(actor=actor, expires_at=datetime.now(UTC) + life)

    def forget(self, session) -> None: ...
    def forget_person(self, person) -> None: ...
    def forget_all(self) -> None: ...


class PlainGround:
    """What stands still, as the test put it there; counts how often it was looked at."""

    def __init__(self) -> None:
        self.now = Ground(terminals=(), carrying={})
        self.looks = 0

    async def read(self):
        self.looks += 1
        return self.now


class PlainPeople:
    """Answers from what the test put in; counts what was asked."""

    def __init__(self) -> None:
        self.offers: OfferFeed | None = None
        self.snapshots: dict[str, Snapshot] = {}
        self.claims: list[tuple] = []
        self.may_go_on = asyncio.Event()  # claims wait for it
        self.may_go_on.set()
        self.fault: Exception | None = None
        self.taken: set[str] = set()
        self.ground = PlainGround()
        self.looks_at_map = 0

    async def snapshot(self, actor, channel):
        if self.fault:
            raise self.fault
        return self.snapshots.get(channel, Snapshot())

    async def may_follow(self, actor, channel):
        if channel.startswith("outlet:") and Role.OUTLET_STAFF not in actor.roles:
            raise Forbidden(field="outlet_id", rule="own_outlet")

    async def may_watch_map(self, actor, *, is_first):
        if Role.OPERATOR not in actor.roles:
            raise Forbidden(rule="map_staff")
        self.looks_at_map += is_first

    async def may_see_offers(self, actor):
        if Role.COURIER not in actor.roles:
            raise Forbidden(field="channel", rule="couriers_only")

    async def set_duty(self, actor, *, on, districts):
        await self.may_see_offers(actor)
        await self.offers.set_duty(actor.person, on=on, chosen=districts)

    async def report_position(self, actor, place, at):
        await self.offers.report(actor.person, place, at)

    async def claim(self, actor, order, offer_version, request):
        self.claims.append((actor.person, order, offer_version, request))
        await self.may_go_on.wait()
        if self.fault:
            raise self.fault
        if order in self.taken:
            raise OrderTaken(earlier_seconds=0.18)
        return Won(order_view(order))


def proof_of(nonce: str) -> str:
    """Stand for a signature over a nonce: real ones are tried where keys are."""
    return nonce.ljust(86, "s")


class PlainTerminals:
    """Epochs shared by all processes of a test, as MongoDB's `$inc` gives them."""

    def __init__(self) -> None:
        self.epochs: dict[str, int] = {}
        self.enrolled: list[tuple[str, str]] = []  # token and address
        self.nonces = 0
        self.pending: set[str] = set()
        self.said: list[tuple] = []
        self.applied: list[int] = []
        self.fault: Exception | None = None
        self.may_go_on = asyncio.Event()
        self.may_go_on.set()

    async def enrol(self, asked, address):
        await self.may_go_on.wait()
        if asked.token != "right":
            raise AgentRefused(field="token", rule="unused")
        self.enrolled.append((asked.token, address))

    def challenge(self, boot):
        if boot.protocol == 1:
            return None
        self.nonces += 1
        return BootChallenge(id=boot.id, nonce=f"nonce-{self.nonces:012}")

    async def boot(self, frame, challenge=None, proof=None):
        if challenge is None and frame.token != "right":
            raise AgentRefused(field="token", rule="of_this_terminal")
        if challenge is not None and proof.signature != proof_of(challenge.nonce):
            raise AgentRefused(field="signature", rule="of_the_enrolled_key")
        if frame.terminal_id in self.pending:
            return BootPending(id=frame.id, retry_seconds=1)
        epoch = self.epochs[frame.terminal_id] = self.epochs.get(frame.terminal_id, 0) + 1
        await self.may_go_on.wait()
        return BootAccepted(
            id=frame.id,
            epoch=epoch,
            server_time=datetime.now(UTC),
            ping_seconds=20,
            applied_number=0,
            config=CONFIG,
        )

    async def booted(self, terminal, epoch, frame):
        self.said.append(("booted", terminal, epoch))

    async def events(self, terminal, epoch, frame):
        await self.may_go_on.wait()
        if self.fault:
            raise self.fault
        self.applied += [event.number for event in frame.events]
        return frame.events[-1].number

    async def kiosk_input(self, terminal, epoch, frame):
        await self.may_go_on.wait()
        if self.fault:
            raise self.fault
        self.said.append(("kiosk", frame.action.value, frame.value))

    async def health(self, terminal, epoch, frame):
        await self.may_go_on.wait()
        if self.fault:
            raise self.fault
        self.said.append(("health", terminal, epoch, frame.spooled))
        return datetime.now(UTC)

    async def command_answer(self, terminal, epoch, answer):
        self.said.append(("answer", type(answer).__name__, answer.id))

    async def frames_told(self, terminal, epoch, answer):
        self.said.append(("frames", answer.id, answer.port, len(answer.lines)))

    async def gone(self, terminal, epoch):
        self.said.append(("gone", terminal, epoch))
