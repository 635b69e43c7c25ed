"""Offline grants from their issue to their end, which only the terminal's agent can tell.

A live grant keeps its order as it is. Whoever wants to change what it opens has it withdrawn
first: the agent's answer settles it, or tells that it was used; then its numbered events move
the order. A terminal that is away keeps everything waiting, and staff are told (the saga).
"""

from __future__ import annotations

import asyncio
import logging
import time
from datetime import datetime
from functools import partial

from realtime.wire.terminal import CommandRefused, CommandTaken
from server.domain import grants
from server.domain.changes import Change, Context
from server.domain.custody import Step
from server.domain.errors import Conflict, TerminalOffline
from server.domain.grants import Grant
from server.domain.ids import CommandId, OrderId, PersonId, TerminalId, cell_id
from server.domain.orders import Order
from server.domain.people import SYSTEM
from server.domain.rules import Rules
from server.domain.terminals import Command, CommandState
from server.services.doors.doors import WITHDRAWN, Doors
from server.services.grants import steps as grant_steps
from server.services.grants.recalls import CALL, Recalls
from server.services.ports import Clock, Relay
from server.store.cells import MongoCells
from server.store.commands import MongoCommands
from server.store.orders import Decide, MongoOrders
from server.store.terminals import MongoTerminals

log = logging.getLogger(__name__)

#: How long a person's request waits for the agent's answer, and how often it looks; a server that
#: stops lets it end (`drain_seconds`).
ANSWER_SECONDS = 7.0
FIRST_LOOK_SECONDS = 0.02
LONGEST_LOOK_SECONDS = 0.2

#: The agent's word that a grant was used.
USED = "used"
#: Its word that it cannot know: its disk is newer than the grant.
FORGOTTEN = "forgotten"

#: States of a command whose outcome the agent's events have told. A refusal is none: certainly
#: nothing was sent, so the same grant may have been used again since.
TOLD = frozenset(
    {
        CommandState.JAMMED,
        CommandState.UNCERTAIN,
        CommandState.SENSED_OPEN,
        CommandState.SENSED_CLOSED,
    }
)

#: Why the command of a grant ended that staff released.
RELEASED = "released_by_staff"


class Grants:
    """What a live grant keeps waiting, and what its agent says of it."""

    def __init__(
        self,
        *,
        orders: MongoOrders,
        commands: MongoCommands,
        cells: MongoCells,
        terminals: MongoTerminals,
        recalls: Recalls,
        doors: Doors,
        relay: Relay,
        rules: Rules,
        clock: Clock,
    ) -> None:
        self._orders = orders
        self._commands = commands
        self._cells = cells
        self._terminals = terminals
        self._recalls = recalls
        self._doors = doors
        self._relay = relay
        self._rules = rules
        self._clock = clock

    # What stands in the way

    async def take_back(self, order: Order) -> Order:
        """Give the order without a live grant, having it withdrawn while its person waits.

        Raises:
            TerminalOffline: its agent does not answer: nothing may change yet.
            Conflict: it was used, and the agent's events are still to come; or the agent cannot
                know what became of it, and staff have to look.
        """
        grant = order.grant
        if grant is None or not grants.lives(grant):
            return order
        await self._doors.reach(grant.terminal)
        if not await self.withdraw(order, waiting=True):
            if grant_steps.is_forgotten(await self._orders.get(order.id), grant.id):
                raise Conflict(order_id=order.id, rule=grant_steps.GRANT_FORGOTTEN)
            raise TerminalOffline(terminal_id=grant.terminal, rule="grant_not_withdrawn")
        return await self._orders.get(order.id)

    async def withdraw(
        self,
        order: Order,
        *,
        wish: Step | None = None,
        actor: PersonId = SYSTEM,
        waiting: bool = False,
    ) -> bool:
        """Have a live grant withdrawn, for the sake of a step; True when none lives (any more).

        The wish is kept with the order: when the agent answers later, the saga goes on with it.

        Raises:
            Conflict: it was used, and the agent's events are still to come.
        """
        grant = order.grant
        if grant is None or not grants.lives(grant):
            return True
        if grant.spent:
            raise Conflict(order_id=order.id, rule=grant_steps.SPENT_RULE)
        if wish is not None:
            decide = partial(
                grant_steps.wanted, grant=grant.id, wish=wish, context=self._context(actor)
            )
            await self._change(order.id, decide)
        handed = await self._recalls.ask(grant.terminal, grant.id)
        if not handed:
            return False
        return await self._settled(order.id, grant.id, ANSWER_SECONDS if waiting else 0)

    async def _settled(self, order: OrderId, grant: CommandId, within_seconds: float) -> bool:
        """Look at the order until the answer is in it: any process may have got that."""
        until, pause = time.monotonic() + within_seconds, FIRST_LOOK_SECONDS
        while True:
            now = await self._orders.get(order)
            known = now.grant
            if known is None or known.id != grant or not grants.lives(known):
                return True
            if known.spent:
                raise Conflict(order_id=order, rule=grant_steps.SPENT_RULE)
            if time.monotonic() >= until or grant_steps.is_forgotten(now, grant):
                return False
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_LOOK_SECONDS)

    # What the agent says

    async def booted(self, terminal: TerminalId, protocol: int) -> None:
        """Note what an agent speaks, and ask it for the grants that are wanted back."""
        await self._terminals.speaks(terminal, protocol)
        await self._recalls.ask_at(terminal)

    async def answered(self, terminal: TerminalId, answer: CommandTaken | CommandRefused) -> bool:
        """Hear whether a grant was used; False when the answer is about something else."""
        if not answer.id.startswith(CALL) or answer.command_id is None:
            return False
        command = await self._commands.find(CommandId(answer.command_id))
        if command is None or command.terminal != terminal or command.order is None:
            return True
        if isinstance(answer, CommandTaken):
            await self._change(
                command.order,
                partial(grant_steps.withdrawn, grant=command.id, context=self._context()),
            )
            await self._doors.give_up(command, CommandState.REFUSED, WITHDRAWN)
        elif answer.reason == USED:
            await self._spent(command, command.order)
        elif answer.reason == FORGOTTEN:
            log.error("grant forgotten", extra={"command": command.id, "terminal": terminal})
            decide = partial(grant_steps.forgotten, grant=command.id, context=self._context())
            await self._change(command.order, decide)
        else:
            log.error("grant kept", extra={"command": command.id, "why": answer.reason})
            return True
        await self._recalls.answered(command.id)
        return True

    async def _spent(self, command: Command, order: OrderId) -> None:
        """Take the agent's word that a grant was used; what came of it, its events tell."""
        step = grant_steps.used if command.state in TOLD else grant_steps.spent
        await self._change(order, partial(step, grant=command.id, context=self._context()))

    async def heard(self, command: Command, at: datetime, *, tried: bool) -> None:
        """Hear that the open which a grant stands for was begun, online or not; idempotent.

        `tried` tells that something may have been sent to the lock.
        """
        if command.order is None:
            return
        decide = partial(
            grant_steps.heard,
            command=command.id,
            at=at,
            tried=tried,
            released=command.released,
            context=self._context(),
        )
        after = await self._change(command.order, decide)
        place = after.placement
        if place is not None and place.command == command.id:
            cell = cell_id(place.terminal, place.cell)
            await self._cells.arm(cell, after.id, command.id)

    async def told(self, command: Command) -> None:
        """Hear what the open came to: its grant is used; idempotent."""
        if command.order is not None:
            decide = partial(grant_steps.used, grant=command.id, context=self._context())
            await self._change(command.order, decide)

    async def require_live(self, order: OrderId, grant: CommandId) -> Grant:
        """Give the grant as it lives in its order.

        Raises:
            NotFound: no such order. Conflict: it lives no more, or another one does.
        """
        return grant_steps.require_live(await self._orders.get(order), grant)

    async def release(self, actor: PersonId, order: OrderId, grant: CommandId) -> Order:
        """Take a grant for ended without its agent's word, on staff's own: see the desk.

        The order goes on only when it is on disk that this grant is worth an alarm and is asked
        back: who crashes before that has changed nothing, and it is released again.

        Raises:
            Conflict: it lives no more, another one does, or its agent says now that it was used.
        """
        known = await self.require_live(order, grant)
        await self._commands.release(grant)
        await self._recalls.ask(known.terminal, grant)
        decide = partial(grant_steps.released, known=known, context=self._context(actor))
        after = await self._change(order, decide)
        await self._commands.climb(grant, CommandState.REFUSED, self._clock(), RELEASED)
        return after

    async def _change(self, order: OrderId, decide: Decide) -> Order:
        change: Change = await self._orders.change(order, decide)
        if change.before is not change.after:
            await self._relay.kick(order)
        return change.after

    def _context(self, actor: PersonId = SYSTEM) -> Context:
        return Context(actor=actor, at=self._clock(), rules=self._rules)
