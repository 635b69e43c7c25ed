"""Issuing offline grants, in the very change that gives somebody the right to a door."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from server.domain import grants
from server.domain.grants import Grant
from server.domain.ids import Draw, OrderId, PersonId, command_id
from server.domain.orders import Order
from server.domain.terminals import Command, CommandState, Purpose
from server.store.commands import MongoCommands
from server.store.terminals import MongoTerminals
from server.store.transactions import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantIssue:
    """Implements the judge's `Issue`."""

    terminals: MongoTerminals
    commands: MongoCommands
    draw: Draw

    async def for_win(
        self, order: Order, courier: PersonId, at: datetime, until: datetime, session: Session
    ) -> Grant | None:
        """Make a winner's grant, and its command asleep, within the win's transaction.

        None where the parcel lies in no cell or the terminal's agent knows no grants.
        """
        place = order.placement
        if place is None:
            return None
        terminal = (await self.terminals.named((place.terminal,))).get(place.terminal)
        if terminal is None:
            return None
        grant = grants.issue(
            command=command_id(self.draw),
            purpose=Purpose.COLLECT,
            holder=courier,
            terminal=place.terminal,
            cell=place.cell,
            protocol=terminal.protocol,
            at=at,
            deadline=until,
        )
        if grant is not None:
            await self.commands.insert(_asleep(order.id, grant), session)
        return grant


def _asleep(order: OrderId, grant: Grant) -> Command:
    return Command(
        id=grant.id,
        terminal=grant.terminal,
        cell=grant.cell,
        purpose=grant.purpose,
        actor=grant.holder,
        asked_at=grant.issued_at,
        deadline=grant.deadline,
        sense_by=grant.deadline,
        order=order,
        state=CommandState.GRANTED,
        granted=True,
    )
