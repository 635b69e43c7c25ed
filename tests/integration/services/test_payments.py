"""Payments on real MongoDB: every notice that is wrong changes nothing, every fen arrives once."""

import asyncio
import contextlib
from dataclasses import dataclass, replace
from typing import Any

import pytest

from server.domain.custody import Custody
from server.domain.errors import BadNotice, Conflict, NotFound, ProviderFailed
from server.domain.ids import PaymentId, PersonId
from server.domain.money import Charge
from server.domain.payments import Payer, PayWay, Wallet
from tests import builders
from tests.integration.services import notices
from tests.integration.services.house import house
from tests.integration.services.lives import FINANCE, NOW, owed_life, paid_life
from tests.waiting import eventually

CUSTOMER = builders.CUSTOMER


async def test_paid_opens_the_order_and_posts_the_ledger(mongo_uri, mongo_db_name, redis_url):
    async with house(mongo_uri, mongo_db_name, redis_url) as h:
        order = await h.deposited()
        view = await h.payments.ask(order.id, CUSTOMER)
        h.provider.tap_pay(view.payment_id)
        await notices.paid(h, view.payment_id).deliver()
        now = await h.orders.get(order.id)
        assert (now.custody, now.charge) == (Custody.OPEN, Charge.PAID)
        assert now.offer is not None and (now.offer.version, now.offer.ring) == (1, 0)
        check = await h.ledger.check()
        assert check.ok and check.balances == {
            "provider_clearing:wechat": order.price_fen,
            "customer_funds": -order.price_fen,
        }
        events = await h.orders.events(order.id)
        assert [e.step for e in events] == ["placed", "payment_asked", "opened"]


async def test_asking_again_gives_the_same_payment_until_its_time_is_over(
    mongo_uri, mongo_db_name, redis_url
):
    async with house(mongo_uri, mongo_db_name, redis_url) as h:
        order = await h.deposited()
        views = await asyncio.gather(*(h.payments.ask(order.id, CUSTOMER) for _ in range(6)))
        assert len({view.payment_id for view in views}) == 1
        h.later(seconds=h.rules.payment_life_seconds)
        renewed = await h.payments.ask(order.id, CUSTOMER)
        assert renewed.payment_id != views[0].payment_id
        assert h.provider.payments[views[0].payment_id].state == "CLOSED"
        assert (await h.payments.get(views[0].payment_id, CUSTOMER)).state == "closed"


async def test_what_one_payer_alone_may_pay_is_shown_to_nobody_else(
    mongo_uri, mongo_db_name, redis_url
):
    """WeChat prepares JSAPI for one openid: whoever else looks would have nothing to pay by."""
    async with house(mongo_uri, mongo_db_name, redis_url) as h:
        order = await h.deposited()
        anna, bo = (Payer(account=f"a-{who}", openid=f"o-{who}") for who in ("anna", "bo"))
        annas = await h.payments.ask(order.id, CUSTOMER, PayWay.JSAPI, anna)
        assert (await h.payments.ask(order.id, CUSTOMER, None, anna)) == annas
        bos = await h.payments.ask(order.id, CUSTOMER, PayWay.JSAPI, bo)
        assert bos.payment_id != annas.payment_id
        anybodys = await h.payments.ask(order.id, CUSTOMER)
        assert (anybodys.way, anybodys.prepay_id) == (PayWay.NATIVE.value, None)
        assert (await h.payments.ask(order.id, CUSTOMER)) == anybodys
        states = [h.provider.payments[view.payment_id].state for view in (annas, bos, anybodys)]
        assert states == ["CLOSED", "CLOSED", "NOTPAY"]
        # One who had the page open pays in the moment before it is retired: that counts.
        annas = await h.payments.ask(order.id, CUSTOMER, PayWay.JSAPI, anna)
        h.provider.tap_pay(annas.payment_id)
        with pytest.raises(Conflict):
            await h.payments.ask(order.id, CUSTOMER, PayWay.JSAPI, bo)
        assert (await h.orders.get(order.id)).payment == annas.payment_id


async def test_a_payment_is_asked_again_under_its_number_when_the_answer_was_lost(
    mongo_uri, mongo_db_name, redis_url
):
    async with house(mongo_uri, mongo_db_name, redis_url) as h:
        order = await h.deposited()
        h.provider.loses = 1.0
        with pytest.raises(ProviderFailed):
            await h.payments.ask(order.id, CUSTOMER)
        h.provider.loses = 0.0
        view = await h.payments.ask(order.id, CUSTOMER)
        assert list(h.provider.payments) == [view.payment_id]
        again = await h.payments.get(PaymentId(view.payment_id), CUSTOMER)
        assert again == view


WRONG = {
    "forged": {"key": notices.OTHER_KEY},
    "stale": {"age_seconds": 301},
    "from the future": {"age_seconds": -301},
    "not json": {"body": b"{"},
    "not an object": {"body": b"[]"},
    "empty": {"body": b""},
    "bytes that are no text": {"body": b"\xff\xfe"},
    "short nonce": {"nonce": "n"},
}


async def test_wrong_notices_change_nothing(mongo_uri, mongo_db_name, redis_url):
    async with house(mongo_uri, mongo_db_name, redis_url) as h:
        order = await h.deposited()
        view = await h.payments.ask(order.id, CUSTOMER)
        before = await h.orders.get(order.id)
        for how in WRONG.values():
            with pytest.raises(BadNotice):
                await notices.paid(h, view.payment_id).deliver(**how)
        assert await h.orders.get(order.id) == before
        assert (await h.ledger.check()).entries == 0
        # and the true one still works
        await notices.paid(h, view.payment_id).deliver()
        assert (await h.orders.get(order.id)).charge is Charge.PAID


WRONG_FIELDS = [
    {"amount_fen": 1},
    {"amount_fen": -1},
    {"amount_fen": "2000"},
    {"out_trade_no": "P-never-was"},
    {"state": "PAID"},
    {"transaction_id": None},
    {"paid_at": "yesterday"},
]


async def test_wrong_fields_change_nothing(mongo_uri, mongo_db_name, redis_url):
    async with house(mongo_uri, mongo_db_name, redis_url) as h:
        order = await h.deposited()
        view = await h.payments.ask(order.id, CUSTOMER)
        notice = notices.paid(h, view.payment_id)
        for wrong in WRONG_FIELDS:
            with pytest.raises(BadNotice):
                await notice.deliver(body=notice.body(**wrong))
        assert (await h.orders.get(order.id)).charge is Charge.UNPAID
        await notice.deliver()  # the refused ones left no replay id behind
        assert (await h.orders.get(order.id)).charge is Charge.PAID


async def test_duplicates_at_once_and_later_have_one_effect(mongo_uri, mongo_db_name, redis_url):
    async with house(mongo_uri, mongo_db_name, redis_url) as h:
        order = await h.deposited()
        view = await h.payments.ask(order.id, CUSTOMER)
        h.provider.tap_pay(view.payment_id)
        notice = notices.paid(h, view.payment_id)
        body = notice.body()
        await asyncio.gather(*(notice.deliver(body=body) for _ in range(8)))
        await notice.deliver(body=body, nonce="nonce-of-a-replay-to-the-byte")
        await notice.deliver(body=body, nonce="nonce-of-a-replay-to-the-byte")
        assert (await h.ledger.check()).entries == 1
        with pytest.raises(BadNotice):
            await notice.deliver(body=notice.body(state="CLOSED"))
        other = await h.deposited()
        second = await h.payments.ask(other.id, CUSTOMER)
        with pytest.raises(BadNotice):
            await notices.paid(h, second.payment_id).deliver(nonce="nonce-of-a-replay-to-the-byte")


async def test_the_second_of_two_payments_goes_back(mongo_uri, mongo_db_name, redis_url):
    async with house(mongo_uri, mongo_db_name, redis_url) as h:
        order = await h.deposited()
        first = await h.payments.ask(order.id, CUSTOMER)
        h.later(seconds=h.rules.payment_life_seconds)
        h.provider.loses = 0.0
        h.provider.tap_pay(first.payment_id)  # paid in the very moment it is renewed
        second = None
        with contextlib.suppress(Conflict):
            second = await h.payments.ask(order.id, CUSTOMER)
        await notices.paid(h, first.payment_id).deliver()
        if second is not None:
            h.provider.tap_pay(second.payment_id)
            await notices.paid(h, second.payment_id).deliver()
        h.later(seconds=30)
        await h.refunds.sweep()
        await h.refunds.sweep()
        h.later(seconds=30)
        await h.refunds.sweep()
        now = await h.orders.get(order.id)
        assert (now.custody, now.charge, now.payment) == (
            Custody.OPEN,
            Charge.PAID,
            first.payment_id,
        )
        check = await h.ledger.check()
        assert check.ok
        assert check.balances["provider_clearing:wechat"] == h.provider.books() == order.price_fen
        assert check.balances.get("refunds_in_flight", 0) == 0


async def test_money_for_a_parcel_taken_back_goes_back(mongo_uri, mongo_db_name, redis_url):
    async with house(mongo_uri, mongo_db_name, redis_url) as h:
        order = await h.deposited()
        view = await h.payments.ask(order.id, CUSTOMER)
        h.provider.tap_pay(view.payment_id)
        await h.set_order(order.id, custody="returning")
        await notices.paid(h, view.payment_id).deliver()
        now = await h.orders.get(order.id)
        assert (now.custody, now.charge) == (Custody.RETURNING, Charge.PAID)
        assert not await h.refunds.refund_order(order.id), "not before the parcel is out"
        await h.set_order(order.id, custody="returned", due_at=h.now)
        await h.timers.sweep()
        assert (await h.orders.get(order.id)).charge is Charge.REFUNDING
        (refund,) = await h.refunds_store.of_order(order.id)
        notice = notices.refunded(h, refund.id)
        await notice.deliver()
        await notice.deliver()
        assert (await h.orders.get(order.id)).charge is Charge.REFUNDED
        check = await h.ledger.check()
        assert check.ok and check.balances["provider_clearing:wechat"] == 0


async def test_a_payment_that_no_notice_came_for_is_found_by_asking(
    mongo_uri, mongo_db_name, redis_url
):
    async with house(mongo_uri, mongo_db_name, redis_url) as h:
        order = await h.deposited()
        view = await h.payments.ask(order.id, CUSTOMER)
        h.provider.tap_pay(view.payment_id)
        h.later(seconds=21)
        assert await h.payment_outcomes.sweep() == 1
        assert (await h.orders.get(order.id)).custody is Custody.OPEN
        await notices.paid(h, view.payment_id).deliver()  # late, and harmless
        assert (await h.ledger.check()).entries == 1


async def test_money_for_a_closed_payment_is_found_by_asking_too(
    mongo_uri, mongo_db_name, redis_url
):
    """A wallet closes nothing that nobody scanned, and takes money for it all the same."""
    async with house(mongo_uri, mongo_db_name, redis_url) as h:
        order = await h.deposited()
        first = await h.payments.ask(order.id, CUSTOMER, PayWay.PRECREATE)
        await h.payments.ask(order.id, CUSTOMER, PayWay.NATIVE)
        number = first.payment_id
        assert (await h.payments.get(number, CUSTOMER)).state == "closed"
        h.provider.payments[number] = notices.standing(h, number, "SUCCESS")
        h.later(minutes=6)
        await h.payment_outcomes.sweep()
        now = await h.orders.get(order.id)
        assert (now.charge, now.payment) == (Charge.PAID, number)


async def test_an_unpaid_payment_is_closed_when_its_time_is_over(
    mongo_uri, mongo_db_name, redis_url
):
    async with house(mongo_uri, mongo_db_name, redis_url) as h:
        order = await h.deposited()
        view = await h.payments.ask(order.id, CUSTOMER)
        h.later(seconds=h.rules.payment_life_seconds + 1)

        async def closed() -> bool:
            await h.payment_outcomes.sweep()
            return (await h.payments.get(view.payment_id, CUSTOMER)).state == "closed"

        await eventually(closed)
        assert h.provider.payments[view.payment_id].state == "CLOSED"


async def test_strangers_and_wrong_states_are_refused(mongo_uri, mongo_db_name, redis_url):
    async with house(mongo_uri, mongo_db_name, redis_url) as h:
        order = await h.deposited()
        with pytest.raises(NotFound):
            await h.payments.ask(order.id, PersonId("somebody else"))
        view = await h.payments.ask(order.id, CUSTOMER)
        with pytest.raises(NotFound):
            await h.payments.get(view.payment_id, PersonId("somebody else"))
        early = await h.deposited(custody=Custody.DEPOSITING)
        with pytest.raises(Conflict):
            await h.payments.ask(early.id, CUSTOMER)
        await notices.paid(h, view.payment_id).deliver()
        with pytest.raises(Conflict):
            await h.payments.ask(order.id, CUSTOMER)


@dataclass
class SignedByAlipay:
    """Whatever it reads has Alipay's signature."""

    reader: Any

    def read(self, *told: Any) -> Any:
        return replace(self.reader.read(*told), wallet=Wallet.ALIPAY)


async def test_a_wallet_tells_of_no_other_wallets_money(mongo_uri, mongo_db_name, redis_url):
    async with house(mongo_uri, mongo_db_name, redis_url, clock=NOW.get) as h:
        order = await h.deposited()
        view = await h.payments.ask(order.id, CUSTOMER)
        h.provider.tap_pay(view.payment_id)
        life = await paid_life(h)
        h.provider.refunds_end = "PROCESSING"
        refund = (await h.refund_desk.refund(FINANCE, life.order.id, 1, "late", "x")).refund_id
        h.provider.end_refund(refund, "SUCCESS")
        _, payout = await owed_life(h)
        h.provider.tap_confirm(payout)
        told = (
            notices.paid(h, view.payment_id),
            notices.refunded(h, refund),
            notices.transferred(h, payout),
        )
        rightly, readers = dict(h.readers), h.provider_notices._readers
        entries = await h.db["ledger"].count_documents({})
        readers.update({name: SignedByAlipay(reader) for name, reader in rightly.items()})
        for notice in told:
            with pytest.raises(BadNotice) as refused:
                await notice.deliver()
            assert refused.value.rule == "wallet"
        assert await h.db["ledger"].count_documents({}) == entries
        readers.update(rightly)
        for notice in told:
            await notice.deliver()
        assert await h.db["ledger"].count_documents({}) == entries + 3
