"""The routes of payments, couriers, reviews and staff over real HTTP, on real MongoDB and Redis."""

import asyncio
import contextlib
from datetime import UTC, datetime, timedelta

import pytest

from realtime.districts import district_of
from server.domain.custody import Custody
from server.domain.errors import OrderTaken
from server.domain.geo import Place
from server.domain.orders import Offer, Pickup
from server.services.dispatch.judge import resource_of
from tests import builders
from tests.integration.services import notices, refusals
from tests.integration.services.house import KEY, PLACE, House, house
from tests.integration.services.refusals import (
    CLAIM,
    COURIER,
    CUSTOMER,
    FINANCE,
    REVIEWER,
    finished,
)
from tests.integration.services.serving import Caller, serving
from tests.integration.services.signed_notices import signed_headers

CALLBACK = "/v1/callbacks/wechatpay"


async def paid(h: House, caller: Caller) -> str:
    order = await h.deposited()
    payment = await caller.ask("POST", f"/v1/orders/{order.id}/payment", who=CUSTOMER)
    h.provider.tap_pay(payment.body["payment_id"])
    notice = notices.paid(h, payment.body["payment_id"])
    raw = notice.body()
    headers = signed_headers(KEY.value, h.now, f"nonce-{order.id}", raw)
    for _ in range(2):
        answer = await caller.ask(
            "POST", CALLBACK, raw, **{k.replace("-", "_"): v for k, v in headers.items()}
        )
        assert (answer.status, answer.body) == (200, {"code": "SUCCESS"})
    return order.id


async def on_duty(caller: Caller, who: str = COURIER) -> None:
    duty = {"on": True, "districts": [district_of(PLACE)]}
    assert (await caller.ask("PUT", "/v1/courier/duty", duty, who=who)).status == 200


async def test_from_payment_to_payout(mongo_uri, mongo_db_name, redis_url):
    async with (
        house(mongo_uri, mongo_db_name, redis_url) as h,
        serving(h, redis_url) as caller,
    ):
        await h.person("c1", certified=True)
        order = await paid(h, caller)
        await on_duty(caller)
        (offer,) = (await caller.ask("GET", "/v1/courier/offers", who=COURIER)).body["offers"]
        assert offer["order_id"] == order and "customer" not in str(offer)
        body = {"offer_version": offer["offer_version"], "request_id": "r1"}
        for repeated in (False, False):
            won = await caller.ask("POST", f"/v1/offers/{order}/claim", body, who=COURIER)
            assert (won.status, won.body["repeated"]) == (200, repeated)
        mine = await caller.ask("GET", "/v1/courier/orders", who=COURIER)
        assert [one["custody"] for one in mine.body["orders"]] == ["claimed"]
        number = f"SF{order}"
        await h.set_order(order, custody="collected", **{"pickup.carrier_waybill": number})
        up = await caller.ask("POST", f"/v1/orders/{order}/finished", finished(number), who=COURIER)
        assert (up.status, up.body["custody"]) == (200, "in_review")
        (review,) = (await caller.ask("GET", "/v1/reviews", who=REVIEWER)).body["orders"]
        assert review["finished"]["phone"] == "13800000002"
        path, once = f"/v1/reviews/{order}/approve", {"Idempotency_Key": "approve-once"}
        blind = await caller.ask("POST", path, {}, who=REVIEWER)
        assert blind.error == (400, "invalid_input", "uploaded_at")
        older = {"uploaded_at": "2026-11-22T04:00:00Z"}
        stale = await caller.ask("POST", path, older, who=REVIEWER)
        assert stale.error == (409, "stale", "uploaded_at")
        seen = {"uploaded_at": review["finished"]["uploaded_at"]}
        done = await caller.ask("POST", path, seen, who=REVIEWER, **once)
        again = await caller.ask("POST", path, seen, who=REVIEWER, **once)
        assert done.body == again.body and done.body["custody"] == "done"
        await h.settlement.sweep()
        earnings = (await caller.ask("GET", "/v1/courier/earnings", who=COURIER)).body
        (payout,) = earnings["payouts"]
        assert (payout["state"], payout["wallet"]) == ("awaiting_confirmation", "wechat")
        h.provider.tap_confirm(payout["payout_id"])
        notice = notices.transferred(h, payout["payout_id"])
        headers = signed_headers(KEY.value, h.now, "nonce-of-the-transfer", notice.body())
        answer = await caller.ask(
            "POST",
            CALLBACK,
            notice.body(),
            **{k.replace("-", "_"): v for k, v in headers.items()},
        )
        assert answer.status == 200
        earnings = (await caller.ask("GET", "/v1/courier/earnings", who=COURIER)).body
        assert (earnings["available_fen"], earnings["paid_fen"]) == (0, 1800)
        ledger = (await caller.ask("GET", "/v1/staff/ledger/check", who=FINANCE)).body
        assert ledger["ok"] and ledger["entries"] == 4
        summary = (await caller.ask("GET", "/v1/staff/summary", who=REVIEWER)).body
        assert summary["custody"] == {"done": 1} and summary["sockets"] == 3


async def test_the_loser_hears_by_how_much_and_never_who(mongo_uri, mongo_db_name, redis_url):
    async with (
        house(mongo_uri, mongo_db_name, redis_url) as h,
        serving(h, redis_url) as caller,
    ):
        for n in range(6):
            await h.person(f"c{n}", certified=True)
        order = await paid(h, caller)
        answers = await asyncio.gather(
            *(
                caller.ask(
                    "POST",
                    f"/v1/offers/{order}/claim",
                    {"offer_version": 1, "request_id": f"r{n}"},
                    who=f"c{n}:courier",
                )
                for n in range(6)
            )
        )
        lost = [answer for answer in answers if answer.status == 409]
        assert len(lost) == 5
        for answer in lost:
            assert answer.body["error"]["code"] == "taken"
            assert set(answer.body["error"]["details"]) == {"earlier_seconds"}


async def test_staff_see_who_raced_even_after_redis_forgot(mongo_uri, mongo_db_name, redis_server):
    redis_url = redis_server.url
    async with (
        house(mongo_uri, mongo_db_name, redis_url) as h,
        serving(h, redis_url) as caller,
    ):
        h.now = datetime.now(UTC) + timedelta(hours=1)  # Redis started before, by its own clock
        couriers = [await h.person(f"c{n}", certified=True) for n in range(4)]
        order = await paid(h, caller)
        await h.relay.publish(order)
        for n, courier in enumerate(couriers):
            with contextlib.suppress(OrderTaken):
                await h.dispatch.claim(courier, order, 1, f"r{n}")

        async def race() -> dict:
            seen = await caller.ask("GET", f"/v1/staff/orders/{order}/races", who=REVIEWER)
            (one,) = seen.body["races"]
            return one

        before = await race()
        arrivals = [(attempt["arrival"], attempt["courier_id"]) for attempt in before["attempts"]]
        assert arrivals == [(1, "c0"), (2, "c1"), (3, "c2"), (4, "c3")]
        assert not before["partial"]
        redis_server.empty()
        assert await race() == before, "forgotten by Redis, after it was kept whole"


async def test_receipts_lost_with_redis_are_partial_and_those_kept_stay(
    mongo_uri, mongo_db_name, redis_server
):
    redis_url = redis_server.url
    async with (
        house(mongo_uri, mongo_db_name, redis_url) as h,
        serving(h, redis_url) as caller,
    ):
        couriers = [await h.person(f"c{n}", certified=True) for n in range(6)]
        kept, unkept = await paid(h, caller), await paid(h, caller)
        for order in (kept, unkept):
            await h.relay.publish(order)
            await h.dispatch.claim(couriers[0], order, 1, "$courier")
        await h.relay.publish(kept)
        redis_server.empty()
        await h.claims.refresh(resource_of(kept))
        for n, courier in enumerate(couriers[1:]):
            with pytest.raises(OrderTaken):
                await h.dispatch.claim(courier, kept, 1, f"r{n}")

        async def race(order: str) -> dict:
            seen = await caller.ask("GET", f"/v1/staff/orders/{order}/races", who=REVIEWER)
            (one,) = seen.body["races"]
            return one

        for _ in range(2):
            seen = await race(kept)
            assert [attempt["courier_id"] for attempt in seen["attempts"]] == [
                courier.person for courier in couriers
            ]
            assert seen["attempts"][0]["answer"] == "won" and seen["partial"]
        await h.relay.publish(unkept)
        assert (await race(unkept)) == {
            "offer_version": 1,
            "partial": True,
            "cut": 0,
            "attempts": [],
        }


async def test_offers_follow_the_position_while_it_is_fresh(mongo_uri, mongo_db_name, redis_url):
    async with (
        house(mongo_uri, mongo_db_name, redis_url) as h,
        serving(h, redis_url) as caller,
    ):
        await h.person("c1")  # not certified: sees offers all the same
        order = await paid(h, caller)

        async def offers() -> list[str]:
            seen = await caller.ask("GET", "/v1/courier/offers", who=COURIER)
            return [offer["order_id"] for offer in seen.body["offers"]]

        async def stand(north_metres: float) -> None:
            lat = PLACE.lat + north_metres / 111_195
            place = {"lat": lat, "lon": PLACE.lon, "at": h.now.isoformat()}
            assert (
                await caller.ask("PUT", "/v1/courier/position", place, who=COURIER)
            ).status == 200

        assert await offers() == [], "off duty"
        await on_duty(caller)
        assert await offers() == [order], "by the chosen district"
        await stand(1100)
        assert await offers() == [], "100 m outside of the first ring"
        await stand(900)
        assert await offers() == [order]
        await stand(1100)
        h.later(seconds=61)
        await h.timers.sweep()
        assert await offers() == [order], "the ring has widened"
        await stand(4000)
        assert await offers() == []
        h.later(seconds=601)
        assert await offers() == [order], "too old a position: the chosen district"
        claim = {"offer_version": 1, "request_id": "r1"}
        refused = await caller.ask("POST", f"/v1/offers/{order}/claim", claim, who=COURIER)
        assert refused.error == (403, "not_certified", None)


async def test_a_district_lists_what_its_ring_touches(mongo_uri, mongo_db_name, redis_url):
    async with (
        house(mongo_uri, mongo_db_name, redis_url) as h,
        serving(h, redis_url) as caller,
    ):
        order = await paid(h, caller)
        here = district_of(PLACE)
        assert [offer.order_id for offer in await h.offers.in_district(here)] == [order]
        assert not await h.offers.in_district(district_of(Place(lat=39.9, lon=116.4)))


async def test_bad_requests_are_refused_by_name_and_change_nothing(
    mongo_uri, mongo_db_name, redis_url
):
    async with (
        house(mongo_uri, mongo_db_name, redis_url) as h,
        serving(h, redis_url) as caller,
    ):
        await h.person("c1", certified=True)
        offer = Offer(version=1, ring=0, opened_at=h.now)
        pickup = Pickup(courier="c1", claimed_at=h.now, until=h.now, carrier_waybill="SF12345678")
        orders = {
            "order": await h.deposited(),
            "open": await h.deposited(custody=Custody.OPEN, charge="paid", offer=offer),
            "taken": await h.deposited(
                custody=Custody.COLLECTING, charge="paid", offer=offer, pickup=pickup
            ),
        }
        ids = {name: order.id for name, order in orders.items()}
        wrong = []
        for (method, path), rows in refusals.TABLE.items():
            for body, who, expected in rows:
                answer = await caller.ask(method, path.format(**ids), body, who=who)
                status, code, field = answer.error
                if (status, code, field if expected[2] else None) != expected:
                    wrong.append((method, path, who, answer, expected))
        assert not wrong
        for order in orders.values():
            assert await h.orders.get(order.id) == order
        assert (await h.ledger.check()).entries == 0


async def test_staff_find_orders(mongo_uri, mongo_db_name, redis_url):
    async with (
        house(mongo_uri, mongo_db_name, redis_url) as h,
        serving(h, redis_url) as caller,
    ):
        made = []
        for _ in range(5):
            h.later(seconds=1)
            made.append(await h.deposited())
        bound = await h.deposited(
            custody=Custody.COLLECTED,
            created_at=builders.NOON,
            pickup=Pickup(
                courier="c1", claimed_at=h.now, until=h.now, carrier_waybill="SF12345678"
            ),
        )

        async def found(query: str) -> tuple[list[str], str | None]:
            answer = await caller.ask("GET", f"/v1/staff/orders{query}", who=REVIEWER)
            assert answer.status == 200, answer
            return [one["order_id"] for one in answer.body["orders"]], answer.body["next"]

        newest = [order.id for order in reversed(made)]
        assert (await found(""))[0] == [*newest, bound.id]
        page, before = await found("?limit=4")
        rest, end = await found(f"?limit=4&before={before.replace('+', '%2B')}")
        assert page + rest == [*newest, bound.id] and end is None
        assert (await found("?custody=collected"))[0] == [bound.id]
        assert (await found(f"?q={made[2].id.lower()}"))[0] == [made[2].id]
        assert (await found("?q=sf12345678"))[0] == [bound.id]
        assert (await found("?q=.*"))[0] == []


async def test_hand_back_over_http(mongo_uri, mongo_db_name, redis_url):
    async with (
        house(mongo_uri, mongo_db_name, redis_url) as h,
        serving(h, redis_url) as caller,
    ):
        await h.person("c1", certified=True)
        order = await paid(h, caller)
        await caller.ask("POST", f"/v1/offers/{order}/claim", CLAIM, who=COURIER)
        back = await caller.ask("POST", f"/v1/orders/{order}/hand-back", {}, who=COURIER)
        assert (back.status, back.body["custody"], back.body["offer_version"]) == (200, "open", 2)
        assert back.body["recipient_masked"] is None


async def test_no_notice_makes_us_stumble(mongo_uri, mongo_db_name, redis_url):
    bodies = [b"null", b"1", b"[]", b'{"notify_id": 1}', b'"' + b"\xff" * 8, b"[" * 5000]
    async with (
        house(mongo_uri, mongo_db_name, redis_url) as h,
        serving(h, redis_url) as caller,
    ):
        for n, raw in enumerate(bodies):
            headers = signed_headers(KEY.value, h.now, f"nonce-number-{n}", raw)
            signed = {name.replace("-", "_"): value for name, value in headers.items()}
            answer = await caller.ask("POST", CALLBACK, raw, **signed)
            assert answer.error[:2] == (400, "bad_notice"), raw[:20]


async def test_finance_gives_back_in_parts_and_pays_out(mongo_uri, mongo_db_name, redis_url):
    async with (
        house(mongo_uri, mongo_db_name, redis_url) as h,
        serving(h, redis_url) as caller,
    ):
        await h.person("c1", certified=True)
        order = await paid(h, caller)
        path = f"/v1/staff/orders/{order}/refunds"
        asked = {"amount_fen": 500, "reason": "late", "note": "晚到"}
        for who in (REVIEWER, COURIER):
            assert (await caller.ask("POST", path, asked, who=who)).status == 403
        once = {"who": FINANCE, "Idempotency_Key": "refund-once"}
        first = await caller.ask("POST", path, asked, **once)
        again = await caller.ask("POST", path, asked, **once)
        assert (first.status, first.body["state"]) == (200, "asked") and first.body == again.body
        for wrong in (
            {**asked, "amount_fen": 0},
            {**asked, "amount_fen": "500"},
            {**asked, "reason": "paid_twice"},
            {**asked, "note": ""},
            {**asked, "wallet": "mine"},
        ):
            assert (await caller.ask("POST", path, wrong, who=FINANCE)).status == 400, wrong
        too_much = {"amount_fen": 1501, "reason": "late", "note": "x"}
        assert (await caller.ask("POST", path, too_much, who=FINANCE)).error[:2] == (
            409,
            "conflict",
        )
        listed = await caller.ask("GET", "/v1/staff/refunds?state=asked", who=REVIEWER)
        (refund,) = listed.body["refunds"]
        retry = f"/v1/staff/refunds/{refund['refund_id']}/retry"
        answer = await caller.ask("POST", retry, {"reason": "x"}, who=FINANCE)
        assert answer.error == (409, "conflict", "state"), "it is not stuck"
        nothing = await caller.ask("GET", "/v1/staff/refunds?state=nowhere", who=FINANCE)
        assert nothing.error == (400, "invalid_input", "state")

        await caller.ask("POST", f"/v1/offers/{order}/claim", CLAIM, who=COURIER)
        number = f"SF{order}"
        await h.set_order(order, custody="collected", **{"pickup.carrier_waybill": number})
        await caller.ask("POST", f"/v1/orders/{order}/finished", finished(number), who=COURIER)
        (review,) = (await caller.ask("GET", "/v1/reviews", who=REVIEWER)).body["orders"]
        seen = {"uploaded_at": review["finished"]["uploaded_at"]}
        await caller.ask("POST", f"/v1/reviews/{order}/approve", seen, who=REVIEWER)
        page = (await caller.ask("GET", "/v1/staff/payouts", who=FINANCE)).body
        (payout,) = page["payouts"]
        room = f"/v1/staff/payouts/{payout['payout_id']}"
        why = {"reason": "核实"}
        held = await caller.ask("POST", f"{room}/hold", why, who=FINANCE)
        assert (held.status, held.body["state"], held.body["waits"]) == (200, "held", "staff")
        mine = (await caller.ask("GET", "/v1/courier/earnings", who=COURIER)).body["payouts"]
        assert [(one["state"], one["waits"]) for one in mine] == [("held", "staff")]
        await caller.ask("POST", f"{room}/release", why, who=FINANCE)
        pay = {"payouts": [payout["payout_id"]], "reason": "急用"}
        told = (await caller.ask("POST", "/v1/staff/payouts/pay", pay, who=FINANCE)).body
        assert told["payouts"][0]["state"] == "awaiting_confirmation"
        back = await caller.ask("POST", f"{room}/cancel", why, who=FINANCE)
        assert back.body["state"] == "cancelled"
        anew = await caller.ask("POST", f"{room}/reissue", why, who=FINANCE)
        assert (anew.body["attempt"], anew.body["state"]) == (2, "awaiting_confirmation")
        for act in ("hold", "release", "cancel", "reissue"):
            assert (await caller.ask("POST", f"{room}/{act}", why, who=REVIEWER)).status == 403
        ledger = (await caller.ask("GET", "/v1/staff/ledger/check", who=FINANCE)).body
        assert ledger["ok"]


async def test_a_wallet_that_is_not_set_up_has_no_callback(mongo_uri, mongo_db_name, redis_url):
    async with (
        house(mongo_uri, mongo_db_name, redis_url) as h,
        serving(h, redis_url) as caller,
    ):
        path = "/v1/callbacks/alipay"
        assert (await caller.ask("POST", path, b"{}")).error[:2] == (404, "not_found")
        huge = await caller.ask("POST", path, b"x" * 20_000)
        assert huge.status == 413
