"""Drills at the pickup: the courier at the kiosk, what is refused, and what time does."""

import pytest

from server.proof import acts
from server.proof.people import Visitor
from tests.e2e.drills.stage import PATIENCE_SECONDS, Stage, act, bind, refused
from tests.waiting import eventually

pytestmark = [pytest.mark.slow, pytest.mark.timeout(570)]


async def test_a_pickup_by_the_kiosk_alone_with_the_printed_label(stage: Stage):
    async with stage.drill() as drill:
        customer, courier, cabinet = (
            await drill.person(),
            await drill.person("courier"),
            drill.cabinet,
        )
        order, cell = await drill.claimed(customer, courier)
        second, cell_two = await drill.claimed(await drill.person(), courier)
        visit = await drill.scan_only(courier)
        await cabinet.shows("choose_role", visit)
        assert (await cabinet.press("choose_role", "pickup"))["ok"]
        view = await cabinet.shows("choose_order", visit)
        assert {one["order_id"] for one in view["orders"]} == {order, second}
        assert {one["label"] for one in view["orders"]} == {
            f"尾号 {order[-4:]}",
            f"尾号 {second[-4:]}",
        }
        answer = await cabinet.press("scan", "SF9990000000001")
        assert (answer["ok"], answer["code"]) == (False, "invalid_input"), "choose an order first"
        before = await cabinet.pulses(cell)
        assert (await cabinet.press("scan", f"CODE_128,{order}"))["ok"]
        await cabinet.shows("scan_carrier", visit)
        assert await cabinet.pulses(cell) == before, "the label opens nothing"
        assert (await cabinet.press("scan", "SF9990000000001"))["ok"]
        view = await cabinet.shows("door_open", visit)
        assert "取出" in view["message"]
        await cabinet.turn(close=cell)
        await cabinet.shows("parcel_taken", visit)
        assert (await cabinet.press("confirm_taken"))["ok"]
        await acts.order_where(courier, order, custody="collected")
        assert await cabinet.pulses(cell) == before + 1
        await drill.told(customer, "包裹已由揽件员取走")
        view = (await cabinet.state())["view"]
        assert [one["order_id"] for one in view["orders"]] == [second], "the next one waits"
        assert (await cabinet.press("choose_order", second))["ok"]
        await cabinet.shows("scan_carrier", visit)
        answer = await cabinet.press("scan", "SF9990000000001")
        assert (answer["ok"], answer["code"]) == (False, "waybill_bound")
        assert (await cabinet.press("scan", "SF9990000000002"))["ok"]
        await cabinet.close(cell_two)
        await cabinet.shows("parcel_taken", visit)
        assert (await cabinet.press("confirm_taken"))["ok"]
        await cabinet.shows("done", visit)


async def test_the_same_number_twice_opens_once_and_another_is_refused(stage: Stage):
    async with stage.drill() as drill:
        customer, courier, cabinet = (
            await drill.person(),
            await drill.person("courier"),
            drill.cabinet,
        )
        order, visit, cell = await drill.bound(customer, courier, "SF9990000000011")
        before = await cabinet.pulses(cell)
        await bind(courier, visit, order, "sf 9990 0000 00011")
        await refused("conflict", "bound_already", bind(courier, visit, order, "SF9990000000012"))
        await cabinet.close(cell)
        await acts.order_where(courier, order, closed=True)
        await refused("illegal_transition", None, _hand_back(courier, order))
        await refused(
            "conflict", "claimed_through_staff", customer.ask("POST", f"/v1/orders/{order}/cancel")
        )
        assert await cabinet.pulses(cell) <= before + 1
        await act(courier, visit, "confirm")
        await refused(
            "illegal_transition", None, customer.ask("POST", f"/v1/orders/{order}/cancel")
        )


async def _hand_back(courier: Visitor, order: str):
    return await courier.ask("POST", f"/v1/orders/{order}/hand-back")


async def test_open_again_within_the_window_and_the_timer_concludes(stage: Stage):
    async with stage.drill() as drill:
        customer, courier, cabinet = (
            await drill.person(),
            await drill.person("courier"),
            drill.cabinet,
        )
        order, visit, cell = await drill.bound(customer, courier, "SF9990000000021")
        await cabinet.close(cell)
        await cabinet.shows("parcel_taken", visit)
        before = await cabinet.pulses(cell)
        assert (await cabinet.press("open_again"))["ok"]
        await cabinet.close(cell)
        await cabinet.shows("parcel_taken", visit)
        assert await cabinet.pulses(cell) == before + 1
        await drill.age(order, 301)
        await acts.order_where(courier, order, custody="collected")
        await cabinet.shows("done", visit)
        await drill.freed(cell)


async def test_a_pickup_door_that_stands_open_past_the_window_concludes_when_closed(stage: Stage):
    async with stage.drill() as drill:
        customer, courier, cabinet = (
            await drill.person(),
            await drill.person("courier"),
            drill.cabinet,
        )
        order, visit, cell = await drill.bound(customer, courier, "SF9990000000031")
        await cabinet.shows("door_open", visit)
        await drill.told(courier, "格口门还开着，请关好门")
        await drill.age(order, 301)
        await drill.staff_told("pickup_unfinished", order)
        seen = await courier.ask("GET", f"/v1/orders/{order}")
        assert seen["custody"] == "collecting"
        await cabinet.turn(close=cell)
        await acts.order_where(courier, order, custody="collected")


async def test_a_refused_parcel_goes_back_in_and_its_money_back(stage: Stage):
    async with stage.drill() as drill:
        customer, courier, cabinet = (
            await drill.person(),
            await drill.person("courier"),
            drill.cabinet,
        )
        order, visit, cell = await drill.bound(customer, courier, "SF9990000000041")
        await cabinet.close(cell)
        await acts.order_where(courier, order, closed=True)
        await cabinet.shows("parcel_taken", visit)  # else the next "open" may be the first one's
        photo = await courier.ask(
            "POST", "/v1/photos", raw=acts.small_photo(), content_type="image/jpeg"
        )
        refusal = {"reason": "液体外漏", "photo_id": photo["photo_id"]}
        path = f"/v1/orders/{order}/refusal"
        await refused("not_found", None, courier.ask("POST", path, {**refusal, "photo_id": "H1"}))
        before = await cabinet.pulses(cell)
        await courier.ask("POST", path, refusal)
        await refused("conflict", None, courier.ask("POST", path, refusal))
        view = await cabinet.shows("door_open", visit)
        assert "放回" in view["message"] and "back" in view["message"]
        assert await cabinet.pulses(cell) == before + 1
        await cabinet.turn(close=cell)
        seen = await acts.order_where(customer, order, custody="returning")
        assert (seen["charge"], seen["refusal"]) == ("paid", "液体外漏")
        view = await cabinet.shows("done", visit)
        assert "拒收" in view["message"]
        await drill.told(customer, "验视后未能收寄")
        mine = await drill.scan(customer)
        await act(customer, mine, "order", order_id=order)
        await cabinet.close(cell)
        await cabinet.shows("parcel_taken", mine)
        await act(customer, mine, "confirm")
        await acts.order_where(customer, order, custody="returned", charge="refunded")
        await drill.told(customer, "退款已到账")
        await drill.freed(cell)


async def test_a_claim_not_used_in_time_goes_to_the_next_courier(stage: Stage):
    async with stage.drill() as drill:
        customer, courier, cabinet = (
            await drill.person(),
            await drill.person("courier"),
            drill.cabinet,
        )
        order, _ = await drill.claimed(customer, courier)
        visit = await drill.scan(courier, "pickup")
        await act(courier, visit, "order", order_id=order)
        await cabinet.shows("scan_carrier", visit)
        await drill.age(order, 2 * 3600 + 1)
        await acts.order_where(customer, order, custody="open")
        await drill.told(courier, "超时未取件")
        await drill.told(customer, "重新通知附近的揽件员")
        view = await cabinet.shows("choose_order", visit)
        assert view["orders"] == []
        await refused("not_found", None, bind(courier, visit, order, "SF9990000000051"))
        other = await drill.person("courier")
        await drill.claim(other, order)
        await drill.told(other, "抢单成功")
        seen = await courier.ask("GET", f"/v1/visits/{visit}")
        assert seen["current"] is None, "nothing more of an order that is another's"
        assert "139" not in str(seen)


async def test_no_taker_for_a_day_sends_the_parcel_back_with_its_money(stage: Stage):
    async with stage.drill() as drill:
        customer, cabinet = await drill.person(), drill.cabinet
        order, visit, cell = await drill.opened(customer)
        await drill.age(order, 61)
        await eventually(lambda: "ring_widened" in drill.steps(order), PATIENCE_SECONDS)
        await drill.age(order, 15 * 60)
        await drill.staff_told("no_taker_staff", order)
        await drill.age(order, 24 * 3600)
        await acts.order_where(customer, order, custody="returning")
        await drill.told(customer, "暂无揽件员接单")
        await act(customer, visit, "order", order_id=order)
        await cabinet.close(cell)
        await cabinet.shows("parcel_taken", visit)
        await act(customer, visit, "confirm")
        await acts.order_where(customer, order, custody="returned", charge="refunded")


async def test_staff_cancel_a_claimed_order_and_the_courier_is_told(stage: Stage):
    async with stage.drill() as drill:
        customer, courier = await drill.person(), await drill.person("courier")
        order, _ = await drill.claimed(customer, courier)
        path = f"/v1/orders/{order}/cancel"
        await refused("conflict", "claimed_through_staff", customer.ask("POST", path))
        await refused("forbidden", None, courier.ask("POST", path, {"reason": "me"}))
        await refused("invalid_input", "required", drill.staff.ask("POST", path, {"reason": " "}))
        seen = await drill.staff.ask("POST", path, {"reason": "客户来电"})
        assert (seen["custody"], seen["charge"]) == ("returning", "paid")
        await drill.told(courier, "该订单已由客服取消")
        await drill.told(customer, "客服取消，请到柜取回")
        visit = await drill.scan(courier, "pickup")
        await refused("conflict", "to_collect", act(courier, visit, "order", order_id=order))
        assert (await courier.call("GET", f"/v1/orders/{order}/waybill")).code in (403, 404)


async def test_staff_call_off_a_pickup_whose_door_never_opens_and_no_other(stage: Stage):
    async with stage.drill() as drill:
        customer, courier = await drill.person(), await drill.person("courier")
        cabinet = drill.cabinet
        order, cell = await drill.claimed(customer, courier)
        visit = await drill.scan(courier, "pickup")
        await cabinet.turn(jam=cell, on=True)
        await act(courier, visit, "order", order_id=order)
        path, why = f"/v1/orders/{order}/cancel", {"reason": "门锁损坏"}
        cabinet.agent.pause()  # it says "jammed" so much later
        try:
            await bind(courier, visit, order, "SF9990000000061")
            await refused("conflict", "door_is_opening", drill.staff.ask("POST", path, why))
        finally:
            cabinet.agent.resume()
        view = await cabinet.shows("door_jammed", visit)
        assert view["actions"] == ["open_again", "leave"]
        await cabinet.turn(jam=cell, on=False)
        assert (await drill.staff.ask("POST", path, why))["custody"] == "returning"
        view = await cabinet.shows("done", visit)
        assert "取消" in view["message"]
        mine = await drill.scan(customer)
        await act(customer, mine, "order", order_id=order)
        await cabinet.close(cell)
        await cabinet.shows("parcel_taken", mine)
        await act(customer, mine, "confirm")
        await acts.order_where(customer, order, custody="returned", charge="refunded")
        other, at, place = await drill.bound(await drill.person(), courier, "SF9990000000062")
        await cabinet.close(place)
        await cabinet.shows("parcel_taken", at)
        await refused(
            "conflict",
            "door_was_opened",
            drill.staff.ask("POST", f"/v1/orders/{other}/cancel", why),
        )
        await act(courier, at, "confirm")
