"""Refunds on real MongoDB: parts that never exceed the whole, what is stuck, who bears it."""

import asyncio

import pytest

from realtime.wire.staff_money import MoneyQuery
from server.domain.custody import Custody
from server.domain.errors import (
    Conflict,
    DomainError,
    Forbidden,
    InvalidInput,
    NotFound,
    ProviderFailed,
)
from server.domain.money import Charge
from server.domain.payments import PayWay, RefundState
from server.domain.people import Role
from tests import builders
from tests.integration.services import notices
from tests.integration.services.house import House, actor, house
from tests.integration.services.lives import FINANCE, NOW, Life, new_life, paid_life


async def part(h: House, life: Life, fen: int | None, words: str = "外箱破损") -> str:
    view = await h.refund_desk.refund(FINANCE, life.order.id, fen, "damaged", words)
    return view.refund_id


async def test_parts_under_numbers_of_their_own_until_all_is_back(
    mongo_uri, mongo_db_name, redis_url
):
    async with house(mongo_uri, mongo_db_name, redis_url, clock=NOW.get) as h:
        life = await paid_life(h)
        price = life.order.price_fen
        first = await part(h, life, 300)
        order = await life.now_order()
        assert (order.charge, order.custody) == (Charge.PAID, Custody.OPEN), "it travels on"
        second = await part(h, life, 200)
        assert first != second and {first[-2:], second[-2:]} == {"N1", "N2"}
        await life.tell_refunds()
        assert (await life.now_order()).charge is Charge.PAID
        await part(h, life, None)
        order = await life.now_order()
        assert (order.charge, order.refund_asked_fen) == (Charge.REFUNDING, price)
        assert order.custody is Custody.RETURNING, "a parcel that nobody pays does not travel"
        await life.tell_refunds()
        end = await life.judge()
        assert (end.order.charge, end.back) == (Charge.REFUNDED, price)
        assert end.steps.count("part_refunded") == 2
        listed = (await h.refund_desk.list(MoneyQuery(state=""))).refunds
        assert sorted(r.amount_fen for r in listed) == [200, 300, price - 500]
        assert {r.asked_by for r in listed} == {"finance"} and {r.note for r in listed} == {
            "外箱破损"
        }
        (record, *_) = await h.audit.of(f"order:{life.order.id}")
        assert (record["action"], record["actor"]) == ("staff_refund", "finance")
        assert (await h.ledger.check()).ok


async def test_refunds_at_once_never_exceed_what_was_paid(mongo_uri, mongo_db_name, redis_url):
    async with house(mongo_uri, mongo_db_name, redis_url, clock=NOW.get) as h:
        life = await paid_life(h)
        results = await asyncio.gather(
            *(part(h, life, 700) for _ in range(6)), return_exceptions=True
        )
        refused = [r for r in results if isinstance(r, Conflict)]
        assert len(refused) == 4 and all(r.rule == "at_most_paid" for r in refused)
        with pytest.raises(Conflict):
            await part(h, life, 601)
        await part(h, life, 600)
        with pytest.raises(Conflict):
            await part(h, life, None)
        await life.give_back()
        end = await life.judge()
        assert (end.back, end.order.charge) == (life.order.price_fen, Charge.REFUNDED)
        assert (await h.ledger.check()).ok


async def test_what_may_not_be_refunded(mongo_uri, mongo_db_name, redis_url):
    async with house(mongo_uri, mongo_db_name, redis_url, clock=NOW.get) as h:
        life = await paid_life(h)
        unpaid = await h.deposited()
        desk, order = h.refund_desk, life.order.id
        own = actor(life.order.customer, Role.FINANCE)
        for wrong, refusal in (
            ((FINANCE, "LJ-nothing", 1, "damaged", "x"), NotFound),
            ((FINANCE, unpaid.id, 1, "damaged", "x"), Conflict),
            ((own, order, 1, "damaged", "x"), Forbidden),
            ((FINANCE, order, 1, "paid_twice", "x"), InvalidInput),
            ((FINANCE, order, 1, "damaged", "  "), InvalidInput),
            ((FINANCE, order, life.order.price_fen + 1, "damaged", "x"), InvalidInput),
        ):
            with pytest.raises(refusal):
                await desk.refund(*wrong)
        assert not await h.refunds_store.of_order(order)
        with pytest.raises(InvalidInput):
            await desk.list(MoneyQuery(state="nowhere"))


async def stuck(h: House) -> tuple[Life, str]:
    """A part that the wallet cannot give back."""
    life = await paid_life(h)
    h.provider.refunds_end = "ABNORMAL"
    refund = await part(h, life, 500)
    await life.give_back()
    (view,) = (await h.refund_desk.list(MoneyQuery(state="stuck"))).refunds
    assert (view.refund_id, view.trouble) == (refund, "ABNORMAL")
    assert "refund_stuck" in (await life.steps())
    return life, refund


async def test_what_is_stuck_is_asked_again_under_the_same_number(
    mongo_uri, mongo_db_name, redis_url
):
    async with house(mongo_uri, mongo_db_name, redis_url, clock=NOW.get) as h:
        life, refund = await stuck(h)
        assert (await h.refund_desk.retry(FINANCE, refund, "再试")).state == "asked"
        await life.give_back()
        assert (await h.refunds_store.find(refund)).state is RefundState.STUCK, "still so"
        h.provider.refunds_end = "SUCCESS"
        await h.refund_desk.retry(FINANCE, refund, "客户换了卡")
        await life.give_back()
        assert list(h.provider.refunds) == [refund]
        assert (await life.judge()).order.refund_done_fen == 500
        for act in (h.refund_desk.retry, h.refund_desk.settle):
            with pytest.raises(Conflict):
                await act(FINANCE, refund, "again")
        assert (await h.ledger.check()).ok


async def test_settled_by_hand_and_then_by_the_wallet_too(mongo_uri, mongo_db_name, redis_url):
    async with house(mongo_uri, mongo_db_name, redis_url, clock=NOW.get) as h:
        life, refund = await stuck(h)
        with pytest.raises(InvalidInput):
            await h.refund_desk.settle(FINANCE, refund, " ")
        assert (await h.refund_desk.settle(FINANCE, refund, "银行转账")).state == "by_hand"
        assert (await life.now_order()).refund_done_fen == 500
        assert (await h.ledger.check()).ok
        h.provider.end_refund(refund, "SUCCESS")
        await life.tell(notices.refunded(h, refund))
        assert (await h.ledger.balance("suspense")) == 500, "finance ask for it"
        assert "refunded_by_wallet_too" in await life.steps()
        assert (await life.now_order()).refund_done_fen == 500
        assert (await h.ledger.check()).ok
        own = actor(life.order.customer, Role.FINANCE)
        with pytest.raises(Forbidden):
            await h.suspense.close(own, refund, "客户转回了", True)
        with pytest.raises(InvalidInput):
            await h.suspense.close(FINANCE, refund, " ", True)
        for unknown in ("RLJ0N1", life.order.id):
            with pytest.raises(NotFound):
                await h.suspense.close(FINANCE, unknown, "没有", True)
        bank = await h.ledger.balance("bank")
        assert (await h.suspense.close(FINANCE, refund, "客户转回了", True)).closed_fen == 500
        assert await h.ledger.balance("suspense") == 0
        assert await h.ledger.balance("bank") == bank + 500, "what staff had sent is back"
        with pytest.raises(Conflict):
            await h.suspense.close(FINANCE, refund, "再来一次", False)
        check = await h.ledger.check()
        assert check.ok and check.open == ()


async def test_what_the_wallet_did_after_all_is_not_done_by_hand(
    mongo_uri, mongo_db_name, redis_url
):
    async with house(mongo_uri, mongo_db_name, redis_url, clock=NOW.get) as h:
        life, refund = await stuck(h)
        h.provider.end_refund(refund, "SUCCESS")
        with pytest.raises(Conflict):
            await h.refund_desk.settle(FINANCE, refund, "银行转账")
        assert (await h.refunds_store.find(refund)).state is RefundState.DONE
        assert (await life.judge()).back == 500


async def test_what_the_wallet_is_about_to_do_is_not_done_by_hand(
    mongo_uri, mongo_db_name, redis_url
):
    async with house(mongo_uri, mongo_db_name, redis_url, clock=NOW.get) as h:
        life, refund = await stuck(h)
        h.provider.end_refund(refund, "PROCESSING")
        with pytest.raises(Conflict):
            await h.refund_desk.settle(FINANCE, refund, "银行转账")
        h.provider.end_refund(refund, "SUCCESS")
        await life.tell(notices.refunded(h, refund))
        assert (await life.judge()).back == 500
        assert (await h.ledger.balance("suspense")) == 0


async def test_staff_do_not_act_on_a_refund_of_their_own(mongo_uri, mongo_db_name, redis_url):
    async with house(mongo_uri, mongo_db_name, redis_url, clock=NOW.get) as h:
        life, refund = await stuck(h)
        own = actor(life.order.customer, Role.FINANCE)
        for act in (h.refund_desk.retry, h.refund_desk.settle):
            with pytest.raises(Forbidden):
                await act(own, refund, "x")
        assert not await h.audit.of(f"refund:{refund}")


async def test_what_the_wallet_refuses_for_good_is_settled_by_hand(
    mongo_uri, mongo_db_name, redis_url
):
    async with house(mongo_uri, mongo_db_name, redis_url, clock=NOW.get) as h:
        life = await paid_life(h)
        answers, h.provider.refund = h.provider.refund, unanswered
        refund = await part(h, life, 500)
        with pytest.raises(Conflict):  # it may be on its way
            await h.refund_desk.settle(FINANCE, refund, "银行转账")
        h.provider.refund = penniless
        await life.give_back()
        listed = await h.refunds_store.find(refund)
        assert (await h.refund_desk.settle(FINANCE, refund, "银行转账")).state == "by_hand"
        h.provider.refund = answers
        await h.refunds.send(listed)  # by a worker that listed it before
        assert not h.provider.refunds
        assert (await life.now_order()).refund_done_fen == 500
        assert (await h.ledger.check()).ok


async def unanswered(refund: object) -> object:
    raise ProviderFailed(rule="no_answer")


async def test_the_platform_bears_refunds_and_the_courier_is_paid_whole(
    mongo_uri, mongo_db_name, redis_url
):
    """A part before the settlement, the rest after it."""
    async with house(mongo_uri, mongo_db_name, redis_url, clock=NOW.get) as h:
        life = await paid_life(h)
        price, pay = life.order.price_fen, life.order.pay_fen
        await life.claim()
        await part(h, life, 500)
        for step in (life.collect, life.approve):
            await step()
        assert (await h.ledger.balance("platform_fee")) == 500 - (price - pay)
        await part(h, life, None, "投诉")
        await life.settle()
        end = await life.judge()
        assert (end.order.charge, end.back, end.out) == (Charge.REFUNDED, price, pay)
        assert (await h.ledger.balance("platform_fee")) == pay
        assert (await h.ledger.balance("customer_funds")) == 0
        assert (await h.ledger.check()).ok


async def test_what_is_left_goes_back_with_the_parcel(mongo_uri, mongo_db_name, redis_url):
    async with house(mongo_uri, mongo_db_name, redis_url, clock=NOW.get) as h:
        life = await paid_life(h)
        await part(h, life, 500)
        await life.take_back()
        await life.take_out()
        await life.settle()
        end = await life.judge()
        assert (end.order.charge, end.back) == (Charge.REFUNDED, life.order.price_fen)
        assert len(await h.refunds_store.of_order(life.order.id)) == 2


async def test_another_way_to_pay_retires_the_running_one(mongo_uri, mongo_db_name, redis_url):
    async with house(mongo_uri, mongo_db_name, redis_url, clock=NOW.get) as h:
        order = await h.deposited()
        ask = h.payments.ask
        native = await ask(order.id, builders.CUSTOMER)
        assert native.way == "wechat_native"
        alipay = await ask(order.id, builders.CUSTOMER, PayWay.PRECREATE)
        assert h.provider.payments[native.payment_id].state == "CLOSED"
        assert (await ask(order.id, builders.CUSTOMER)) == alipay, "no way chosen: the running one"
        h.provider.tap_pay(alipay.payment_id)
        with pytest.raises(Conflict):  # paid in the moment another way is chosen: it counts
            await ask(order.id, builders.CUSTOMER, PayWay.NATIVE)
        assert (await h.orders.get(order.id)).charge is Charge.PAID
        assert (await h.ledger.balance("provider_clearing:alipay")) == order.price_fen


async def test_a_way_whose_wallet_is_silent_holds_nobody_up(mongo_uri, mongo_db_name, redis_url):
    async with house(mongo_uri, mongo_db_name, redis_url, clock=NOW.get) as h:
        order = await h.deposited()
        native = await h.payments.ask(order.id, builders.CUSTOMER)
        close, h.provider.close = h.provider.close, silent
        await h.payments.ask(order.id, builders.CUSTOMER, PayWay.PRECREATE)
        assert h.provider.payments[native.payment_id].state == "NOTPAY"
        h.provider.close = close
        await h.payment_outcomes.look(await h.payments_store.get(native.payment_id))
        assert h.provider.payments[native.payment_id].state == "CLOSED", "the sweep retires it"


async def silent(payment: object) -> bool:
    raise ProviderFailed(rule="no_answer")


async def test_a_wallet_that_is_not_set_up_is_not_offered(mongo_uri, mongo_db_name, redis_url):
    async with house(mongo_uri, mongo_db_name, redis_url, clock=NOW.get) as h:
        order = await h.deposited()
        h.payments._wallets = {}
        with pytest.raises(DomainError) as refused:
            await h.payments.ask(order.id, builders.CUSTOMER, PayWay.PRECREATE)
        assert (refused.value.field, refused.value.rule) == ("way", "offered_way")


async def test_what_a_wallet_refuses_is_kept_for_staff_to_see(mongo_uri, mongo_db_name, redis_url):
    async with house(mongo_uri, mongo_db_name, redis_url, clock=NOW.get) as h:
        life = await paid_life(h)
        refund, h.provider.refund = h.provider.refund, penniless
        await part(h, life, 500)
        (view,) = (await h.refund_desk.list(MoneyQuery(state="asked"))).refunds
        assert view.trouble == "NOT_ENOUGH"
        h.provider.refund = refund
        await life.give_back()
        await life.give_back()
        (view,) = (await h.refund_desk.list(MoneyQuery(state="done"))).refunds
        assert view.trouble is None


async def penniless(refund: object) -> object:
    raise ProviderFailed(rule="NOT_ENOUGH", status=403)


async def test_a_second_payment_that_comes_after_the_settlement_goes_back(
    mongo_uri, mongo_db_name, redis_url
):
    async with house(mongo_uri, mongo_db_name, redis_url, clock=NOW.get) as h:
        life = await new_life(h)
        late = await life.ask(PayWay.NATIVE)
        paid = await life.ask(PayWay.PRECREATE)
        life.tap(paid)
        await life.tell_paid(paid)
        for step in (life.claim, life.collect, life.approve):
            await step()
        await part(h, life, 100)
        h.provider.payments[late] = notices.standing(h, late, "SUCCESS")
        await life.tell_paid(late)
        await life.settle()
        end = await life.judge()
        assert (end.order.charge, end.order.payment) == (Charge.PAID, paid)
        assert (end.back, end.out) == (life.order.price_fen + 100, life.order.pay_fen)
        check = await h.ledger.check()
        assert check.ok, check
