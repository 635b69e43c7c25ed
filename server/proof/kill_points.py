"""Moments at which an agent is killed: each is brought about, and the kill strikes there.

A person works the cabinet meanwhile: staff commands through the API, and hands on the doors.
Every moment is reached by waiting for it; how long after it the kill comes is drawn.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress

from server.domain.ids import CommandId, TerminalId
from server.domain.terminals import CommandState
from server.proof.cabinet import LOOK_SECONDS, Cabinet
from server.proof.people import Refused, Visitor
from server.store.commands import MongoCommands
from server.store.door_events import MongoDoorEvents

CELLS = range(1, 9)

#: How the boards behave unless a moment needs them otherwise.
CALM = {"delay": 0.0, "ack_delay": 0.0, "mute_unlock": False, "open_after": 0.03}
#: Slow enough that a command is on disk, and taken, before its turn on the line comes.
SLOW_LOOK_SECONDS = 0.25
SLOW_ACK_SECONDS = 0.7


class Person:
    """Who opens, forces and closes the doors of one cabinet."""

    def __init__(
        self,
        cabinet: Cabinet,
        staff: Visitor,
        commands: MongoCommands,
        events: MongoDoorEvents,
        draw: random.Random,
    ) -> None:
        self.cabinet = cabinet
        self.draw = draw
        self.asked = 0
        self.refused = 0
        self._staff = staff
        self._commands = commands
        self._events = events
        self._terminal = TerminalId(cabinet.terminal)

    # Acts

    async def ask_open(self, cell: int) -> CommandId | None:
        """Have staff open a door; None when the server or the terminal is not to be reached."""
        path = f"/v1/terminals/{self._terminal}/cells/{cell}/open"
        self.asked += 1
        try:
            answer = await self._staff.ask("POST", path, {"reason": "chaos"})
        except (Refused, OSError, ValueError):
            self.refused += 1
            return None
        return CommandId(str(answer["command_id"]))

    async def hand(self) -> None:
        """Move one door by hand: force or close it, at times both in an instant."""
        cell = await self.turn_door()
        if self.draw.random() < 0.15:
            await self.turn_door(cell)

    async def turn_door(self, cell: int | None = None) -> int:
        """Open a closed door by force, or close an open one; tell which."""
        cell = cell or self.draw.choice(CELLS)
        way = "close" if await self.is_open(cell) else "open"
        await self.cabinet.control.say(**{way: cell})
        return cell

    async def is_open(self, cell: int) -> bool:
        """Look at a door itself."""
        seen = await self.cabinet.control.say(state=True)
        return bool(seen["doors"][str(cell)] == "open")

    async def closed_cell(self) -> int:
        """Find a closed door, or close one."""
        cell = self.draw.choice(CELLS)
        if await self.is_open(cell):
            await self.cabinet.control.say(close=cell)
            await asyncio.sleep(self.draw.uniform(0.1, 0.2))  # so that the agent may see it
        return cell

    async def potter(self, acts: int) -> None:
        """Do some of what is done all day."""
        for _ in range(acts):
            chance = self.draw.random()
            if chance < 0.3:
                await self.ask_open(self.draw.choice(CELLS))
            elif chance < 0.4:
                await self.cabinet.control.say(
                    jam=self.draw.choice(CELLS), on=self.draw.random() < 0.5
                )
            else:
                await self.hand()
            await asyncio.sleep(self.draw.uniform(0.0, 0.25))

    async def moment(self, seconds: float) -> None:
        """Let a drawn part of so long pass: no event tells of such a moment."""
        await asyncio.sleep(self.draw.uniform(0.0, seconds))

    # What the server knows

    async def command_reaches(self, command: CommandId, *states: CommandState) -> None:
        """Wait until a command is in one of these states; a while at most."""
        with suppress(TimeoutError):
            async with asyncio.timeout(2.0):
                while (await self._commands.get(command)).state not in states:  # noqa: ASYNC110
                    await asyncio.sleep(0.005)

    async def events_grow(self, before: int) -> None:
        """Wait until more events of the terminal are applied; a while at most."""
        with suppress(TimeoutError):
            async with asyncio.timeout(2.0):
                while await self.count_events() <= before:  # noqa: ASYNC110
                    await asyncio.sleep(LOOK_SECONDS)

    async def count_events(self) -> int:
        """Count the applied events of the terminal."""
        return await self._events.count(self._terminal)


# The moments. Each returns just before the kill.


async def any_time(person: Person) -> None:
    """In the middle of whatever."""
    await person.potter(person.draw.randrange(3))
    await person.moment(0.2)


async def asked(person: Person) -> None:
    """The intent is on disk, and the line is not free yet."""
    cell = await person.closed_cell()
    await person.cabinet.control.say(delay=SLOW_LOOK_SECONDS)
    command = await person.ask_open(cell)
    if command is not None:
        await person.command_reaches(command, CommandState.TAKEN)


async def sent(person: Person) -> None:
    """The unlock is sent, the lock was released, and the answer is not there."""
    await person.cabinet.control.say(ack_delay=SLOW_ACK_SECONDS, open_after=0.2)
    await _until_pulse(person, await person.closed_cell())
    await person.moment(0.1)


async def pulsed(person: Person) -> None:
    """The board answered; the door is not open yet."""
    await person.cabinet.control.say(open_after=0.5)
    cell = await person.closed_cell()
    command = await person.ask_open(cell)
    if command is not None:
        await person.command_reaches(command, CommandState.PULSED)


async def opened(person: Person) -> None:
    """The door opens: before, in or after the look that shows it."""
    cell = await person.closed_cell()
    await _until_pulse(person, cell)
    with suppress(TimeoutError):
        await person.cabinet.control.say(wait=cell, seconds=1.0)
    await person.moment(0.12)


async def closed(person: Person) -> None:
    """The door that a command opened is closed."""
    cell = await person.closed_cell()
    command = await person.ask_open(cell)
    if command is not None:
        await person.command_reaches(command, CommandState.SENSED_OPEN)
    await person.cabinet.control.say(close=cell)
    await person.moment(0.12)


async def batch_not_sent(person: Person) -> None:
    """Events are on disk and on their way, and do not arrive."""
    await person.cabinet.until(link="up", spooled=False)
    person.cabinet.relay.hold(to_server=True)
    await person.turn_door()
    await person.cabinet.until(spooled=True)
    await person.moment(0.1)


async def batch_not_acknowledged(person: Person) -> None:
    """Events are applied by the server, and the agent does not learn it."""
    await person.cabinet.until(link="up", spooled=False)
    person.cabinet.relay.hold(from_server=True)
    before = await person.count_events()
    await person.turn_door()
    await person.events_grow(before)


async def link_down(person: Person) -> None:
    """There is no server; doors move, and are spooled."""
    person.cabinet.relay.cut()
    await person.cabinet.until(link="down")
    await person.hand()
    await person.hand()
    await person.moment(0.3)


async def link_down_and_again(person: Person) -> None:
    """Killed without a server, up again without one, and killed again."""
    await link_down(person)
    person.cabinet.kill()
    await person.hand()
    person.cabinet.start()
    await person.cabinet.until(link="down")
    await person.hand()
    await person.moment(0.5)


async def starting(person: Person) -> None:
    """Killed, and killed again while it starts."""
    person.cabinet.kill()
    await person.hand()
    person.cabinet.start()
    await person.moment(1.2)


async def _until_pulse(person: Person, cell: int) -> None:
    """Have a door opened, and wait until its lock is released."""
    before = (await person.cabinet.control.say(state=True))["pulses"][str(cell)]
    if await person.ask_open(cell) is not None:
        with suppress(TimeoutError):
            await person.cabinet.control.say(wait=cell, pulses=before + 1, seconds=2.0)


POINTS: dict[str, Callable[[Person], Awaitable[None]]] = {
    "asked": asked,
    "sent": sent,
    "pulsed": pulsed,
    "opened": opened,
    "closed": closed,
    "batch_not_sent": batch_not_sent,
    "batch_not_acknowledged": batch_not_acknowledged,
    "link_down": link_down,
    "link_down_and_again": link_down_and_again,
    "starting": starting,
    "any_time": any_time,
}
