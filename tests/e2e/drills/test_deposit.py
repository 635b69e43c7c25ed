"""Drills at the deposit: what a customer meets at the door, on real processes and a serial line."""

import asyncio

import pytest

from server.proof import acts
from server.proof.people import Api
from tests.e2e.drills.stage import LARGE, PATIENCE_SECONDS, SIZES, Stage, act, refused
from tests.waiting import eventually

pytestmark = [pytest.mark.slow, pytest.mark.timeout(570)]


async def test_a_jammed_door_leads_to_another_cell_and_three_faults_retire_it(stage: Stage):
    async with stage.drill() as drill:
        cabinet, customer = drill.cabinet, await drill.person()
        for cell in LARGE:
            await cabinet.turn(jam=cell, on=True)
        order, visit, cell = await drill.begin(customer, "L")
        view = await cabinet.shows("door_jammed", visit)
        assert view["actions"] == ["another_cell", "open_again", "leave"]
        assert "没有打开" in view["message"] and "did not open" in view["message"]
        for faults in (2, 3):
            assert (await cabinet.press("open_again"))["ok"]
            await eventually(lambda n=faults: _faults(drill, cell) == n, PATIENCE_SECONDS)
            await cabinet.shows("door_jammed", visit)
        await eventually(
            lambda: drill.document("cells", _id=f"T-DRILL:{cell}")["retired"], PATIENCE_SECONDS
        )
        assert await cabinet.pulses(cell) == 3, "one pulse a command"
        for other in LARGE:
            await cabinet.turn(jam=other, on=False)
        assert (await cabinet.press("another_cell"))["ok"]
        seen = await acts.order_where(customer, order, opened=True)
        second = seen["placement"]["cell"]
        assert second != cell and second in LARGE
        await cabinet.turn(close=second)
        view = await cabinet.shows("parcel_inside", visit)
        assert (await cabinet.press("confirm_inside"))["ok"]
        view = await cabinet.shows("pay", visit)
        assert view["pay_url"] and view["amount_fen"] > 0
        left = drill.document("cells", _id=f"T-DRILL:{cell}")
        assert left["order"] is None and left["retired"], "freed, and out of service"
        detail = await drill.staff.ask("GET", "/v1/terminals/T-DRILL")
        assert [one["state"] for one in detail["cells"] if one["cell"] == cell] == [
            "out_of_service"
        ]
        await drill.staff.ask(
            "POST", f"/v1/terminals/T-DRILL/cells/{cell}/restore", {"reason": "drill"}
        )


def _faults(drill, cell):
    return len(drill.document("cells", _id=f"T-DRILL:{cell}")["faults"])


async def test_a_door_that_opens_late_after_its_jam_is_believed(stage: Stage):
    async with stage.drill() as drill:
        customer = await drill.person()
        await drill.cabinet.turn(open_after=600)
        try:
            _, visit, cell = await drill.begin(customer)
            await drill.cabinet.shows("door_jammed", visit)
            await drill.cabinet.turn(open=cell)
            view = await drill.cabinet.shows("door_open", visit)
            assert "放入" in view["message"]
        finally:
            await drill.cabinet.turn(open_after=0.3)
        await drill.cabinet.turn(close=cell)
        await drill.cabinet.shows("parcel_inside", visit)
        await act(customer, visit, "confirm")
        assert await drill.cabinet.pulses(cell) >= 1


async def test_a_late_door_of_a_given_up_cell_takes_it_out_of_service(stage: Stage):
    async with stage.drill() as drill:
        customer, cabinet = await drill.person(), drill.cabinet
        await cabinet.turn(open_after=600)
        try:
            order, visit, cell = await drill.begin(customer, "M")
            await cabinet.shows("door_jammed", visit)
            await cabinet.turn(open_after=0.3)
            assert (await cabinet.press("another_cell"))["ok"]
            seen = await acts.order_where(customer, order, opened=True)
            assert seen["placement"]["cell"] != cell
            await cabinet.turn(open=cell)
            await eventually(
                lambda: drill.document("cells", _id=f"T-DRILL:{cell}")["retired"], PATIENCE_SECONDS
            )
        finally:
            await cabinet.turn(open_after=0.3)
        await cabinet.turn(close=cell)
        await cabinet.turn(close=seen["placement"]["cell"])
        await cabinet.shows("parcel_inside", visit)
        await act(customer, visit, "confirm")
        assert (await acts.order_where(customer, order, custody="deposited"))["placement"][
            "cell"
        ] != cell
        await drill.staff.ask(
            "POST", f"/v1/terminals/T-DRILL/cells/{cell}/restore", {"reason": "drill"}
        )


async def test_silent_boards_open_nothing_and_it_is_said(stage: Stage):
    async with stage.drill() as drill:
        customer, cabinet = await drill.person(), drill.cabinet
        await cabinet.turn(silence=True)
        try:
            await eventually(
                lambda: stage.database["cells"].count_documents({"stale": True}) == len(SIZES),
                PATIENCE_SECONDS,
            )
            order, visit = await drill.place(customer), await drill.scan(customer)
            await refused("no_free_cell", None, act(customer, visit, "order", order_id=order))
            assert (await acts.order_where(customer, order, custody="placed"))["placement"] is None
        finally:
            await cabinet.turn(silence=False)

        await eventually(
            lambda: not stage.database["cells"].count_documents({"stale": True}), PATIENCE_SECONDS
        )
        seen = await act(customer, visit, "order", order_id=order)
        cell = seen["current"]["placement"]["cell"]
        await cabinet.close(cell)
        await cabinet.shows("parcel_inside", visit)
        await act(customer, visit, "confirm")


async def test_a_door_left_open_warns_the_person_then_staff(stage: Stage):
    async with stage.drill() as drill:
        customer, cabinet = await drill.person(), drill.cabinet
        order, visit, cell = await drill.begin(customer)
        await cabinet.shows("door_open", visit)
        await refused("conflict", "close_the_door_first", act(customer, visit, "confirm"))
        await refused("conflict", "close_the_door_first", act(customer, visit, "open-again"))
        await refused("conflict", "close_the_door_first", act(customer, visit, "another-cell"))
        await refused(
            "conflict", "close_the_door_first", customer.ask("POST", f"/v1/orders/{order}/cancel")
        )
        await drill.told(customer, "格口门还开着，请关好门")
        stage.age_door(cell, 301)
        await drill.staff_told("door_left_open_long", order)
        await cabinet.turn(close=cell)
        await cabinet.shows("parcel_inside", visit)
        await act(customer, visit, "confirm")


async def test_open_again_three_times_then_no_more(stage: Stage):
    async with stage.drill() as drill:
        customer, cabinet = await drill.person(), drill.cabinet
        order, visit, cell = await drill.begin(customer)
        await cabinet.close(cell)  # it was sensed open, so its lock has had the first pulse
        before = await cabinet.pulses(cell) - 1
        for _ in range(3):
            await cabinet.shows("parcel_inside", visit)
            assert (await cabinet.press("open_again"))["ok"]
            await cabinet.close(cell)
        view = await cabinet.shows("parcel_inside", visit)
        assert view["actions"] == ["confirm_inside", "another_cell"], "no opening more"
        await refused("too_many_opens", None, act(customer, visit, "open-again"))
        assert await cabinet.pulses(cell) == before + 4
        await act(customer, visit, "confirm")
        seen = await customer.ask("GET", f"/v1/orders/{order}")
        assert (seen["custody"], seen["charge"]) == ("deposited", "unpaid")


async def test_a_hold_that_ends_before_the_door_opened_frees_the_cell(stage: Stage):
    async with stage.drill() as drill:
        customer, cabinet = await drill.person(), drill.cabinet
        for cell in LARGE:
            await cabinet.turn(jam=cell, on=True)
        order, visit, cell = await drill.begin(customer, "L")
        await cabinet.shows("door_jammed", visit)
        await drill.age(order, 301)
        await acts.order_where(customer, order, custody="placed", placement=None)
        await drill.freed(cell)
        view = await cabinet.shows("choose_order", visit)
        assert [one["order_id"] for one in view["orders"]] == [order]
        for one in LARGE:
            await cabinet.turn(jam=one, on=False)


async def test_a_hold_that_ends_after_the_door_opened_asks_the_customer(stage: Stage):
    async with stage.drill() as drill:
        customer, cabinet = await drill.person(), drill.cabinet
        order, visit, cell = await drill.begin(customer)
        await cabinet.close(cell)
        await cabinet.shows("parcel_inside", visit)
        await act(customer, visit, "leave")
        await cabinet.shows("welcome")
        await drill.age(order, 301)
        await drill.told(customer, "还没有确认放入")
        assert drill.document("cells", _id=f"T-DRILL:{cell}")["order"] == order
        visit = await drill.scan(customer)
        await act(customer, visit, "order", order_id=order)
        await cabinet.shows("parcel_inside", visit)
        assert (await cabinet.press("confirm_inside"))["ok"]
        await acts.order_where(customer, order, custody="deposited")


async def test_a_cell_whose_door_jams_on_a_parcel_inside_is_never_given_away(stage: Stage):
    async with stage.drill() as drill:
        customer, cabinet = await drill.person(), drill.cabinet
        order, visit, cell = await drill.begin(customer)
        await cabinet.close(cell)
        await cabinet.shows("parcel_inside", visit)
        await cabinet.turn(jam=cell, on=True)
        assert (await cabinet.press("open_again"))["ok"]
        await eventually(lambda: "door_failed" in drill.steps(order), PATIENCE_SECONDS)
        await cabinet.turn(jam=cell, on=False)
        await cabinet.shows("parcel_inside", visit)
        await drill.age(order, 301)
        await eventually(lambda: "deposit_unconfirmed" in drill.steps(order), PATIENCE_SECONDS)
        assert drill.document("cells", _id=f"T-DRILL:{cell}")["order"] == order
        await drill.age(order, 72 * 3600)
        await drill.staff_told("unconfirmed_staff", order)
        assert (await cabinet.press("confirm_inside"))["ok"]
        await acts.order_where(customer, order, custody="deposited")


async def test_taking_back_unpaid_costs_nothing_and_paid_is_refunded(stage: Stage):
    async with stage.drill() as drill:
        customer, cabinet = await drill.person(), drill.cabinet
        for paid in (False, True):
            if paid:
                order, visit, cell = await drill.opened(customer)
            else:
                order, visit, cell = await drill.deposited(customer)
            before = await cabinet.pulses(cell)
            await act(customer, visit, "take-back", order_id=order)
            await refused("conflict", None, act(customer, visit, "confirm"))
            await acts.order_where(customer, order, custody="returning", opened=True)
            await cabinet.turn(close=cell)
            view = await cabinet.shows("parcel_taken", visit)
            assert "取出来" in view["message"]
            seen = await customer.ask("GET", f"/v1/orders/{order}")
            assert seen["charge"] == ("paid" if paid else "unpaid"), "money waits for the word"
            assert (await cabinet.press("confirm_taken"))["ok"]
            await acts.order_where(
                customer, order, custody="returned", charge="refunded" if paid else "unpaid"
            )
            assert await cabinet.pulses(cell) == before + 1
            await drill.freed(cell)
            await act(customer, visit, "leave")
        await drill.told(customer, "退款已到账")
        assert (await drill.staff.ask("GET", "/v1/staff/ledger/check"))["ok"]


async def test_unpaid_reminders_and_a_qr_paid_after_it_expired(stage: Stage):
    async with stage.drill() as drill:
        customer = await drill.person()
        order, _, cell = await drill.deposited(customer)
        for hours, reminders in ((600 / 3600, 1), (1, 2), (24, 3)):
            await drill.age(order, hours * 3600)
            await eventually(
                lambda n=reminders: drill.steps(order).count("reminded_unpaid") == n,
                PATIENCE_SECONDS,
            )
        await drill.age(order, 72 * 3600)
        await drill.staff_told("unpaid_staff", order)
        payment = await customer.ask("POST", f"/v1/orders/{order}/payment")
        stage.expire("payments", payment["payment_id"])
        sandbox = Api(drill.site.sandbox_url)
        try:
            await sandbox.ask("POST", f"/pay/orders/{payment['payment_id']}/tap-pay", {})
        finally:
            sandbox.close()
        seen = await acts.order_where(customer, order, custody="open", charge="paid")
        assert seen["placement"]["cell"] == cell


async def test_two_people_at_one_kiosk_each_keep_their_own(stage: Stage):
    async with stage.drill() as drill:
        first, second, cabinet = await drill.person(), await drill.person(), drill.cabinet
        one, visit_one, cell_one = await drill.begin(first)
        await cabinet.shows("door_open", visit_one)
        two, visit_two, cell_two = await drill.begin(second)
        await cabinet.shows("door_open", visit_two)
        await refused("not_found", None, act(second, visit_one, "confirm"))
        await refused("not_found", None, act(second, visit_two, "order", order_id=one))
        await asyncio.gather(cabinet.close(cell_one), cabinet.close(cell_two))
        await cabinet.shows("parcel_inside", visit_two)
        await acts.order_where(first, one, closed=True)
        await act(first, visit_one, "confirm")
        assert (await cabinet.state())["view"]["visit_id"] == visit_two, "the kiosk is the latter's"
        await act(second, visit_two, "confirm")
        for visitor, order in ((first, one), (second, two)):
            await acts.order_where(visitor, order, custody="deposited")


async def test_a_kiosk_code_is_used_once_per_account_and_not_after_its_time(stage: Stage):
    async with stage.drill() as drill:
        first, second = await drill.person(), await drill.person()
        code = (await drill.cabinet.state())["qr_url"].rsplit("/", 1)[-1]
        begun = await first.ask("POST", "/v1/visits", {"code": code})
        again = await first.ask("POST", "/v1/visits", {"code": code})
        assert again["visit_id"] == begun["visit_id"], "the same scan is the same visit"
        other = await second.ask("POST", "/v1/visits", {"code": code})
        assert other["visit_id"] != begun["visit_id"]
        await act(first, begun["visit_id"], "leave")
        await refused("visit_over", None, first.ask("POST", "/v1/visits", {"code": code}))
        terminal, step, mac = code.split(".")
        forged = f"{terminal}.{int(step) + 1}.{mac}"
        await refused(
            "invalid_input", "kiosk_code", first.ask("POST", "/v1/visits", {"code": forged})
        )
        await act(second, other["visit_id"], "leave")


async def test_a_visit_that_ends_in_the_middle_is_gone_on_with_after_a_new_scan(stage: Stage):
    async with stage.drill() as drill:
        customer, cabinet = await drill.person(), drill.cabinet
        order, visit, cell = await drill.begin(customer)
        await cabinet.shows("door_open", visit)
        stage.expire("visits", visit)
        await cabinet.shows("welcome")
        await refused("visit_over", None, act(customer, visit, "confirm"))
        await cabinet.turn(close=cell)
        await acts.order_where(customer, order, closed=True)
        before = await cabinet.pulses(cell)
        visit = await drill.scan(customer)
        await act(customer, visit, "order", order_id=order)
        await cabinet.shows("parcel_inside", visit)
        await act(customer, visit, "confirm")
        assert await cabinet.pulses(cell) == before, "going on opens nothing"


async def test_cancelling_before_and_after_the_door(stage: Stage):
    async with stage.drill() as drill:
        customer, cabinet = await drill.person(), drill.cabinet
        placed = await drill.place(customer)
        seen = await customer.ask("POST", f"/v1/orders/{placed}/cancel")
        assert seen["custody"] == "cancelled"
        order, visit, cell = await drill.begin(customer)
        await cabinet.close(cell)
        await acts.order_where(customer, order, closed=True)
        seen = await customer.ask("POST", f"/v1/orders/{order}/cancel")
        assert (seen["custody"], seen["placement"]) == ("cancelled", None)
        view = await cabinet.shows("done", visit)
        assert "取消" in view["message"] and "cancelled" in view["message"]
        await refused("conflict", None, act(customer, visit, "confirm"))
        await drill.freed(cell)
        order, _, cell = await drill.deposited(customer)
        seen = await customer.ask("POST", f"/v1/orders/{order}/cancel")
        assert seen["custody"] == "returning"
        view = await cabinet.shows("choose_order")
        assert view["actions"] == ["open_again", "leave"] and "取回" in view["message"]
