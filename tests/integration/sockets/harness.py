"""A server process's sockets as the application builds them, with services of the test's own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import msgspec
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application
from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as ws_connect
from websockets.exceptions import ConnectionClosed

from handlers.sockets import PersonSockets, SocketSettings, TerminalSockets, routes
from realtime.channels import STAFF, OfferChannels, PersonChannel, StaffChannel
from realtime.feeds import Feeds, FeedSettings
from realtime.hub import Hub, Rooms, TerminalLinks
from realtime.inbox import Inbox
from realtime.map.feed import Ground, MapFeed, MapSettings
from realtime.offers import OfferFeed
from realtime.positions import Positions
from realtime.post import Post
from realtime.presence import Presence
from realtime.redis import connect as redis_connect
from realtime.revocations import Revocations
from realtime.tasks import Tasks
from realtime.terminals import TerminalRouting
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
    Unavailable,
)
from server.domain.ids import PersonId, SessionId
from server.domain.people import Actor, Role
from tests.unit.realtime.builders import NOON

QUICK = FeedSettings(shards=2, keep_entries=200, block_seconds=0.5, recover_entries=64)
QUICK_MAP = MapSettings(
    tick_seconds=0.05,
    ground_seconds=0.1,
    bytes_per_second=64 * 1024,
    couriers_in_cell=24,
    terminals_in_cell=6,
    life_seconds=3600,
)
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


@dataclass
class Server:
    port: int
    hub: Hub
    feeds: Feeds
    people: PlainPeople
    gate: PlainGate
    terminals: PlainTerminals
    links: TerminalLinks
    routing: TerminalRouting
    offers: OfferFeed
    map: MapFeed
    positions: Positions
    inbox: Inbox
    revocations: Revocations
    me: PersonChannel
    staff: StaffChannel
    offer_channels: OfferChannels
    open_offers: dict = field(default_factory=dict)

    def url(self, path="/v1/socket") -> str:
        return f"ws://127.0.0.1:{self.port}{path}"

    def client(self, path="/v1/socket", **options):
        return Client.connect(self.url(path), **options)


class Client:
    """A page or an agent, speaking JSON."""

    def __init__(self, ws: ClientConnection) -> None:
        self.ws = ws
        self.requests = 0

    @classmethod
    @asynccontextmanager
    async def connect(cls, url, **options) -> AsyncIterator["Client"]:
        async with ws_connect(url, proxy=None, **options) as ws:
            yield cls(ws)

    async def send(self, **frame) -> str:
        if "id" not in frame:
            self.requests += 1
            frame["id"] = f"r{self.requests}"
        await self.ws.send(msgspec.json.encode(frame).decode())
        return frame["id"]

    async def next(self, within_seconds=30) -> dict:
        async with asyncio.timeout(within_seconds):
            return msgspec.json.decode(await self.ws.recv())

    async def ask(self, **frame) -> dict:
        """Send and give the answer with the same id; pushes in between are kept for `next`."""
        request = await self.send(**frame)
        answer = await self.next()
        assert answer.get("id") == request, answer
        return answer

    async def ask_any(self, **frame) -> dict:
        """Send and give whatever comes next."""
        await self.send(**frame)
        return await self.next()

    async def hello(self, person="ann", roles="customer", session=None, left=None) -> dict:
        token = f"{person}:{session or person + '-s'}:{roles}" + (f":{left}" if left else "")
        answer = await self.ask(type="hello", token=token)
        assert answer["type"] == "welcome", answer
        return answer

    async def closed(self, within_seconds=30) -> int:
        """Wait for the end and give the close code; what still arrives is read and dropped."""
        async with asyncio.timeout(within_seconds):
            with suppress(ConnectionClosed):
                while True:
                    await self.ws.recv()
            await self.ws.wait_closed()
        return self.ws.close_code


@asynccontextmanager
async def serving(
    redis_url,
    process="p1",
    *,
    terminals=None,
    hello_seconds=5.0,
    ping_seconds=20.0,
    outbox_frames=64,
    outbox_bytes=256 * 1024,
    origins=(),
    answer_seconds=2.0,
    feed_settings=QUICK,
    map_settings=QUICK_MAP,
) -> AsyncIterator[Server]:
    redis = redis_connect(redis_url)

    def blocking():
        return redis_connect(redis_url, answer_seconds=feed_settings.block_seconds + 1)

    def clock():
        return datetime.now(UTC)

    open_offers = {}

    async def read_offers(district):
        return open_offers.get(district, ())

    hub = Hub(outbox_frames=outbox_frames, outbox_bytes=outbox_bytes, ping_seconds=ping_seconds)
    feeds = Feeds(redis, process=process, connect=blocking, settings=feed_settings)
    inbox = Inbox(redis, process=process, connect=blocking, block_seconds=0.5, life_seconds=3)
    offers = OfferFeed(
        feeds=feeds,
        presence=Presence(redis, process=process, clock=clock),
        positions=Positions(redis, clock=clock),
        inbox=inbox,
        open_offers=read_offers,
        clock=clock,
        fresh_seconds=600,
        epoch="1",
    )
    people, gate, terminals = PlainPeople(), PlainGate(), terminals or PlainTerminals()
    staff_map = MapFeed(
        positions=Positions(redis, clock=clock),
        ground=people.ground.read,
        feeds=feeds,
        channel=STAFF,
        clock=clock,
        settings=map_settings,
    )
    links = TerminalLinks(answer_seconds=answer_seconds)
    routing = TerminalRouting(links=links, inbox=inbox)
    people.offers = offers

    async def is_live(person, session):
        return session not in gate.ended

    revocations = Revocations(feeds=feeds, hub=hub, memory=gate, is_live=is_live)
    settings = SocketSettings(
        hello_seconds=hello_seconds, ping_seconds=ping_seconds, origins=frozenset(origins)
    )
    tasks = Tasks()
    application = Application(
        routes(
            PersonSockets(
                hub=hub,
                rooms=Rooms(feeds),
                offers=offers,
                map=staff_map,
                authenticator=gate,
                people=people,
                tasks=tasks,
                clock=clock,
                settings=settings,
            ),
            TerminalSockets(
                hub=hub,
                links=links,
                routing=routing,
                service=terminals,
                tasks=tasks,
                settings=settings,
            ),
        ),
        refusal_of=lambda error: Unavailable(part="mongo") if isinstance(error, OSError) else None,
    )
    http = HTTPServer(application)
    sockets = bind_sockets(0, "127.0.0.1")
    http.add_sockets(sockets)
    hub.start()
    offers.start()
    inbox.start(Post(offers=offers, routing=routing).receive)
    await revocations.start()
    try:
        yield Server(
            port=sockets[0].getsockname()[1],
            hub=hub,
            feeds=feeds,
            people=people,
            gate=gate,
            terminals=terminals,
            links=links,
            routing=routing,
            offers=offers,
            map=staff_map,
            positions=Positions(redis, clock=clock),
            inbox=inbox,
            revocations=revocations,
            me=PersonChannel(feeds),
            staff=StaffChannel(feeds),
            offer_channels=OfferChannels(feeds),
            open_offers=open_offers,
        )
    finally:
        http.stop()
        await hub.close()
        await http.close_all_connections()
        await revocations.close()
        await routing.close()
        await staff_map.close()
        await offers.close()
        await inbox.close()
        await tasks.close()
        await feeds.close()
        await redis.aclose()
