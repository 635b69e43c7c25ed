"""Chaos at the cabinet: agents are killed at every step, and the doors' truth is told once.

A real site, real agents, simulated boards that keep what truly happened. Several cabinets share
the kills. At the end everything settles, and `edges.judge` holds the server's events against
the boards' history.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from realtime.wire.terminal import DoorEventKind
from server.domain.ids import TerminalId
from server.domain.rules import Rules
from server.domain.terminals import Door
from server.local.site import Site
from server.proof import town
from server.proof.cabinet import Cabinet, cabinet
from server.proof.door_truth import Edge, Look, Pulse, Record, Told, Truth, Verdict, Wish
from server.proof.edges import judge
from server.proof.kill_points import CALM, CELLS, POINTS, Person
from server.proof.people import Visitor
from server.proof.report import Report, progress
from server.store.cells import MongoCells
from server.store.commands import MongoCommands
from server.store.connection import connect
from server.store.door_events import MongoDoorEvents

CABINETS = 3
#: One server's death for so many kills of agents.
KILLS_A_SERVER = 20
#: What does not come to rest within this is a failed run.
SETTLE_SECONDS = 120.0
#: Doors are given up quickly, so that a run is short.
RULES = {
    **town.LOCAL_RULES,
    "LANJIAN_OPEN_WITHIN_SECONDS": "2",
    "LANJIAN_COMMAND_DEADLINE_SECONDS": "3",
    "LANJIAN_FAULTS_TO_RETIRE_CELL": "1000000",
}

RULE = (
    "edges that lasted longer than one look while the agent was up are reported exactly once and"
    " in order; after a restart the final state is right, a difference is reported as changed"
    " during the outage, none is invented, and nothing opens by itself"
)
#: What must be zero, and in what words.
ZEROES = {
    "missed": "no edge is missed",
    "invented": "no edge is invented",
    "doubled": "no edge is told twice",
    "disordered": "edges are told in order",
    "misnamed": "a difference after an outage is told as such, and nothing else is",
    "unwatched": "an agent that is up looks at its doors",
    "opened_without_command": "no door is opened without a live command",
    "opened_twice": "no door is opened twice for one command",
    "sent_untruly": "what is told to be sent was sent",
    "final_states_wrong": "final states are right",
}
CUT_OFF = "commands were cut off before and after their pulse"
CHECKS = (*ZEROES.values(), "every kill was made", "edges were there to be judged", CUT_OFF)
#: From so many kills on, some must have struck between a command's intent and its pulse.
MANY_KILLS = 50


@dataclass(frozen=True, slots=True)
class _Stores:
    """The site's own collections, read to judge."""

    commands: MongoCommands
    events: MongoDoorEvents
    cells: MongoCells


@asynccontextmanager
async def _stores_of(site: Site) -> AsyncIterator[_Stores]:
    client = connect(site.environment["LANJIAN_MONGODB_URI"])
    database = client[site.environment.get("LANJIAN_DATABASE", "lanjian")]
    try:
        cells = MongoCells(database, fault_window_seconds=Rules().fault_window_seconds)
        yield _Stores(MongoCommands(database), MongoDoorEvents(database), cells)
    finally:
        client.close()


async def doors(site: Site, *, kills: int, seed: int, report: Report) -> None:
    """Kill agents so many times, let everything settle, and judge."""
    report.expect(CHECKS)
    staff = await town.staff_member(site)
    points: Counter[str] = Counter()
    async with _stores_of(site) as stores, AsyncExitStack() as stack:
        chaos = _Chaos(site, staff, stores, points, kills, seed)
        for number in range(min(CABINETS, kills)):
            await chaos.move_in(stack, number)
        for act in (chaos.play, chaos.settle):
            async with asyncio.TaskGroup() as group:
                for person in chaos.people:
                    group.create_task(act(person))
        verdict = Verdict()
        for person in chaos.people:
            verdict.add(judge(await _truth(person.cabinet), await _record(stores, person.cabinet)))
        _show(report, verdict, chaos, points)


class _Chaos:
    """One run: who kills whom, and when."""

    def __init__(
        self,
        site: Site,
        staff: Visitor,
        stores: _Stores,
        points: Counter[str],
        kills: int,
        seed: int,
    ) -> None:
        self.server_deaths = 0
        self.people: list[Person] = []
        self._site = site
        self._staff = staff
        self._stores = stores
        self._points = points
        self.wanted = kills
        self._seed = seed
        self._server_lock = asyncio.Lock()
        #: Dealt to whichever cabinet is next: so few kills as there are moments try them all.
        self._deck = _deck(random.Random(f"{seed}/moments"))

    async def move_in(self, stack: AsyncExitStack, number: int) -> None:
        """Register a terminal and set its cabinet up."""
        name = f"T-CHAOS{number + 1}"
        token = await town.register_terminal(self._staff, name, sizes="S" * len(CELLS))
        seed = self._seed * 100 + number
        url = self._site.base_url
        made = await stack.enter_async_context(cabinet(self._site.var_dir, url, name, token, seed))
        await made.control.say(**CALM)
        made.start()
        draw = random.Random(f"{self._seed}/{name}")
        stores = self._stores
        self.people.append(Person(made, self._staff, stores.commands, stores.events, draw))

    async def play(self, person: Person) -> None:
        """Kill one cabinet's agent until all kills are made."""
        while self.kills() < self.wanted:
            point = next(self._deck)
            self._points[point] += 1
            await person.cabinet.until(link="up")
            await person.potter(person.draw.randrange(4))
            await POINTS[point](person)
            if sum(self._points.values()) % KILLS_A_SERVER == 0:
                await self._kill_both(person)
            else:
                person.cabinet.kill()
            await self._while_dead(person)
            person.cabinet.start()
            progress(f"kill {self.kills()}/{self.wanted} {point}")

    def kills(self) -> int:
        """Count the kills made so far."""
        return sum(person.cabinet.kills for person in self.people)

    async def settle(self, person: Person) -> None:
        """Let everything come to rest: link up, spool empty, the server's doors as sensed.

        Raises:
            TimeoutError: it does not.
        """
        async with asyncio.timeout(SETTLE_SECONDS):
            await person.cabinet.control.say(**CALM)
            await person.cabinet.until(link="up")
            await asyncio.sleep(float(RULES["LANJIAN_COMMAND_DEADLINE_SECONDS"]))
            looks = len((await person.cabinet.control.say(looks=True))["looks"])
            while len((await person.cabinet.control.say(looks=True))["looks"]) < looks + 4:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
            await person.cabinet.until(link="up", spooled=False)

    async def _kill_both(self, person: Person) -> None:
        """Kill the server in the middle of it, and the agent while there is none."""
        async with self._server_lock:
            self._site.servers[0].kill()
            self.server_deaths += 1
            await person.moment(0.3)
            person.cabinet.kill()
            await self._site.start_server(0)

    async def _while_dead(self, person: Person) -> None:
        """Hands move doors while nobody looks."""
        for _ in range(person.draw.choice((0, 0, 1, 2))):
            await person.hand()
        await person.cabinet.control.say(**CALM)
        person.cabinet.relay.let_through()
        person.cabinet.relay.break_all()


def _deck(draw: random.Random) -> Iterator[str]:
    """Draw moments so that each comes as often as the others."""
    while True:
        yield from draw.sample(list(POINTS), len(POINTS))


# Truth and record


async def _truth(one: Cabinet) -> Truth:
    """Read what truly happened, after the agent's last life."""
    one.end_life()
    told = await one.control.say(state=True, history=True, looks=True)
    history = told["history"]
    return Truth(
        cells=tuple(CELLS),
        lives=tuple(one.lives),
        looks=tuple(
            Look(look["at"], look["told_at"], frozenset(look["open"])) for look in told["looks"]
        ),
        edges=tuple(
            Edge(past["at"], past["cell"], past["what"] == "open")
            for past in history
            if past["what"] in ("open", "closed")
        ),
        pulses=tuple(Pulse(p["at"], p["cell"]) for p in history if p["what"] == "pulse"),
        open_at_end=frozenset(
            int(cell) for cell, state in told["contacts"].items() if state == "open"
        ),
    )


async def _record(stores: _Stores, one: Cabinet) -> Record:
    """Read what the server says, its times made monotonic."""
    terminal = TerminalId(one.terminal)
    behind = time.time() - time.monotonic()

    def instant(at: datetime) -> float:
        return at.timestamp() - behind

    events = await stores.events.of_terminal(terminal)
    told = tuple(
        Told(
            number=number,
            cell=event["cell"],
            kind=DoorEventKind(event["kind"]),
            is_open=event["state"] == Door.OPEN.value,
            at=instant(event["at"]),
            command=event["command"],
        )
        for number, event in enumerate(events, 1)
    )
    wishes = tuple(
        Wish(id=str(command.id), cell=command.cell, deadline=instant(command.deadline))
        for command in await stores.commands.of_terminal(terminal)
    )
    cells = await stores.cells.of_terminal(terminal, datetime.now(UTC))
    is_open = frozenset(cell.cell for cell in cells if cell.door is Door.OPEN)
    return Record(told=told, wishes=wishes, open_at_end=is_open)


def _show(report: Report, verdict: Verdict, chaos: _Chaos, points: Counter[str]) -> None:
    counts = asdict(verdict)
    examples = counts.pop("examples")
    report.counts.update(
        rule=RULE,
        kills=chaos.kills(),
        moments=dict(points),
        cabinets=len(chaos.people),
        server_deaths=chaos.server_deaths,
        commands=sum(person.asked for person in chaos.people),
        commands_refused=sum(person.refused for person in chaos.people),
        **counts,
    )
    if examples:
        report.counts["examples"] = examples[:20]
    for name, words in ZEROES.items():
        report.check(words, counts[name] == 0, counts[name])
    report.check("every kill was made", chaos.kills() >= chaos.wanted, chaos.kills())
    enough = verdict.edges_counting >= chaos.wanted // 2 and verdict.pulses > 0
    seen = f"{verdict.edges_counting} edges, {verdict.pulses} pulses"
    report.check("edges were there to be judged", enough, seen)
    cut_off = (verdict.cut_off_before_pulse, verdict.cut_off_after_pulse)
    struck = all(cut_off) or chaos.wanted < MANY_KILLS
    report.check(CUT_OFF, struck, f"{cut_off[0]} before, {cut_off[1]} after")
