"""Asking offline grants back from the agents that may carry them out.

Asking is written down first and repeated until the agent has answered; the answer is worked on
in grants.py, in whichever process holds the terminal's socket.
"""

from __future__ import annotations

import logging

from realtime.wire.terminal import WithdrawGrant
from server.domain.errors import Unavailable
from server.domain.ids import CommandId, PersonId, TerminalId
from server.services.ports import Clock, Routing
from server.store.grants import Asked, MongoGrants

log = logging.getLogger(__name__)

#: A grant is asked back again after so long without an answer.
AGAIN_SECONDS = 5.0

#: Askings in one sweep, and at once for a terminal that came back.
BATCH = 100
AT_ONCE = 8

#: What a call's id begins with, so that its answer is not taken for that of an open.
CALL = "withdraw-"


class Recalls:
    """Grants that are to be withdrawn."""

    def __init__(self, *, grants: MongoGrants, routing: Routing, clock: Clock) -> None:
        self._grants = grants
        self._routing = routing
        self._clock = clock

    async def ask(self, terminal: TerminalId, grant: CommandId) -> bool:
        """Ask a grant back, now and until it is answered; False when nobody holds the terminal."""
        asked = await self._grants.ask_back(grant, self._clock())
        return asked is not None and await self._send(asked)

    async def ask_of(self, person: PersonId) -> int:
        """Ask back all grants of a person: a session ended, a courier was suspended."""
        orders = await self._grants.live_of(person)
        for order in orders:
            if order.grant is not None:
                await self.ask(order.grant.terminal, order.grant.id)
        return len(orders)

    async def ask_at(self, terminal: TerminalId) -> int:
        """Ask for what waits at a terminal that came back just now; a sweep does the rest."""
        waiting = await self._grants.to_ask_at(terminal, AT_ONCE)
        for asked in waiting:
            await self._send(asked)
        return len(waiting)

    async def sweep(self) -> int:
        """Ask again for what was not answered; gives how many."""
        waiting = await self._grants.to_ask(self._clock(), AGAIN_SECONDS, BATCH)
        for asked in waiting:
            await self._send(asked)
        return len(waiting)

    async def answered(self, grant: CommandId) -> None:
        """Ask no more: the agent has answered."""
        await self._grants.answered(grant, self._clock())

    async def _send(self, asked: Asked) -> bool:
        frame = WithdrawGrant(id=f"{CALL}{asked.id}", grant_id=asked.id, issued_at=asked.issued_at)
        try:
            return await self._routing.send(asked.terminal, frame)
        except Unavailable:  # it may have been handed on: asked again if no answer comes
            log.warning("grant not asked back yet", extra={"terminal": asked.terminal})
            return False
