"""Couriers' pay on real MongoDB: one number a try, the limit of a day, staff's hand in it."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from realtime.wire.staff_money import MoneyQuery
from server.domain.errors import Conflict, Forbidden, InvalidInput, NotFound, ProviderFailed
from server.domain.money import Payout
from server.domain.payments import TransferState, Waits
from server.domain.people import Role
from server.domain.transfers import next_day
from tests.integration.services import notices
from tests.integration.services.house import House, actor, house
from tests.integration.services.lives import FINANCE, NOW, Life, owed_life, paid_life


async def approved(h: House, courier: str | None = None) -> Life:
    """An order whose pay is owed and was not asked for yet."""
    life = await paid_life(h)
    life.courier = courier or life.courier
    for step in (life.claim, life.collect, life.approve):
        await step()
    return life


async def last(h: House, life: Life) -> object:
    return (await h.payouts.of_order(life.order.id))[-1]


async def test_two_workers_do_not_exceed_the_limit_of_a_day(mongo_uri, mongo_db_name, redis_url):
    async with house(mongo_uri, mongo_db_name, redis_url, clock=NOW.get) as h:
        lives = [await approved(h, "c-busy") for _ in range(5)]
        pay = lives[0].order.pay_fen
        h.settlement._rules = replace(h.rules, payout_day_fen=2 * pay + 1)
        tries = [await last(h, life) for life in lives]
        await asyncio.gather(*(h.settlement.begin(one) for one in tries for _ in range(2)))
        assert len(h.provider.transfers) == 2
        waiting = [t for life in lives if (t := await last(h, life)).state == "payable"]
        assert len(waiting) == 3
        assert {t.waits for t in waiting} == {Waits.DAY_CAP}
        assert {t.not_before for t in waiting} == {next_day(NOW.get())}
        page = await h.payout_desk.pay(FINANCE, [t.id for t in waiting], "急用")
        assert {view.waits for view in page.payouts} == {"day_cap"}, "staff do not get past it"
        # One that came to nothing gives its part of the day back.
        failed = next(iter(h.provider.transfers))
        h.provider.stand(failed, "FAIL")
        await notices.transferred(h, failed).deliver()
        await h.payout_desk.pay(FINANCE, [waiting[0].id], "急用")
        assert len(h.provider.transfers) == 3
        NOW.set(next_day(NOW.get()))
        await h.settlement.sweep()
        assert len(h.provider.transfers) == 5, "two more a day later"
        assert (await h.ledger.check()).ok


async def test_a_courier_without_a_wallet_hears_so_once_and_is_paid_later(
    mongo_uri, mongo_db_name, redis_url
):
    async with house(mongo_uri, mongo_db_name, redis_url, clock=NOW.get) as h:
        life = await approved(h)
        h.provider.strangers.add(life.courier)
        for _ in range(3):
            await h.settlement.sweep()
            life.later(minutes=5)
        waiting = await last(h, life)
        assert (waiting.state, waiting.waits) == (TransferState.PAYABLE, Waits.PAYEE)
        assert (await life.steps()).count("payout_without_payee") == 1
        assert not h.provider.transfers
        h.provider.strangers.clear()
        h.provider.nameless.add(life.courier)  # linked; but the wallet wants a name with so much
        for _ in range(2):
            await h.settlement.sweep()
            life.later(minutes=5)
        assert (await last(h, life)).waits is Waits.NAME
        assert (await life.steps()).count("payout_without_name") == 1
        assert not h.provider.transfers
        h.provider.nameless.clear()
        await h.settlement.sweep()
        (transfer,) = h.provider.transfers
        assert h.provider.payee_of[transfer] == f"open-{life.courier}"
        assert (await last(h, life)).waits is None


STATES = ("ACCEPTED", "PROCESSING", "WAIT_USER_CONFIRM", "TRANSFERING", "SUCCESS")


async def test_every_state_of_a_transfer_and_its_notices_in_reverse(
    mongo_uri, mongo_db_name, redis_url
):
    async with house(mongo_uri, mongo_db_name, redis_url, clock=NOW.get) as h:
        h.provider.transfers_start = "ACCEPTED"
        life = await approved(h)
        await life.pay_out()
        number = (await last(h, life)).id
        told = []
        for state in STATES:
            h.provider.stand(number, state)
            told.append(notices.transferred(h, number))
            await life.pay_out()
        for notice in reversed(told):
            await notice.deliver()
        steps = await life.steps()
        assert steps.count("awaiting_confirmation") == steps.count("paid_out") == 1
        assert (await life.judge()).order.payout is Payout.PAID_OUT
        other, held = await owed_life(h)
        h.provider.stand(held, "CANCELING")
        await notices.transferred(h, held).deliver()
        assert (await last(h, other)).state is TransferState.CANCELING
        h.provider.stand(held, "CANCELLED")
        await notices.transferred(h, held).deliver()
        states = [t.state for t in await h.payouts.of_order(other.order.id)]
        assert states == [TransferState.CANCELLED, TransferState.PAYABLE]
        assert (await h.ledger.check()).ok


async def test_a_number_that_the_wallet_may_have_forgotten_is_never_asked_again(
    mongo_uri, mongo_db_name, redis_url
):
    async with house(mongo_uri, mongo_db_name, redis_url, clock=NOW.get) as h:
        life, number = await owed_life(h)
        h.provider.transfers.clear()
        await life.pay_out()
        assert h.provider.asked_transfers == [number]
        assert (await last(h, life)).trouble == "unheard"
        other = await approved(h)
        h.provider.loses = 1.0
        await other.pay_out()
        h.provider.loses = 0.0
        h.provider.transfers.clear()
        h.provider.asked_transfers.clear()
        NOW.set(NOW.get() + timedelta(days=26))
        await other.pay_out()
        forgotten = await last(h, other)
        assert not h.provider.asked_transfers and forgotten.trouble == "unheard"
        # Nobody but staff can say how these two ended.
        settle = h.payout_desk.settle
        assert (await settle(FINANCE, number, "商户平台显示已付", paid=True)).state == "done"
        told = await settle(FINANCE, forgotten.id, "商户平台没有这笔", paid=False)
        assert told.state == "cancelled"
        assert (await last(h, other)).state is TransferState.HELD
        fresh, asked = await owed_life(h)
        with pytest.raises(Conflict):
            await settle(FINANCE, asked, "x", paid=True)
        assert (await fresh.now_order()).payout is Payout.AWAITING
        assert (await h.ledger.check()).ok


async def test_what_a_wallet_forgot_for_a_moment_is_not_for_staff_to_end(
    mongo_uri, mongo_db_name, redis_url
):
    """Said to be unpaid while the courier can still confirm it, it would be paid twice."""
    async with house(mongo_uri, mongo_db_name, redis_url, clock=NOW.get) as h:
        settle = h.payout_desk.settle
        for looked_since in (False, True):
            life, number = await owed_life(h)
            known, h.provider.transfers = h.provider.transfers, {}
            await life.pay_out()
            assert (await last(h, life)).trouble == "unheard"
            h.provider.transfers = known
            if looked_since:
                await life.pay_out()
                assert (await last(h, life)).trouble is None
            with pytest.raises(Conflict):
                await settle(FINANCE, number, "商户平台没有这笔", paid=False)
            assert len(await h.payouts.of_order(life.order.id)) == 1
            h.provider.tap_confirm(number)
            await notices.transferred(h, number).deliver()
            assert (await life.judge()).out == life.order.pay_fen


async def test_staff_hold_release_and_pay_now(mongo_uri, mongo_db_name, redis_url):
    async with house(mongo_uri, mongo_db_name, redis_url, clock=NOW.get) as h:
        life, desk = await approved(h), h.payout_desk
        number = (await last(h, life)).id
        assert (await desk.hold(FINANCE, number, "有投诉")).state == "held"
        await h.settlement.sweep()
        assert (await desk.pay(FINANCE, [number], "x")).payouts[0].state == "held"
        assert not h.provider.transfers
        listed = (await desk.list(MoneyQuery(state="held"))).payouts
        assert [(view.payout_id, view.waits) for view in listed] == [(number, "staff")]
        assert (await desk.release(FINANCE, number, "已核实")).state == "payable"
        (view,) = (await desk.pay(FINANCE, [number, number], "急用")).payouts
        assert view.state == "awaiting_confirmation"
        records = await h.audit.of(f"payout:{number}")
        assert sorted(record["action"] for record in records) == [
            "staff_hold_payout",
            "staff_pay_now",  # of one that was held: asked for, and not done
            "staff_pay_now",
            "staff_release_payout",
        ]
        for act in (desk.hold, desk.release):
            with pytest.raises(Conflict):
                await act(FINANCE, number, "x")


async def test_staff_take_a_payout_back_and_the_next_is_held(mongo_uri, mongo_db_name, redis_url):
    async with house(mongo_uri, mongo_db_name, redis_url, clock=NOW.get) as h:
        life, number = await owed_life(h)
        assert (await h.payout_desk.cancel(FINANCE, number, "金额有误")).state == "cancelled"
        held = await last(h, life)
        assert (held.state, held.waits) == (TransferState.HELD, Waits.STAFF)
        assert held.id != number
        view = await h.payout_desk.reissue(FINANCE, number, "已更正")
        assert (view.payout_id, view.state) == (held.id, "awaiting_confirmation")
        h.provider.tap_confirm(held.id)
        await notices.transferred(h, held.id).deliver()
        assert (await life.judge()).out == life.order.pay_fen
        with pytest.raises(Conflict):
            await h.payout_desk.reissue(FINANCE, held.id, "x")


async def test_what_a_wallet_refused_is_taken_back_without_asking_for_it_again(
    mongo_uri, mongo_db_name, redis_url
):
    """The wallet would pay now; nobody wants it to, and the order can be paid anew."""
    async with house(mongo_uri, mongo_db_name, redis_url, clock=NOW.get) as h:
        life = await approved(h)
        transfer, h.provider.transfer = h.provider.transfer, refusing
        await life.pay_out()
        number = (await last(h, life)).id
        assert (await last(h, life)).trouble == "OPENID_MISMATCH"
        h.provider.transfer = transfer
        listed = await last(h, life)
        view = await h.payout_desk.cancel(FINANCE, number, "换了微信")
        assert (view.state, view.trouble) == ("asked", "not_come")
        await h.settlement.follow(listed)  # by a worker that read it before staff's word
        assert not h.provider.asked_transfers
        life.later(minutes=10)
        await life.pay_out()
        held = await last(h, life)
        assert (held.state, held.waits) == (TransferState.HELD, Waits.STAFF)
        await h.payout_desk.release(FINANCE, held.id, "已核实")
        await life.pay_out()
        assert h.provider.asked_transfers == [held.id] != [number]
        h.provider.tap_confirm(held.id)
        await life.pay_out()
        assert (await life.judge()).out == life.order.pay_fen
        assert (await h.ledger.check()).ok


async def refusing(transfer: object, payee: object) -> object:
    raise ProviderFailed(rule="OPENID_MISMATCH", status=400, retry=False)


async def test_a_courier_who_confirmed_first_keeps_the_pay(mongo_uri, mongo_db_name, redis_url):
    async with house(mongo_uri, mongo_db_name, redis_url, clock=NOW.get) as h:
        life, number = await owed_life(h)
        h.provider.tap_confirm(number)
        assert (await h.payout_desk.cancel(FINANCE, number, "x")).state == "done"
        assert len(await h.payouts.of_order(life.order.id)) == 1
        assert (await life.judge()).out == life.order.pay_fen


async def test_a_cancel_whose_answer_is_lost_is_carried_out_later(
    mongo_uri, mongo_db_name, redis_url
):
    async with house(mongo_uri, mongo_db_name, redis_url, clock=NOW.get) as h:
        life, number = await owed_life(h)
        h.provider.loses = 1.0
        view = await h.payout_desk.cancel(FINANCE, number, "x")
        assert (view.state, view.afterwards) == ("awaiting_confirmation", "hold")
        h.provider.loses = 0.0
        await life.pay_out()
        assert (await last(h, life)).state is TransferState.HELD
        assert len(await h.payouts.of_order(life.order.id)) == 2


async def test_who_may_not_act_on_a_payout(mongo_uri, mongo_db_name, redis_url):
    async with house(mongo_uri, mongo_db_name, redis_url, clock=NOW.get) as h:
        life, number = await owed_life(h)
        own, desk = actor(life.courier, Role.FINANCE), h.payout_desk
        for act in (desk.hold, desk.release, desk.cancel, desk.reissue):
            with pytest.raises(Forbidden):
                await act(own, number, "x")
            with pytest.raises(InvalidInput):
                await act(FINANCE, number, "  ")
            with pytest.raises(NotFound):
                await act(FINANCE, "TNOBODY", "x")
        with pytest.raises(Forbidden):
            await desk.pay(own, [number], "x")
        assert not await h.audit.of(f"payout:{number}")


async def test_forged_and_wrong_notices_are_counted(mongo_uri, mongo_db_name, redis_url):
    async with house(mongo_uri, mongo_db_name, redis_url, clock=NOW.get) as h:
        _, number = await owed_life(h)
        notice = notices.transferred(h, number)
        for wrong in ({"key": notices.OTHER_KEY}, {"key": notices.OTHER_KEY}, {"body": b"{"}):
            with pytest.raises(InvalidInput):
                await notice.deliver(**wrong)
        with pytest.raises(InvalidInput):
            await notice.deliver(body=notice.body(amount_fen=1))
        counted = {(one.callback, one.rule): one.count for one in await h.refused.since("2026")}
        assert counted == {
            ("wechatpay", "signature"): 2,
            ("wechatpay", "well_formed"): 1,
            ("wechatpay", "as_asked"): 1,
        }
        with pytest.raises(NotFound):
            await h.provider_notices.receive("alipay", {}, b"")
