"""Staff's release of one offline grant: of that very one, and whole whenever its process dies."""

from typing import Any

import pytest

from realtime.wire.terminal import DoorEventKind, DoorState
from server.domain.custody import Custody
from server.domain.errors import Conflict
from server.domain.grants import GrantState, lives
from server.domain.orders import Order
from server.domain.people import Role
from server.services.grants.grants import Grants
from server.services.grants.recalls import Recalls
from tests.integration.deposit.granted import claimed, opens_offline, steps
from tests.integration.deposit.world import World

WHY = "终端损坏"

#: What a release asks of stores, routing and relay, one after the other.
CALLS = 7


class Life:
    """How many calls a process has left."""

    def __init__(self, left: int) -> None:
        self.left = left

    def dying(self, real: Any) -> Any:
        return DyingCalls(real, self)


class DyingCalls:
    """A collaborator of a process that dies before one of its calls."""

    def __init__(self, real: Any, life: Life) -> None:
        self._real = real
        self._life = life

    def __getattr__(self, name: str) -> Any:
        async def call(*args: Any, **named: Any) -> Any:
            if self._life.left == 0:
                raise ConnectionResetError(f"the process died before {name}")
            self._life.left -= 1
            return await getattr(self._real, name)(*args, **named)

        return call


def process(w: World, life: Life) -> Grants:
    """Build what releases, in a process of its own."""
    dying = life.dying
    return Grants(
        orders=dying(w.orders),
        commands=dying(w.commands),
        cells=w.cell_store,
        terminals=w.terminals,
        recalls=Recalls(grants=dying(w.grant_store), routing=dying(w.cabinet), clock=w.clock),
        doors=w.doors,
        relay=dying(w.relay),
        rules=w.rules,
        clock=w.clock,
    )


async def released_as_far_as(w: World, order: Order, calls: int) -> bool:
    """Release in a process that dies after so many calls; True when it came to its end."""
    life = Life(calls)
    try:
        await process(w, life).release(w.operator.person, order.id, order.grant.id)
    except ConnectionResetError:
        return False
    assert life.left == 0, "as many calls as are tried one by one"
    return True


async def check(w: World, order: Order) -> bool:
    """Tell whether the grant still holds its order; if not, its door is watched."""
    await w.timers.act(order.id)
    known = await w.order(order.id)
    if lives(known.grant):
        assert known.custody is Custody.CLAIMED
        assert known.pickup == order.pickup, "not reassigned while the code may open"
        return True
    assert known.custody is Custody.OPEN
    assert (await w.commands.get(order.grant.id)).released
    asked = await w.db.commands.find_one({"_id": order.grant.id})
    assert asked is not None and asked["asked_back"]
    return False


@pytest.mark.parametrize("calls", range(CALLS + 1))
async def test_a_crash_in_a_release_reassigns_nothing_that_opens_unwatched(
    mongo_uri: str, mongo_db_name: str, calls: int
) -> None:
    async with claimed(mongo_uri, mongo_db_name) as (w, courier, order):
        w.cabinet.online = False
        await w.dispatch.hand_back(courier, order.id)
        ended = await released_as_far_as(w, order, calls)
        assert ended is (calls == CALLS)
        held = await check(w, order)
        assert held is (calls < 5), "the order goes on last but for its command's end"
        assert w.cabinet.takes_grant(order.grant.id, order.grant.cell) is not None
        await w.cabinet.comes_back(2)
        await w.cabinet.opens_and_closes()
        known = await w.order(order.id)
        alarms = (await steps(w, order)).count("opened_after_release")
        if held:
            assert (known.custody, alarms) == (Custody.COLLECTING, 0)
            assert (known.pickup.courier, known.grant.state) == (courier.person, GrantState.USED)
        else:
            assert (known.custody, alarms) == (Custody.OPEN, 1)


@pytest.mark.parametrize("calls", range(CALLS))
async def test_a_release_that_was_cut_off_is_done_by_releasing_again(
    mongo_uri: str, mongo_db_name: str, calls: int
) -> None:
    async with claimed(mongo_uri, mongo_db_name) as (w, courier, order):
        w.cabinet.online = False
        await w.dispatch.hand_back(courier, order.id)
        assert await released_as_far_as(w, order, calls) is False
        if lives((await w.order(order.id)).grant):
            await w.grant_desk.release(w.operator, order.id, order.grant.id, WHY)
        assert await check(w, order) is False
        assert (await steps(w, order)).count("grant_released") == 1
        again = await w.win(order.id, await w.person(Role.COURIER, certified=True))
        assert w.cabinet.takes_grant(order.grant.id, order.grant.cell) is not None
        await w.cabinet.comes_back(2)
        await w.cabinet.opens_and_closes()
        assert (await steps(w, order)).count("opened_after_release") == 1
        assert (await w.order(order.id)).grant == again.grant, "the newer one stands"


async def test_a_cut_off_release_ends_with_the_agents_word_when_it_comes_back(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with claimed(mongo_uri, mongo_db_name) as (w, _, order):
        w.cabinet.online = False
        assert await released_as_far_as(w, order, 4) is False, "asked back, and not yet ended"
        await w.cabinet.comes_back(2)
        known = await w.order(order.id)
        assert (known.custody, known.grant.state) == (Custody.CLAIMED, GrantState.WITHDRAWN)
        with pytest.raises(Conflict) as refused:
            await w.grant_desk.release(w.operator, order.id, order.grant.id, WHY)
        assert refused.value.rule == "no_live_grant"


async def test_a_stale_page_releases_no_newer_grant(mongo_uri: str, mongo_db_name: str) -> None:
    async with claimed(mongo_uri, mongo_db_name) as (w, courier, order):
        await w.dispatch.hand_back(courier, order.id)
        again = await w.win(order.id, await w.person(Role.COURIER, certified=True))
        w.cabinet.online = False
        for grant, rule in ((order.grant.id, "another_grant"), ("C0", "another_grant")):
            with pytest.raises(Conflict) as refused:
                await w.grant_desk.release(w.operator, order.id, grant, WHY)
            assert refused.value.rule == rule
        assert await w.order(order.id) == again
        assert not (await w.commands.get(again.grant.id)).released
        actions = [one["action"] for one in await w.audit.of(f"order:{order.id}")]
        assert "staff_release_grant" not in actions
        await w.grant_desk.release(w.operator, order.id, again.grant.id, WHY)
        assert (await w.order(order.id)).grant.state is GrantState.WITHDRAWN


async def test_an_order_that_is_regranted_under_a_release_keeps_its_grant(
    mongo_uri: str, mongo_db_name: str
) -> None:
    """Between the look and the write the agent answered, and somebody else has won."""
    async with claimed(mongo_uri, mongo_db_name) as (w, courier, order):
        other = await w.person(Role.COURIER, certified=True)

        class Late:
            async def ask(self, *_: object) -> bool:
                await w.dispatch.hand_back(courier, order.id)
                w.again = await w.win(order.id, other)
                return True

        releasing = process(w, Life(-1))
        releasing._recalls = Late()
        await releasing.release(w.operator.person, order.id, order.grant.id)
        assert await w.order(order.id) == w.again


async def test_what_the_agent_says_of_a_release_counts(mongo_uri: str, mongo_db_name: str) -> None:
    """It came back unseen: it was used, so nothing is released; its events are on their way."""
    async with claimed(mongo_uri, mongo_db_name) as (w, courier, order):
        await opens_offline(w, order)
        await w.dispatch.hand_back(courier, order.id)
        w.cabinet.online = True
        with pytest.raises(Conflict) as refused:
            await w.grant_desk.release(w.operator, order.id, order.grant.id, WHY)
        assert refused.value.rule == "opened_offline"
        assert await w.timers.act(order.id) is not True
        assert (await w.order(order.id)).custody is Custody.CLAIMED
        asked = DoorEventKind.ASKED
        shut = DoorState.CLOSED
        await w.cabinet.report(w.cabinet.event(asked, order.grant.cell, shut, order.grant.id))
        await w.cabinet.opens_and_closes()
        known = await w.order(order.id)
        assert (known.custody, known.grant.state) == (Custody.COLLECTING, GrantState.USED)
        assert "opened_after_release" not in await steps(w, order)


async def test_a_spent_grant_whose_events_never_come_can_be_released(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with claimed(mongo_uri, mongo_db_name) as (w, _, order):
        await opens_offline(w, order)
        await w.cabinet.comes_back(2)
        await w.recalls.ask(order.grant.terminal, order.grant.id)
        assert (await w.order(order.id)).grant.spent
        await w.grant_desk.release(w.operator, order.id, order.grant.id, WHY)
        assert (await w.order(order.id)).grant.state is GrantState.WITHDRAWN


async def test_an_agents_no_is_as_good_as_the_release(mongo_uri: str, mongo_db_name: str) -> None:
    async with claimed(mongo_uri, mongo_db_name) as (w, _, order):
        shown = await w.grant_desk.release(w.operator, order.id, order.grant.id, WHY)
        assert shown.grant_id is None
        known = await w.order(order.id)
        assert known.grant.state is GrantState.WITHDRAWN
        assert (await steps(w, order))[-1] == "grant_withdrawn"
