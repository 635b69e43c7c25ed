"""Drills with dying processes: agent, server and worker are killed while a door is opening."""

import pytest

from server.proof import acts
from tests.e2e.drills.stage import PATIENCE_SECONDS, Stage, act, refused
from tests.waiting import eventually

pytestmark = [pytest.mark.slow, pytest.mark.timeout(570)]


async def test_an_agent_killed_while_a_door_opens_opens_it_once_and_learns_the_truth(stage: Stage):
    async with stage.drill() as drill:
        customer, cabinet = await drill.person(), drill.cabinet
        await cabinet.turn(open_after=1.0)
        try:
            before = (await cabinet.turn(state=True))["pulses"]
            order, visit, cell = await drill.begin(customer)
            await cabinet.pulsed(cell, before[str(cell)] + 1)
            cabinet.agent.kill()
            await cabinet.turn(wait=cell, seconds=PATIENCE_SECONDS, **{"for": "open"})
            pulses = await cabinet.pulses(cell)
            assert pulses == before[str(cell)] + 1
            cabinet.agent.start()
            await cabinet.online()
            await acts.order_where(customer, order, opened=True)
            await cabinet.shows("door_open", visit)
        finally:
            await cabinet.turn(open_after=0.3)
        await cabinet.turn(close=cell)
        await cabinet.shows("parcel_inside", visit)
        await act(customer, visit, "confirm")
        assert await cabinet.pulses(cell) == pulses, "what may have been sent is never sent again"
        assert (await acts.order_where(customer, order, custody="deposited"))["charge"] == "unpaid"


async def test_an_agent_killed_before_the_door_closes_tells_it_afterwards(stage: Stage):
    async with stage.drill() as drill:
        customer, cabinet = await drill.person(), drill.cabinet
        _, visit, cell = await drill.begin(customer)
        await cabinet.shows("door_open", visit)
        cabinet.agent.kill()
        await cabinet.turn(close=cell)
        await refused("conflict", "close_the_door_first", act(customer, visit, "confirm"))
        cabinet.agent.start()
        await cabinet.online()
        await cabinet.shows("parcel_inside", visit)
        await act(customer, visit, "confirm")


async def test_the_server_that_holds_the_terminal_dies_while_a_door_opens(stage: Stage):
    async with stage.drill() as drill:
        customer, cabinet = await drill.person(), drill.cabinet
        customer.base_url = drill.staff.base_url = drill.site.server_urls[1]
        await cabinet.turn(open_after=3.0)
        before = (await cabinet.turn(state=True))["pulses"]
        order, visit, cell = await drill.begin(customer)
        await cabinet.pulsed(cell, before[str(cell)] + 1)  # else it may not have heard of the wish
        drill.site.servers[0].kill()
        try:
            await cabinet.turn(wait=cell, seconds=PATIENCE_SECONDS, **{"for": "open"})
            pulses = await cabinet.pulses(cell)
            # Redis still names the dead process as the terminal's: this wish goes nowhere.
            other = await drill.place(customer, "M")
            scanned = await drill.scan(customer)
            seen = await act(customer, scanned, "order", order_id=other)
            second = seen["current"]["placement"]["cell"]
            untouched = await cabinet.pulses(second)
            await eventually(lambda: "door_failed" in drill.steps(other), PATIENCE_SECONDS)
        finally:
            await cabinet.turn(open_after=0.3)
            await drill.site.start_server(0)
        await cabinet.online()
        await acts.order_where(customer, order, opened=True)
        await cabinet.turn(close=cell)
        await acts.order_where(customer, order, closed=True)
        await act(customer, visit, "confirm")
        assert await cabinet.pulses(cell) == pulses
        await cabinet.shows("door_jammed", scanned)
        assert await cabinet.pulses(second) == untouched, "what went nowhere opens nothing later"
        assert (await cabinet.press("open_again"))["ok"]
        await cabinet.close(second)
        await cabinet.shows("parcel_inside", scanned)
        await act(customer, scanned, "confirm")
        assert await cabinet.pulses(second) == untouched + 1


async def test_without_a_worker_a_parcel_still_goes_in_and_what_was_due_follows(stage: Stage):
    async with stage.drill() as drill:
        customer, cabinet = await drill.person(), drill.cabinet
        worker = drill.site.worker
        worker.kill()
        try:
            order, visit, cell = await drill.opened(customer)
            await drill.age(order, 24 * 3600 + 1)
            assert (await customer.ask("GET", f"/v1/orders/{order}"))["custody"] == "open"
        finally:
            worker.start()
        await acts.order_where(customer, order, custody="returning")
        await act(customer, visit, "order", order_id=order)
        await cabinet.close(cell)
        await cabinet.shows("parcel_taken", visit)
        await act(customer, visit, "confirm")
        await acts.order_where(customer, order, custody="returned", charge="refunded")
        assert (await drill.staff.ask("GET", "/v1/staff/ledger/check"))["ok"]


async def test_a_cabinet_that_is_offline_holds_nothing_and_says_so(stage: Stage):
    async with stage.drill() as drill:
        customer, cabinet = await drill.person(), drill.cabinet
        order, visit = await drill.place(customer), await drill.scan(customer)
        cabinet.agent.kill()

        async def offline():
            found = await customer.ask("GET", "/v1/terminals")
            return not next(t for t in found["terminals"] if t["terminal_id"] == "T-DRILL")[
                "online"
            ]

        await eventually(offline, PATIENCE_SECONDS)
        await refused("terminal_offline", None, act(customer, visit, "order", order_id=order))
        seen = await customer.ask("GET", f"/v1/orders/{order}")
        assert (seen["custody"], seen["placement"]) == ("placed", None)
        cabinet.agent.start()
        await cabinet.online()
        view = await cabinet.shows("choose_order", visit)
        assert [one["order_id"] for one in view["orders"]] == [order]
        assert (await cabinet.press("choose_order", order))["ok"]
        cell = (await acts.order_where(customer, order, opened=True))["placement"]["cell"]
        await cabinet.turn(close=cell)
        await cabinet.shows("parcel_inside", visit)
        await act(customer, visit, "confirm")
