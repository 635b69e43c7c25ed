"""Couriers who were paid twice: held, set off, written off, on real MongoDB; nothing twice."""

import asyncio

import pytest

from realtime.wire.staff_money import MoneyQuery
from server.domain.errors import Conflict, Forbidden, InvalidInput
from server.domain.ledger import PLATFORM_FEE, courier_account, receivable
from server.domain.money import Payout
from server.domain.payments import TransferState, Waits
from server.domain.people import Role
from tests.integration.services import notices
from tests.integration.services.house import House, actor, house
from tests.integration.services.lives import FINANCE, NOW, Life, owed_life, paid_life

COURIER = "c-twice"


async def approved(h: House) -> Life:
    """Another order of that courier, whose pay is owed and was not asked for yet."""
    life = await paid_life(h)
    life.courier = COURIER
    for step in (life.claim, life.collect, life.approve):
        await step()
    return life


async def paid_twice(h: House) -> tuple[Life, str]:
    """An order whose courier has its pay under two numbers; gives the one that came late."""
    life = await approved(h)
    await life.pay_out()
    first = await life.last_try()
    forgotten = h.provider.transfers.pop(first)
    await life.pay_out()
    await h.payout_desk.settle(FINANCE, first, "商户平台没有这笔", paid=False)
    await h.payout_desk.release(FINANCE, await life.last_try(), "再付一次")
    await life.pay_out()
    h.provider.tap_confirm(await life.last_try())
    await life.pay_out()
    h.provider.transfers[first] = forgotten
    h.provider.stand(first, "SUCCESS")
    await notices.transferred(h, first).deliver()
    return life, first


async def last(h: House, life: Life) -> object:
    return (await h.payouts.of_order(life.order.id))[-1]


async def test_the_next_pay_is_held_until_staff_set_it_off(mongo_uri, mongo_db_name, redis_url):
    async with house(mongo_uri, mongo_db_name, redis_url, clock=NOW.get) as h:
        twice, debt = await paid_twice(h)
        pay = twice.order.pay_fen
        assert (await twice.judge()).out == 2 * pay
        (shown,) = (await h.payout_desk.list(MoneyQuery(state="paid_late"))).payouts
        assert (shown.payout_id, shown.owed_fen) == (debt, pay)
        check = await h.ledger.check()
        assert check.ok
        assert [(one.name, one.fen) for one in check.open] == [(receivable(COURIER), pay)]
        await h.db["payouts"].update_one({"_id": debt}, {"$set": {"owed_fen": pay - 100}})
        assert not (await h.ledger.check()).ok, "the payouts and the account differ"
        await h.db["payouts"].update_one({"_id": debt}, {"$set": {"owed_fen": pay}})
        lives = [await approved(h) for _ in range(2)]
        await h.settlement.sweep()
        await h.settlement.sweep()
        for life in lives:
            held = await last(h, life)
            assert (held.state, held.waits) == (TransferState.HELD, Waits.OWES)
            assert (await life.steps()).count("payout_held_for_debt") == 1
        with pytest.raises(Conflict):
            await h.payout_desk.set_off(FINANCE, held.id, "这笔不欠")
        await asyncio.gather(
            *(h.payout_desk.set_off(FINANCE, debt, "揽件员同意抵扣") for _ in range(2)),
            return_exceptions=True,
        )
        await h.settlement.sweep()
        ends = sorted([(await last(h, life)).state for life in lives])
        assert ends == [TransferState.AWAITING, TransferState.SET_OFF]
        assert await h.ledger.balance(receivable(COURIER)) == 0
        for life in lives:
            await life.settle()
            assert (await life.now_order()).payout is Payout.PAID_OUT
        assert await h.ledger.balance(courier_account(COURIER)) == 0
        assert (await h.settlement.earnings(COURIER)).paid_fen == 3 * pay
        check = await h.ledger.check()
        assert check.ok and not check.open, check
        with pytest.raises(Conflict):
            await h.payout_desk.write_off(FINANCE, debt, "已抵扣")


async def test_a_debt_that_is_less_than_the_pay_leaves_a_try_for_the_rest(
    mongo_uri, mongo_db_name, redis_url
):
    async with house(mongo_uri, mongo_db_name, redis_url, clock=NOW.get) as h:
        twice, debt = await paid_twice(h)
        pay = twice.order.pay_fen
        less = await approved(h)
        first = await last(h, less)
        await h.db["payouts"].update_one({"_id": first.id}, {"$set": {"amount_fen": pay // 3}})
        await h.payout_desk.set_off(FINANCE, debt, "同意")
        await h.settlement.begin(await last(h, less))  # takes a third of the debt, then no more
        await h.db["orders"].update_one({"_id": less.order.id}, {"$set": {"pay_fen": pay // 3}})
        owed = pay - pay // 3
        assert (await h.payouts.get(debt)).owed_fen == owed
        whole = await approved(h)
        await h.settlement.begin(await last(h, whole))
        kept, rest = await h.payouts.of_order(whole.order.id)
        assert (kept.state, kept.amount_fen) == (TransferState.SET_OFF, owed)
        assert (rest.state, rest.amount_fen) == (TransferState.PAYABLE, pay - owed)
        # What comes to nothing of the rest is tried again, and no more than the rest.
        await h.settlement.begin(rest)
        h.provider.tap_confirm(rest.id, accept=False)
        await notices.transferred(h, rest.id).deliver()
        assert (await last(h, whole)).amount_fen == pay - owed
        await whole.settle()
        order = await whole.now_order()
        assert order.payout is Payout.PAID_OUT
        paid = [t for t in h.provider.transfers.values() if t.state == "SUCCESS"]
        assert sum(seen.amount_fen for seen in paid) == 2 * pay + (pay - owed)


async def test_what_the_platform_bears_frees_the_next_pay(mongo_uri, mongo_db_name, redis_url):
    async with house(mongo_uri, mongo_db_name, redis_url, clock=NOW.get) as h:
        twice, debt = await paid_twice(h)
        pay, life = twice.order.pay_fen, await approved(h)
        fees = await h.ledger.balance(PLATFORM_FEE)
        await h.settlement.sweep()
        own = actor(COURIER, Role.FINANCE)
        for act in (h.payout_desk.set_off, h.payout_desk.write_off):
            with pytest.raises(Forbidden):
                await act(own, debt, "自己的")
            with pytest.raises(InvalidInput):
                await act(FINANCE, debt, " ")
        outcomes = await asyncio.gather(
            *(h.payout_desk.write_off(FINANCE, debt, "钱包的错") for _ in range(3)),
            return_exceptions=True,
        )
        assert sum(isinstance(one, Conflict) for one in outcomes) == 2
        view = (await h.payout_desk.list(MoneyQuery(state="paid_late"))).payouts[0]
        assert (view.owed_fen, view.written_off_fen) == (0, pay)
        await life.settle()
        assert (await life.judge()).out == pay
        assert await h.ledger.balance(PLATFORM_FEE) == fees + pay
        check = await h.ledger.check()
        assert check.ok and not check.open, check
        acts = [record["action"] for record in await h.audit.of(f"payout:{debt}")]
        assert acts.count("staff_write_off_payout") == 3


async def test_a_late_word_has_what_the_courier_could_still_confirm_taken_back_at_once(
    mongo_uri, mongo_db_name, redis_url
):
    async with house(mongo_uri, mongo_db_name, redis_url, clock=NOW.get) as h:
        life, first = await owed_life(h)
        forgotten = h.provider.transfers.pop(first)
        await life.pay_out()
        await h.payout_desk.settle(FINANCE, first, "商户平台没有这笔", paid=False)
        await h.payout_desk.release(FINANCE, await life.last_try(), "再付一次")
        await life.pay_out()
        second = await last(h, life)
        assert second.state is TransferState.AWAITING
        h.provider.transfers[first] = forgotten
        h.provider.stand(first, "SUCCESS")
        await notices.transferred(h, first).deliver()
        await h.settlement.sweep()  # the courier is not left ten minutes to be paid twice
        assert (await h.payouts.get(second.id)).state is TransferState.CANCELLED


async def test_pay_held_for_a_debt_goes_on_when_its_own_order_has_settled_that(
    mongo_uri, mongo_db_name, redis_url
):
    async with house(mongo_uri, mongo_db_name, redis_url, clock=NOW.get) as h:
        life = await approved(h)
        await life.pay_out()
        first = await life.last_try()
        forgotten = h.provider.transfers.pop(first)
        await life.pay_out()
        await h.payout_desk.settle(FINANCE, first, "商户平台没有这笔", paid=False)
        await h.payout_desk.release(FINANCE, await life.last_try(), "再付一次")
        await life.pay_out()
        h.provider.transfers[first] = forgotten
        h.provider.stand(first, "SUCCESS")
        await notices.transferred(h, first).deliver()
        other = await approved(h)
        await other.pay_out()
        assert (await last(h, other)).waits is Waits.OWES
        await life.pay_out()  # taken back, and what follows is set off
        assert (await life.now_order()).payout is Payout.PAID_OUT
        assert await h.ledger.balance(receivable(COURIER)) == 0
        await other.settle()
        assert (await other.now_order()).payout is Payout.PAID_OUT, "held, and nobody would know"
        assert (await h.ledger.check()).ok


async def test_pages_lose_nothing_of_one_instant(mongo_uri, mongo_db_name, redis_url):
    async with house(mongo_uri, mongo_db_name, redis_url, clock=NOW.get) as h:
        lives = [await approved(h) for _ in range(5)]
        listed, before = [], ""
        while True:
            page = await h.payout_desk.list(MoneyQuery(before=before, limit=2))
            listed += [view.payout_id for view in page.payouts]
            if page.next is None:
                break
            before = page.next
        assert sorted(listed) == sorted([await life.last_try() for life in lives])
        for wrong in ("yesterday", "2026-11-22T04:00:00~x", "0001-01-01T00:00:00Z~x"):
            with pytest.raises(InvalidInput):
                await h.payout_desk.list(MoneyQuery(before=wrong))


async def test_a_late_word_while_the_next_is_under_way_takes_that_back(
    mongo_uri, mongo_db_name, redis_url
):
    async with house(mongo_uri, mongo_db_name, redis_url, clock=NOW.get) as h:
        life, first = await owed_life(h)
        forgotten = h.provider.transfers.pop(first)
        await life.pay_out()
        await h.payout_desk.settle(FINANCE, first, "商户平台没有这笔", paid=False)
        await h.payout_desk.release(FINANCE, await life.last_try(), "再付一次")
        await life.pay_out()
        second = await life.last_try()
        h.provider.transfers[first] = forgotten
        h.provider.stand(first, "SUCCESS")
        late = notices.transferred(h, first)
        await asyncio.gather(*(late.deliver() for _ in range(3)), life.pay_out())
        await life.pay_out()
        states = {t.id: t.state for t in await h.payouts.of_order(life.order.id)}
        assert states.pop(first) is TransferState.PAID_LATE
        assert states.pop(second) is TransferState.CANCELLED
        assert list(states.values()) == [TransferState.SET_OFF]
        assert (await life.judge()).out == life.order.pay_fen
        check = await h.ledger.check()
        assert check.ok and not check.open
