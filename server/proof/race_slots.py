"""The race for slots: many clients, few places, two servers, and parts killed in the middle.

Clients use the HTTP API and come back after every break with the same request id, as pages do.
Some winners leave their form unfilled: their holds must end, and their places be claimed anew.
Afterwards every client's page is compared with MongoDB, and the bookings' own events tell
whether there ever was one holder too many.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from server.local.site import Site
from server.proof.outlets import open_outlet, slot_ahead
from server.proof.people import LiveSocket, Visitor, live_socket
from server.proof.report import Report, progress
from server.proof.slot_clients import Client
from server.proof.slot_truth import SlotTruth, truth_of
from server.proof.town import LOCAL_RULES, each, staff_member

OWNER_PHONE = 13900400000

#: One in so many places goes first to a client who leaves the form unfilled.
LEFT_PART = 4

#: How far apart clients press the button, on average; Redis and servers die meanwhile.
APART_SECONDS = 0.01

LOOK_SECONDS = 0.05

#: How much longer a killed part stays away when somebody has met that.
AWAY_SECONDS = (0.05, 0.5)

#: How long a fault lasts at most until somebody meets it, and the next one waits for a win.
STRIKE_SECONDS = 10.0

#: How long everybody together has for the race, and for claiming what was left.
LIMIT_SECONDS = 240.0

#: How late after its deadline a hold may be ended, beside what a busy machine adds.
PATIENCE_SECONDS = 30.0

CHECKS = (
    "booked = capacity",
    "never more holders than places",
    "every page agrees with MongoDB",
    "no hold outlived its deadline",
    "freed places were claimed again",
    "open pages count the same",
    "every fault struck while clients were claiming",
)


def rules(hold_seconds: float) -> dict[str, str]:
    """Give the site's rules: short holds, so that their ends can be waited for."""
    return {**LOCAL_RULES, "LANJIAN_SLOT_HOLD_SECONDS": str(hold_seconds)}


@dataclass(slots=True)
class SlotRace:
    """A site with its clients and the one slot that all of them want."""

    site: Site
    clients: list[Client]
    outlet: str
    slot: str
    places: int
    draw: random.Random
    to_leave: int = 0  #: holds whose forms are still to be left unfilled
    changed: bool = True  #: whether places were free again after the first race
    struck: Counter[str] = field(default_factory=Counter)

    def told(self, *what: str) -> int:
        """Count the clients that were told one of these."""
        return sum(client.told in what for client in self.clients)

    @property
    def breaks(self) -> int:
        """Count the requests that had to be sent again."""
        return sum(client.breaks for client in self.clients)

    async def run(self, clients: Sequence[Client], limit_seconds: float) -> None:
        """Let clients claim, in a drawn order, as many as like at once."""
        until = time.monotonic() + limit_seconds
        spread = APART_SECONDS * len(clients)

        async def come(client: Client, after_seconds: float) -> None:
            await asyncio.sleep(after_seconds)
            await client.claim(until, self._leaves)

        async with asyncio.TaskGroup() as group:
            for client in clients:
                group.create_task(come(client, self.draw.uniform(0, spread)))

    def _leaves(self) -> bool:
        self.to_leave -= 1
        return self.to_leave >= 0


async def line_up(site: Site, *, clients: int, places: int, seed: int) -> SlotRace:
    """Open the outlet and log everybody in."""
    staff = await staff_member(site)
    outlet = await open_outlet(staff, capacity=places)
    slot = await slot_ahead(staff, outlet)
    urls = site.server_urls
    lined: dict[int, Client] = {}

    async def join(number: int) -> None:
        visitor = Visitor(urls[number % len(urls)], site.sandbox_url, str(OWNER_PHONE + number))
        await visitor.log_in()
        lined[number] = Client(
            number=number,
            visitor=visitor,
            urls=urls,
            slot=slot,
        )

    await each(range(clients), join)
    ordered = [lined[number] for number in sorted(lined)]
    race = SlotRace(site, ordered, outlet, slot, places, random.Random(seed))
    race.to_leave = max(1, places // LEFT_PART)
    return race


async def redis_killed(race: SlotRace) -> None:
    """Kill Redis; it comes back with all that it had acknowledged."""
    await _redis_gone(race, wiped=False)


async def redis_emptied(race: SlotRace) -> None:
    """Kill Redis; it comes back with nothing."""
    await _redis_gone(race, wiped=True)


async def server_killed(race: SlotRace) -> None:
    """Kill a server with the claims that it has under way."""
    number = race.draw.randrange(len(race.site.servers))
    breaks = race.breaks
    race.site.servers[number].kill()
    await _until(lambda: race.breaks > breaks)
    await asyncio.sleep(race.draw.uniform(*AWAY_SECONDS))
    await race.site.start_server(number)


async def _redis_gone(race: SlotRace, *, wiped: bool) -> None:
    redis = race.site.redis
    if redis is None:
        raise RuntimeError("the race needs the site's own Redis")
    breaks = race.breaks
    redis.kill()
    if wiped:
        redis.wipe()
    await _until(lambda: race.breaks > breaks)  # a busy server may come to see it late
    await asyncio.sleep(race.draw.uniform(*AWAY_SECONDS))
    redis.launch()
    await asyncio.to_thread(redis.wait_ready)


FAULTS: dict[str, Callable[[SlotRace], Awaitable[None]]] = {
    "redis_killed": redis_killed,
    "redis_emptied": redis_emptied,
    "server_killed": server_killed,
}


async def first_race(race: SlotRace) -> None:
    """Race in waves, and put in a fault while each wave's claims are under way.

    The next wave comes with the first win after a fault, so that it meets winners who fill their
    forms, and places that are still claimed.
    """
    waves = [race.clients[number :: len(FAULTS)] for number in range(len(FAULTS))]
    async with asyncio.TaskGroup() as group:
        for wave, (name, fault) in zip(waves, FAULTS.items(), strict=True):
            group.create_task(race.run(wave, LIMIT_SECONDS))
            await _until(lambda wave=wave: _sent(wave) * 3 >= len(wave))  # type: ignore[misc]
            breaks, won = race.breaks, race.told("held", "booked")
            progress(f"{name}: {won} have won, {race.told('none')} are waiting or still to come")
            await fault(race)
            await _until(lambda won=won: race.told("held", "booked") > won)  # type: ignore[misc]
            race.struck[name] = race.breaks - breaks


async def _until(so: Callable[[], bool]) -> None:
    """Wait until something is so, or has not become so in a while."""
    until = time.monotonic() + STRIKE_SECONDS
    # What the clients have done is all that is looked at; there is no event to wait on.
    while not so() and time.monotonic() < until:  # noqa: ASYNC110
        await asyncio.sleep(0.002)


def _sent(clients: Sequence[Client]) -> int:
    return sum(client.attempts > 0 for client in clients)


async def play(
    site: Site, *, clients: int, places: int, seed: int, hold_seconds: float, report: Report
) -> None:
    """Race, wait for what was left to run out, race for that, and judge."""
    report.expect(CHECKS)
    race = await line_up(site, clients=clients, places=places, seed=seed)
    progress(f"{clients} clients, {places} places")
    async with truth_of(site, race.slot) as truth:
        await first_race(race)
        report.counts["first_race"] = dict(Counter(client.told for client in race.clients))
        async with open_pages(race) as pages:
            left = await _holds_end(race, truth, hold_seconds, report)
            await _race_for_what_is_left(race, truth, left, report)
            await _judge(race, truth, pages, report)


async def _holds_end(race: SlotRace, truth: SlotTruth, hold_seconds: float, report: Report) -> int:
    """Wait until every hold that nobody filled has ended; answers how many there were."""
    left = race.told("held")
    until = time.monotonic() + hold_seconds + PATIENCE_SECONDS
    while await truth.overdue() or await truth.held():
        if time.monotonic() > until:
            break
        await asyncio.sleep(LOOK_SECONDS)
    overdue, held = await truth.overdue(), await truth.held()
    ends = await truth.latest_end_seconds()
    report.counts.update(holds_left=left, latest_end_after_deadline_seconds=ends)
    seen = f"{left} left; {overdue} overdue, {held} held; the latest ended {ends} s after its time"
    report.check("no hold outlived its deadline", overdue == 0 and held == 0 and left > 0, seen)
    return left


async def _race_for_what_is_left(
    race: SlotRace, truth: SlotTruth, left: int, report: Report
) -> None:
    """Let the losers claim the freed places; everybody fills the form this time."""
    for client in race.clients:
        if client.told in ("held", "full"):
            client.told = "none"
    early = await truth.booked()
    race.changed = early < race.places
    losers = [client for client in race.clients if client.told == "none"]
    await race.run(losers, LIMIT_SECONDS)
    booked = await truth.booked()
    # On a slow machine holds end while the race is on, and their places go to who comes then.
    seen = f"{left} holds ended; {early} of {race.places} places were booked before, {booked} after"
    report.check("freed places were claimed again", booked == race.places and left > 0, seen)


async def _judge(
    race: SlotRace, truth: SlotTruth, pages: Sequence[OpenPage], report: Report
) -> None:
    booked, most = await truth.booked(), await truth.most_at_once()
    report.counts.update(
        places=race.places,
        booked=booked,
        most_holders_at_once=most,
        attempts=sum(client.attempts for client in race.clients),
        asked_again=race.breaks,
        told=dict(Counter(client.told for client in race.clients)),
        faults=dict(race.struck),
    )
    report.check("booked = capacity", booked == race.places, f"{booked} of {race.places}")
    report.check("never more holders than places", most <= race.places, f"{most} at most")
    wrong = await _pages_differ(race, truth)
    report.check("every page agrees with MongoDB", not wrong, f"{len(wrong)} differ {wrong[:3]}")
    await _check_pages(race, pages, booked, report)
    missed = [name for name in FAULTS if not race.struck[name]]
    report.check("every fault struck while clients were claiming", not missed, dict(race.struck))


async def _pages_differ(race: SlotRace, truth: SlotTruth) -> list[str]:
    """Name whoever was told, or sees on their page, something else than MongoDB says."""
    owners = await truth.owners()
    wrong: list[str] = []

    async def check(client: Client) -> None:
        page = await client.page(time.monotonic() + PATIENCE_SECONDS)
        shown = {one["booking_id"] for one in page["bookings"] if one["state"] == "booked"}
        kept = owners.get(client.visitor.person_id, set())
        told = {client.booking} if client.told == "booked" else set()
        if not shown == kept == told:
            wrong.append(f"{client.visitor.person_id}: told {told}, shown {shown}, kept {kept}")

    await each(race.clients, check)
    everybody = {client.visitor.person_id for client in race.clients}
    return wrong + [f"{person}: nobody of ours" for person in owners.keys() - everybody]


@dataclass(slots=True)
class OpenPage:
    """A page that shows the outlet's free places as they change."""

    socket: LiveSocket
    slot: str
    free_at_first: int

    @property
    def free(self) -> int:
        """Tell the free places that the page shows now."""
        for push in reversed(self.socket.pushes):
            event = push["event"]
            if event["type"] == "slot_count" and event["slot_id"] == self.slot:
                return int(event["free"])
        return self.free_at_first


@asynccontextmanager
async def open_pages(race: SlotRace) -> AsyncIterator[list[OpenPage]]:
    """Open a page on each server; it stays open while places are freed and claimed."""
    async with AsyncExitStack() as stack:
        pages = []
        for url, client in zip(race.site.server_urls, race.clients, strict=False):
            socket = await stack.enter_async_context(live_socket(url, str(client.visitor.token)))
            answer = await socket.ask("subscribe", channel=f"slots:{race.outlet}")
            counts = {one["slot_id"]: one["free"] for one in answer["snapshot"]["slots"]}
            pages.append(OpenPage(socket, race.slot, counts[race.slot]))
        yield pages


async def _check_pages(
    race: SlotRace, pages: Sequence[OpenPage], booked: int, report: Report
) -> None:
    """Compare what open pages came to show, and what the JSON says, with the bookings."""
    free = race.places - booked
    await _until(lambda: all(page.free == free for page in pages))
    shown = {page.free for page in pages}
    for url, client in zip(race.site.server_urls, race.clients, strict=False):
        client.visitor.base_url = url
        listed = await client.visitor.ask("GET", f"/v1/outlets/{race.outlet}/slots?days=3")
        shown |= {slot["free"] for slot in listed["slots"] if slot["slot_id"] == race.slot}
    heard = sum(len(page.socket.pushes) for page in pages)
    seen = f"free: {sorted(shown)}, after {heard} changes that open pages heard"
    # Where holds had ended before the pages were opened, nothing changed any more.
    heard_well = heard > 0 or not race.changed
    report.check("open pages count the same", shown == {free} and heard_well, seen)
