"""Offline grants of deposits: finished without the server, held until nobody used the code."""

import pytest

from realtime.wire.terminal import DoorEventKind, DoorState
from server.domain.custody import Custody
from server.domain.errors import Conflict, NotFound, TerminalOffline
from server.domain.grants import GrantState, lives
from tests.integration.deposit.granted import depositing, opens_offline, steps


async def test_a_deposit_s_grant_tells_its_issue_too(mongo_uri: str, mongo_db_name: str) -> None:
    async with depositing(mongo_uri, mongo_db_name) as (w, _, _, order):
        w.later(minutes=6)
        w.cabinet.loses_disk(w.now)
        await w.timers.act(order.id)
        assert w.cabinet.recalls[-1].issued_at == order.grant.issued_at
        known = await w.order(order.id)
        assert known.custody is Custody.DEPOSITING and lives(known.grant)
        await w.timers.act(order.id)
        assert (await w.terminals_service.near(None, 10)).terminals[0].free["M"] == 1


async def test_a_deposit_is_finished_offline(mongo_uri: str, mongo_db_name: str) -> None:
    async with depositing(mongo_uri, mongo_db_name) as (w, customer, _, order):
        (view,) = (await w.grant_desk.mine(customer)).grants
        assert (view.purpose, view.cell) == ("deposit", order.placement.cell)
        await opens_offline(w, order)
        w.later(minutes=30)
        assert await w.deposit_service.end_hold(order.id) is False
        other = await w.person()
        free = (await w.terminals_service.near(None, 10)).terminals[0].free
        assert free["M"] == 1, "the cell is not given to anybody else"
        assert await w.cells.release(w.now) == 0
        await w.cabinet.comes_back(2)
        await w.cabinet.opens_and_closes()
        assert await w.deposit_service.end_hold(order.id) is True
        asked = await w.order(order.id)
        assert (asked.custody, asked.grant.state) == (Custody.DEPOSITING, GrantState.USED)
        with pytest.raises(NotFound):
            await w.acts.confirm_afar(other.person, order.id)
        await w.acts.confirm_afar(customer.person, order.id)
        assert (await w.order(order.id)).custody is Custody.DEPOSITED
        assert "deposit_unconfirmed" in await steps(w, order)


async def test_a_hold_ends_when_the_agent_says_that_nobody_used_the_code(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with depositing(mongo_uri, mongo_db_name) as (w, _, _, order):
        w.cabinet.online = False
        w.later(minutes=6)
        await w.timers.act(order.id)
        assert (await w.order(order.id)).custody is Custody.DEPOSITING
        await w.cabinet.comes_back(2)
        await w.timers.act(order.id)
        known = await w.order(order.id)
        assert (known.custody, known.grant.state) == (Custody.PLACED, GrantState.EXPIRED)
        assert (await w.terminals_service.near(None, 10)).terminals[0].free["M"] == 2
        w.cabinet.online = False
        assert w.cabinet.takes_grant(order.grant.id, order.grant.cell) is None


@pytest.mark.parametrize("act", ["open_again", "another_cell", "cancel"])
async def test_the_customer_goes_on_online_once_the_code_is_withdrawn(
    mongo_uri: str, mongo_db_name: str, act: str
) -> None:
    async with depositing(mongo_uri, mongo_db_name) as (w, customer, visit, order):

        async def go_on() -> object:
            if act == "cancel":
                return await w.orders_service.cancel(customer, order.id, None)
            return await getattr(w.acts, act)(visit, customer.person)

        w.cabinet.online = False
        with pytest.raises(TerminalOffline):
            await go_on()
        assert lives((await w.order(order.id)).grant), "nothing was asked for in vain"
        w.cabinet.online = True
        await go_on()
        known = await w.order(order.id)
        assert w.cabinet.withdrawn == {order.grant.id}
        if act == "cancel":
            assert (known.custody, known.grant.state) == (Custody.CANCELLED, GrantState.WITHDRAWN)
        else:
            assert w.cabinet.commands[-1].command_id != order.grant.id
            assert known.placement.command == w.cabinet.commands[-1].command_id
        renewed = act == "another_cell"
        assert lives(known.grant) is renewed
        if renewed:
            assert known.grant.cell == known.placement.cell != order.placement.cell


@pytest.mark.parametrize("act", ["open_again", "another_cell", "cancel"])
async def test_the_customer_waits_for_the_events_of_a_code_that_was_used(
    mongo_uri: str, mongo_db_name: str, act: str
) -> None:
    async with depositing(mongo_uri, mongo_db_name) as (w, customer, visit, order):
        await opens_offline(w, order)
        w.cabinet.online = True  # back, and its spool not yet sent
        with pytest.raises(Conflict) as refused:
            if act == "cancel":
                await w.orders_service.cancel(customer, order.id, None)
            else:
                await getattr(w.acts, act)(visit, customer.person)
        assert refused.value.rule == "opened_offline"
        assert (await w.order(order.id)).custody is Custody.DEPOSITING
        await w.cabinet.opens_and_closes()
        await w.acts.confirm(visit, customer.person)
        assert (await w.order(order.id)).custody is Custody.DEPOSITED


async def test_a_jam_offline_uses_the_code_up(mongo_uri: str, mongo_db_name: str) -> None:
    async with depositing(mongo_uri, mongo_db_name) as (w, customer, visit, order):
        await opens_offline(w, order)
        w.cabinet.online = True
        command = w.cabinet.commands[-1]
        asked = w.cabinet.event(
            DoorEventKind.ASKED, command.cell, DoorState.CLOSED, command.command_id
        )
        await w.cabinet.report(asked)
        assert lives((await w.order(order.id)).grant), "begun is not yet told"
        await w.cabinet.jams(command)
        known = await w.order(order.id)
        assert (known.grant.state, known.placement.opened) == (GrantState.USED, False)
        await w.acts.open_again(visit, customer.person)
        await w.cabinet.opens_and_closes()
        await w.acts.confirm(visit, customer.person)
