"""Cells are scarce: each is one conditional write, and nothing leaks after a crash."""

import asyncio

import pytest

from server.domain.custody import Custody
from server.domain.errors import NoFreeCell
from server.domain.ids import CommandId, OrderId, cell_id
from server.domain.prices import Size
from tests.integration.deposit.world import world


@pytest.mark.parametrize("seed", range(3))
async def test_fifty_claims_for_five_cells_get_one_each(
    mongo_uri: str, mongo_db_name: str, seed: int
) -> None:
    async with world(mongo_uri, mongo_db_name, sizes="MMMMMSL", seed=seed) as w:
        asked = [OrderId(f"LJ{number:03}") for number in range(50)]
        answers = await asyncio.gather(
            *(w.cells.claim(order, w.cabinet.terminal, Size.M) for order in asked),
            return_exceptions=True,
        )
        won = [answer for answer in answers if not isinstance(answer, BaseException)]
        lost = [answer for answer in answers if isinstance(answer, NoFreeCell)]
        assert sorted(cell for cell, _ in won) == [1, 2, 3, 4, 5]
        assert len(lost) == 45
        held = [cell.order for cell in await w.cell_store.of_terminal(w.cabinet.terminal, w.now)]
        assert len({order for order in held if order}) == 5
        assert held[5:] == [None, None]  # other sizes are not touched


async def test_fifty_deposits_for_five_cells_open_five_doors(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with world(mongo_uri, mongo_db_name, sizes="MMMMM") as w:
        terminal = await w.terminals.get(w.cabinet.terminal)
        customers = [await w.person() for _ in range(50)]
        orders = [OrderId((await w.placed(customer)).order_id) for customer in customers]
        answers = await asyncio.gather(
            *(
                w.deposit_service.start(customer.person, order, terminal)
                for customer, order in zip(customers, orders, strict=True)
            ),
            return_exceptions=True,
        )
        assert [answer for answer in answers if answer is not None] != []
        assert sum(isinstance(answer, NoFreeCell) for answer in answers) == 45
        states = [(await w.orders.get(order)).custody for order in orders]
        assert states.count(Custody.DEPOSITING) == 5
        assert states.count(Custody.PLACED) == 45
        assert sorted(command.cell for command in w.cabinet.commands) == [1, 2, 3, 4, 5]


async def test_one_order_deposited_twice_at_once_holds_one_cell(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with world(mongo_uri, mongo_db_name, sizes="MMMMM") as w:
        terminal = await w.terminals.get(w.cabinet.terminal)
        customer = await w.person()
        order = OrderId((await w.placed(customer)).order_id)
        await asyncio.gather(
            *(w.deposit_service.start(customer.person, order, terminal) for _ in range(5)),
            return_exceptions=True,
        )
        cells = await w.cell_store.of_terminal(w.cabinet.terminal, w.now)
        assert len([cell for cell in cells if cell.order]) == 1
        assert len(w.cabinet.commands) == 1


async def test_a_hold_that_never_asked_its_door_expires_for_the_next(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with world(mongo_uri, mongo_db_name, sizes="M") as w:
        first, second = OrderId("LJ1"), OrderId("LJ2")
        await w.cells.claim(first, w.cabinet.terminal, Size.M)
        with pytest.raises(NoFreeCell):
            await w.cells.claim(second, w.cabinet.terminal, Size.M)
        w.later(seconds=w.rules.cell_hold_seconds)
        await w.cells.claim(second, w.cabinet.terminal, Size.M)
        seat = cell_id(w.cabinet.terminal, 1)
        assert not await w.cell_store.arm(seat, first, CommandId("C1"))  # fenced out
        assert await w.cell_store.arm(seat, second, CommandId("C2"))
        w.later(hours=1)  # its door was asked: a parcel may be inside, so it does not expire
        with pytest.raises(NoFreeCell):
            await w.cells.claim(first, w.cabinet.terminal, Size.M)


async def test_the_worker_frees_cells_whose_orders_moved_on(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with world(mongo_uri, mongo_db_name, sizes="MMM") as w:
        customer = await w.person()
        stays = await w.placed(customer)
        await w.deposit(customer, stays.order_id)
        # A crash between claiming a cell and writing the order; and one for no order at all.
        crashed = OrderId((await w.placed(customer)).order_id)
        number, _ = await w.cells.claim(crashed, w.cabinet.terminal, Size.M)
        await w.cell_store.arm(cell_id(w.cabinet.terminal, number), crashed, CommandId("C1"))
        await w.cells.claim(OrderId("LJ-nobody"), w.cabinet.terminal, Size.M)
        assert await w.cells.release(w.now) == 0  # under way, for all anybody knows
        w.later(seconds=w.rules.cell_hold_seconds + 1)
        assert await w.cells.release(w.now) == 2
        assert await w.cells.release(w.now) == 0
        held = [cell.order for cell in await w.cell_store.of_terminal(w.cabinet.terminal, w.now)]
        assert [order for order in held if order] == [stays.order_id]


async def test_a_cell_is_not_offered_while_its_door_is_open_stale_or_unknown(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with world(mongo_uri, mongo_db_name, sizes="MMM") as w:
        await w.db["cells"].update_one({"cell": 1}, {"$set": {"door": "open"}})
        await w.db["cells"].update_one({"cell": 2}, {"$set": {"stale": True}})
        await w.db["cells"].update_one({"cell": 3}, {"$set": {"door": "unknown"}})
        with pytest.raises(NoFreeCell):
            await w.cells.claim(OrderId("LJ1"), w.cabinet.terminal, Size.M)
        near = await w.terminals_service.near(None, 5)
        assert near.terminals[0].free["M"] == 0
