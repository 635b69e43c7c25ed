"""A server process's sockets as the application builds them, with services of the test's own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

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
from realtime.map.feed import MapFeed, MapSettings
from realtime.offers import OfferFeed
from realtime.positions import Positions
from realtime.post import Post
from realtime.presence import Presence
from realtime.redis import connect as redis_connect
from realtime.redis import connect_reading
from realtime.revocations import Revocations
from realtime.tasks import Tasks
from realtime.terminals import TerminalRouting
from server.domain.errors import (
    Unavailable,
)
from tests.integration.sockets.plain import PlainGate, PlainPeople, PlainTerminals
from tests.waiting import PATIENCE_SECONDS

QUICK = FeedSettings(shards=2, keep_entries=200, block_seconds=0.5, recover_entries=64)


QUICK_MAP = MapSettings(
    tick_seconds=0.05,
    ground_seconds=0.1,
    bytes_per_second=64 * 1024,
    couriers_in_cell=24,
    terminals_in_cell=6,
    life_seconds=3600,
)


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

    async def next(self, within_seconds=PATIENCE_SECONDS) -> dict:
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

    async def closed(self, within_seconds=PATIENCE_SECONDS) -> int:
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
    hello_seconds=PATIENCE_SECONDS,
    ping_seconds=20.0,
    outbox_frames=64,
    outbox_bytes=256 * 1024,
    origins=(),
    answer_seconds=PATIENCE_SECONDS,
    feed_settings=QUICK,
    map_settings=QUICK_MAP,
) -> AsyncIterator[Server]:
    redis = redis_connect(redis_url)

    def blocking():
        return connect_reading(redis_url, block_seconds=feed_settings.block_seconds)

    def clock():
        return datetime.now(UTC)

    open_offers = {}

    async def read_offers(district):
        return open_offers.get(district, ())

    hub = Hub(outbox_frames=outbox_frames, outbox_bytes=outbox_bytes, ping_seconds=ping_seconds)
    feeds = Feeds(redis, process=process, connect=blocking, settings=feed_settings)
    inbox = Inbox(redis, process=process, connect=blocking, block_seconds=0.5, life_seconds=60)
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
