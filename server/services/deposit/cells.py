"""Claiming cells for orders and letting them go: scarce seats, judged one document a seat."""

from __future__ import annotations

from datetime import datetime, timedelta

from server.domain.changes import Change
from server.domain.errors import NoFreeCell, NotFound
from server.domain.ids import CommandId, OrderId, TerminalId, cell_id
from server.domain.orders import Order
from server.domain.prices import Size
from server.domain.rules import Rules
from server.domain.terminals import Cell
from server.services.orders.views import IN_CELL
from server.services.ports import Clock, Shuffle
from server.store.cells import MongoCells
from server.store.orders import MongoOrders

#: How often a claim looks for candidates anew when all it tried were claimed meanwhile.
ROUNDS = 3

PAGE = 200


class Cells:
    """Who has which cell."""

    def __init__(
        self,
        *,
        cells: MongoCells,
        orders: MongoOrders,
        rules: Rules,
        clock: Clock,
        shuffle: Shuffle,
    ) -> None:
        self._cells = cells
        self._orders = orders
        self._rules = rules
        self._clock = clock
        self._shuffle = shuffle

    async def claim(
        self, order: OrderId, terminal: TerminalId, size: Size, *, besides: int | None = None
    ) -> tuple[int, datetime]:
        """Claim a free cell of the size; gives its number and until when it is held.

        Candidates are tried in random order, so that many claims at once rarely meet; each
        try is one conditional write, so two claims never get the same cell.

        Raises:
            NoFreeCell: none is free, or all were claimed meanwhile.
        """
        for _ in range(ROUNDS):
            now = self._clock()
            until = now + timedelta(seconds=self._rules.cell_hold_seconds)
            candidates = await self._cells.candidates(terminal, size, now)
            self._shuffle(candidates)
            for cell in candidates:
                number = int(cell.rpartition(":")[2])
                if number != besides and await self._cells.claim(cell, order, now, until):
                    return number, until
        raise NoFreeCell(terminal_id=terminal, size=size.value)

    async def give_up(
        self,
        order: OrderId,
        terminal: TerminalId,
        cell: int,
        command: CommandId | None = None,
    ) -> None:
        """Free a cell that an order claimed and did not come to use."""
        await self._cells.free(cell_id(terminal, cell), order, command)

    async def follow(self, change: Change) -> None:
        """Free the cell that a change of its order left; idempotent.

        A crash before this is mended by `release`.
        """
        left = change.before.placement
        if left is None or _needs(change.after, left.terminal, left.cell):
            return
        await self._cells.free(cell_id(left.terminal, left.cell), change.before.id, left.command)

    async def keep(self, order: Order) -> None:
        """Turn the hold of a deposited parcel into keeps."""
        if order.placement is not None:
            place = order.placement
            await self._cells.occupy(cell_id(place.terminal, place.cell), order.id)

    async def release(self, now: datetime) -> int:
        """Free cells whose order moved on without them (after a crash); gives how many.

        A hold that has not run out yet is left: its deposit may be under way this moment.
        """
        freed, after = 0, None
        while True:
            page = await self._cells.claimed(now, after, PAGE)
            for cell in page:
                if await self._moved_on(cell, now):
                    freed += await self._cells.let_go(cell)
            if len(page) < PAGE:
                return freed
            after = page[-1].id

    async def _moved_on(self, cell: Cell, now: datetime) -> bool:
        if cell.order is None or (cell.held_until is not None and cell.held_until > now):
            return False
        try:
            order = await self._orders.get(cell.order)
        except NotFound:
            return True
        return not _needs(order, cell.terminal, cell.cell)


def _needs(order: Order, terminal: TerminalId, cell: int) -> bool:
    place = order.placement
    return (
        order.custody in IN_CELL
        and place is not None
        and (place.terminal, place.cell) == (terminal, cell)
    )
