"""From the finished waybill to the courier's money, on real MongoDB."""

import asyncio
from typing import Any

import pytest

from realtime.wire.requests import UploadFinished
from server.domain.custody import Custody
from server.domain.errors import (
    BadNotice,
    DomainError,
    Forbidden,
    IllegalTransition,
    InvalidInput,
    NotFound,
)
from server.domain.ids import PaymentId
from server.domain.ledger import courier_account, payment_received
from server.domain.money import Charge, Payout
from server.domain.orders import Offer, Order, Pickup, Reading, read_against
from server.domain.payments import Payment, PaymentState, TransferState
from server.domain.people import Role
from server.domain.reviews import SendBack
from tests.integration.services import notices
from tests.integration.services.house import House, actor, house

REVIEWER = actor("reviewer", Role.REVIEWER)
COURIER = actor("c1", Role.COURIER)


def finished(**fields: Any) -> UploadFinished:
    made = {
        "carrier": "顺丰",
        "number": "SF1234567890",
        "sender": "张三",
        "recipient": "李四",
        "phone": "13800000002",
        "address": "某路 1 号 2 单元",
        "weight_grams": 900,
        "postage_fen": 1200,
        "date": "2026-11-22",
        "photo_id": "photo-1",
    }
    return UploadFinished(**(made | fields))


async def collected(h: House, courier: str = "c1") -> Order:
    pickup = Pickup(
        courier=courier,
        claimed_at=h.now,
        until=h.now,
        carrier_waybill=f"SF{h.dice.randrange(10**10):010}",
    )
    order = await h.deposited(
        custody=Custody.COLLECTED,
        charge=Charge.PAID,
        pickup=pickup,
        offer=Offer(version=1, ring=0, opened_at=h.now),
    )

    payment = Payment(
        id=PaymentId(f"P{order.id}"),
        order=order.id,
        customer=order.customer,
        amount_fen=order.price_fen,
        state=PaymentState.PAID,
        created_at=h.now,
        expires_at=h.now,
    )

    async def pay(session: Any) -> None:
        await h.payments_store.insert(payment, session)
        posting = payment_received(payment.id, order.id, h.now, order.price_fen)
        await h.ledger.post(posting, session)

    await h.transactions.run(pay)
    return order


async def in_review(h: House) -> Order:
    order = await collected(h)
    number = order.pickup.carrier_waybill
    return await h.review.upload(COURIER, order.id, finished(number=number))


async def test_upload_frees_a_place_and_seals_what_is_personal(mongo_uri, mongo_db_name, redis_url):
    async with house(mongo_uri, mongo_db_name, redis_url) as h:
        await h.person("c1", certified=True)
        order = await collected(h)
        entry = {"order": order.id, "version": order.version}
        await h.db["people"].update_one(
            {"_id": "c1"}, {"$set": {"carrying": [entry], "active_orders": 1}}
        )
        body = finished(
            number=f" {order.pickup.carrier_waybill.lower()} ", phone="+86 138 0000 0002"
        )
        after = await h.review.upload(COURIER, order.id, body)
        assert after.custody is Custody.IN_REVIEW
        assert (await h.couriers.standing("c1")).carrying == 0
        raw = str(await h.db["orders"].find_one({"_id": order.id}))
        for text in ("张三", "李四", "13800000002", "某路"):
            assert text not in raw
        (waiting,) = await h.review.queue(REVIEWER)
        assert waiting.texts.phone == "13800000002" and waiting.texts.recipient == "李四"
        (record,) = await h.audit.of(f"order:{order.id}")
        assert (record["actor"], record["purpose"]) == ("reviewer", "review")


BAD_FIELDS = [
    ("number", "SF0000000000"),
    ("number", "https://pay.example/x"),
    ("number", "短"),
    ("sender", "1"),
    ("recipient", "????"),
    ("phone", "12345"),
    ("date", "2026-02-30"),
    ("date", "2026-11-20"),
    ("date", "2026-11-24"),
]


class BusyReader:
    """Counts the photos that it was given."""

    photos = 0

    async def read(self, photo: str, bound: str) -> Reading:
        self.photos += 1
        return read_against(bound, (bound,))


async def test_no_photo_is_read_for_what_is_refused(mongo_uri, mongo_db_name, redis_url):
    async with house(mongo_uri, mongo_db_name, redis_url) as h:
        order = await in_review(h)
        h.review._reader = reader = BusyReader()
        body = finished(number=order.pickup.carrier_waybill)
        for _ in range(3):
            with pytest.raises(IllegalTransition):
                await h.review.upload(COURIER, order.id, body)
        assert reader.photos == 0


async def test_a_bad_field_is_named_and_nothing_changes(mongo_uri, mongo_db_name, redis_url):
    async with house(mongo_uri, mongo_db_name, redis_url) as h:
        order = await collected(h)
        good = {"number": order.pickup.carrier_waybill}
        for field, value in BAD_FIELDS:
            with pytest.raises(InvalidInput) as refused:
                await h.review.upload(COURIER, order.id, finished(**(good | {field: value})))
            assert refused.value.field == field
        assert await h.orders.get(order.id) == order


async def test_only_the_winner_uploads_and_only_once(mongo_uri, mongo_db_name, redis_url):
    async with house(mongo_uri, mongo_db_name, redis_url) as h:
        order = await collected(h)
        body = finished(number=order.pickup.carrier_waybill)
        with pytest.raises(NotFound):
            await h.review.upload(actor("c2", Role.COURIER), order.id, body)
        await h.review.upload(COURIER, order.id, body)
        with pytest.raises(IllegalTransition):
            await h.review.upload(COURIER, order.id, body)


async def test_rejected_and_mended(mongo_uri, mongo_db_name, redis_url):
    async with house(mongo_uri, mongo_db_name, redis_url) as h:
        order = await in_review(h)
        back = await h.review.reject(
            REVIEWER, order.id, SendBack.PHOTO_UNCLEAR, "左下角", seen=order.finished.uploaded_at
        )
        assert back.custody is Custody.COLLECTED
        assert back.finished.rejection == "面单照片不清晰 / the photo is not clear: 左下角"
        typed = await h.review.handed_in(COURIER, order.id)
        assert (typed.texts.address, typed.finished.weight_grams) == ("某路 1 号 2 单元", 900)
        with pytest.raises(NotFound):
            await h.review.handed_in(actor("c2", Role.COURIER), order.id)
        body = finished(number=order.pickup.carrier_waybill)
        again = await h.review.upload(COURIER, order.id, body)
        assert again.custody is Custody.IN_REVIEW and again.finished.rejection is None


async def test_nobody_reviews_their_own(mongo_uri, mongo_db_name, redis_url):
    async with house(mongo_uri, mongo_db_name, redis_url) as h:
        order = await in_review(h)
        for name in ("c1", order.customer):
            for act in (
                h.review.approve(
                    actor(name, Role.REVIEWER), order.id, seen=order.finished.uploaded_at
                ),
                h.review.reject(
                    actor(name, Role.REVIEWER),
                    order.id,
                    SendBack.NOT_POSTED,
                    seen=order.finished.uploaded_at,
                ),
            ):
                with pytest.raises(Forbidden):
                    await act


async def test_approved_once_and_paid_once(mongo_uri, mongo_db_name, redis_url):
    async with house(mongo_uri, mongo_db_name, redis_url) as h:
        order = await in_review(h)

        async def approve() -> str:
            try:
                await h.review.approve(REVIEWER, order.id, seen=order.finished.uploaded_at)
            except DomainError as error:
                return error.code
            return "approved"

        results = await asyncio.gather(*(approve() for _ in range(5)))
        assert sorted(results) == ["approved"] + ["illegal_transition"] * 4
        approved = await h.orders.get(order.id)
        assert (approved.custody, approved.payout) == (Custody.DONE, Payout.PAYABLE)
        assert (await h.orders.events(order.id))[-1].step == "approved"
        earnings = await h.settlement.earnings("c1")
        assert (earnings.available_fen, earnings.paid_fen) == (order.pay_fen, 0)
        await asyncio.gather(*(h.settlement.sweep() for _ in range(4)))
        (transfer,) = h.provider.transfers
        assert (await h.orders.get(order.id)).payout is Payout.AWAITING
        (line,) = (await h.settlement.earnings("c1")).payouts
        assert line.package_info == f"https://pay.example/confirm/{transfer}"
        h.provider.tap_confirm(transfer)
        notice = notices.transferred(h, transfer)
        await asyncio.gather(*(notice.deliver(body=notice.body()) for _ in range(4)))
        assert (await h.orders.get(order.id)).payout is Payout.PAID_OUT
        check = await h.ledger.check()
        assert check.ok and check.balances == {
            "provider_clearing:wechat": order.fee_fen,
            "customer_funds": 0,
            "platform_fee": -order.fee_fen,
            "courier_earnings": 0,
            "payouts_in_flight": 0,
        }
        assert (await h.settlement.earnings("c1")).paid_fen == order.pay_fen


async def test_an_unknown_outcome_is_asked_again_under_the_same_number(
    mongo_uri, mongo_db_name, redis_url
):
    async with house(mongo_uri, mongo_db_name, redis_url) as h:
        order = await in_review(h)
        await h.review.approve(REVIEWER, order.id, seen=order.finished.uploaded_at)
        h.provider.loses = 1.0
        await h.settlement.sweep()
        assert (await h.orders.get(order.id)).payout is Payout.PAYING
        for _ in range(3):
            h.later(seconds=21)
            await h.settlement.sweep()
        h.provider.loses = 0.0
        h.later(seconds=21)
        await h.settlement.sweep()
        assert (await h.orders.get(order.id)).payout is Payout.AWAITING
        assert len(h.provider.transfers) == 1 == len(await h.payouts.of_order(order.id))


async def test_a_declined_transfer_is_followed_by_another_number(
    mongo_uri, mongo_db_name, redis_url
):
    async with house(mongo_uri, mongo_db_name, redis_url) as h:
        order = await in_review(h)
        await h.review.approve(REVIEWER, order.id, seen=order.finished.uploaded_at)
        await h.settlement.sweep()
        (first,) = h.provider.transfers
        h.provider.tap_confirm(first, accept=False)
        failed = notices.transferred(h, first)
        await failed.deliver()
        assert (await h.orders.get(order.id)).payout is Payout.PAYABLE
        await h.settlement.sweep()
        assert len(h.provider.transfers) == 1, "the next try waits"
        h.later(seconds=61)
        await h.settlement.sweep()
        second = next(number for number in h.provider.transfers if number != first)
        h.provider.tap_confirm(second)
        await notices.transferred(h, second).deliver()
        states = [t.state for t in await h.payouts.of_order(order.id)]
        assert states == [TransferState.FAILED, TransferState.DONE]
        # A contradiction of what was final pays nobody twice.
        late = notices.transferred(h, first)
        with pytest.raises(BadNotice):
            await late.deliver(body=late.body(state="SUCCESS"))
        assert (await h.ledger.balance(courier_account("c1"))) == 0
        assert (await h.ledger.check()).ok
