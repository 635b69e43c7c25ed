"""Every case of the compensations in every order of its events, each notice repeated.

On real MongoDB, with a wallet that answers as told. After each: the books agree with the
wallet's, nobody is paid twice, nothing paid is lost.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import permutations

import pytest

from server.domain.compensations import Case
from server.domain.custody import Custody
from server.domain.errors import Conflict, Forbidden
from server.domain.ledger import receivable
from server.domain.money import Charge, Payout
from server.domain.payments import PayWay, TransferState
from server.domain.people import Role
from tests.integration.services import notices
from tests.integration.services.house import House, actor, house
from tests.integration.services.lives import (
    FINANCE,
    NOW,
    Event,
    Life,
    Verdict,
    new_life,
    owed_life,
    paid_life,
)

#: Lives at once: enough to keep MongoDB busy, few enough not to make it conflict.
AT_ONCE = 6

Begin = Callable[[House], Awaitable[tuple[Life, tuple[Event, ...]]]]


@asynccontextmanager
async def town(mongo_uri: str, name: str, redis_url: str) -> AsyncIterator[House]:
    async with house(mongo_uri, name, redis_url, clock=NOW.get) as h:
        yield h


async def every_order(h: House, begin: Begin, events: int) -> list[tuple[Life, Verdict]]:
    """Play a case in every order of its events, side by side."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def play(order: tuple[int, ...]) -> tuple[Life, Verdict]:
        async with gate:
            life, happen = await begin(h)
            assert len(happen) == events
            await life.play(happen[n] for n in order)
            await life.settle()
            return life, await life.judge()

    every = [play(order) for order in permutations(range(events))]
    ended = await asyncio.gather(*every)
    check = await h.ledger.check()
    assert check.ok, check
    return ended


async def test_stored_but_unpaid(mongo_uri, mongo_db_name, redis_url):
    async def begin(h: House) -> tuple[Life, tuple[Event, ...]]:
        life = await new_life(h)
        first = await life.ask()

        async def time_is_over() -> None:
            """It is reminded of, and its way to pay is closed."""
            life.later(minutes=11)
            await life.timers()
            life.later(seconds=h.rules.payment_life_seconds)
            await life.look()

        async def pay_the_first() -> None:
            """Pay, and be it a way that was closed in that moment."""
            if h.provider.payments[first].state != "REFUND":
                h.provider.payments[first] = notices.standing(h, first, "SUCCESS")
            await life.tell_paid(first)

        return life, (time_is_over, life.ask, pay_the_first)

    async with town(mongo_uri, mongo_db_name, redis_url) as h:
        for _, end in await every_order(h, begin, 3):
            assert (end.order.custody, end.order.charge) == (Custody.OPEN, Charge.PAID)
            assert (end.paid, end.back) == (end.order.price_fen, 0)


async def test_paid_but_not_stored(mongo_uri, mongo_db_name, redis_url):
    async def begin(h: House) -> tuple[Life, tuple[Event, ...]]:
        life = await new_life(h)
        payment = await life.ask()
        life.tap(payment)

        async def notice() -> None:
            await life.tell_paid(payment)

        return life, (notice, life.look, life.take_back, life.take_out)

    async with town(mongo_uri, mongo_db_name, redis_url) as h:
        for _, end in await every_order(h, begin, 4):
            assert (end.order.custody, end.order.charge) == (Custody.RETURNED, Charge.REFUNDED)
            assert end.paid == end.back == end.order.price_fen
            assert "refunding" in end.steps and "refunded" in end.steps


async def test_paid_twice(mongo_uri, mongo_db_name, redis_url):
    async def begin(h: House) -> tuple[Life, tuple[Event, ...]]:
        life = await new_life(h)
        first = await life.ask(PayWay.NATIVE)
        closed = h.provider.payments[first]
        second = await life.ask(PayWay.PRECREATE)
        h.provider.payments[first] = closed  # the way that was retired is paid all the same
        life.tap(first)
        life.tap(second)

        async def notice_of_first() -> None:
            await life.tell_paid(first)

        async def notice_of_second() -> None:
            await life.tell_paid(second)

        return life, (notice_of_first, notice_of_second, life.look)

    async with town(mongo_uri, mongo_db_name, redis_url) as h:
        for _, end in await every_order(h, begin, 3):
            assert end.order.charge is Charge.PAID
            assert (end.paid, end.back) == (2 * end.order.price_fen, end.order.price_fen)
            assert end.steps.count("paid_twice") == 1


async def test_two_notices_and_two_questions_at_once(mongo_uri, mongo_db_name, redis_url):
    """Both wallets tell, and are asked, in one moment: one payment counts, one goes back."""
    async with town(mongo_uri, mongo_db_name, redis_url) as h:
        life = await new_life(h)
        first = await life.ask(PayWay.NATIVE)
        second = await life.ask(PayWay.PRECREATE)
        for number in (first, second):
            h.provider.payments[number] = notices.standing(h, number, "SUCCESS")
        payments = await h.payments_store.of_order(life.order.id)
        told = [notices.paid(h, number) for number in (first, second)]
        await asyncio.gather(
            *(notice.deliver() for notice in told for _ in range(3)),
            *(h.payment_outcomes.look(payment) for payment in payments for _ in range(2)),
        )
        await life.settle(1)
        end = await life.judge()
        assert (end.order.custody, end.order.charge) == (Custody.OPEN, Charge.PAID)
        assert (end.paid, end.back) == (2 * end.order.price_fen, end.order.price_fen)
        assert (await h.ledger.check()).ok


async def test_paid_after_cancel(mongo_uri, mongo_db_name, redis_url):
    async def begin(h: House) -> tuple[Life, tuple[Event, ...]]:
        life = await new_life(h)
        payment = await life.ask()

        async def pay() -> None:
            life.tap(payment)
            await life.tell_paid(payment)

        async def expire() -> None:
            life.later(seconds=h.rules.payment_life_seconds)
            await life.look()

        return life, (life.take_back, pay, expire)

    async with town(mongo_uri, mongo_db_name, redis_url) as h:
        for _, end in await every_order(h, begin, 3):
            assert end.order.custody is Custody.RETURNED
            assert end.paid == end.back
            assert end.order.charge is (Charge.REFUNDED if end.paid else Charge.UNPAID)


async def test_refunded_while_claimed(mongo_uri, mongo_db_name, redis_url):
    async def begin(h: House) -> tuple[Life, tuple[Event, ...]]:
        life = await paid_life(h)
        await life.claim()

        async def refund() -> None:
            await h.refund_desk.refund(FINANCE, life.order.id, None, "goodwill", "客户投诉")

        return life, (refund, life.collect, life.approve, life.tell_refunds)

    async with town(mongo_uri, mongo_db_name, redis_url) as h:
        for life, end in await every_order(h, begin, 4):
            assert end.order.charge is Charge.REFUNDED and end.paid == end.back
            if end.order.custody is Custody.RETURNED:
                assert end.out == 0 and "take_back" in end.steps
            else:
                assert end.steps.index("collected") < end.steps.index("refunding")
                await life.approve() if end.order.custody is not Custody.DONE else None
                await life.settle()
                assert (await life.judge()).out == end.order.pay_fen
        assert (await h.ledger.check()).ok


async def test_payout_failed(mongo_uri, mongo_db_name, redis_url):
    async def begin(h: House) -> tuple[Life, tuple[Event, ...]]:
        life, first = await owed_life(h)
        waiting = notices.transferred(h, first)

        async def fail() -> None:
            h.provider.stand(first, "FAIL")
            await life.tell_transfer(first)

        async def stale() -> None:
            await life.tell(waiting)

        return life, (fail, life.pay_out, stale)

    async with town(mongo_uri, mongo_db_name, redis_url) as h:
        for life, end in await every_order(h, begin, 3):
            assert end.order.payout is Payout.PAID_OUT and end.out == end.order.pay_fen
            tries = await h.payouts.of_order(life.order.id)
            assert [t.state for t in tries] == [TransferState.FAILED, TransferState.DONE]


async def test_payout_never_confirmed(mongo_uri, mongo_db_name, redis_url):
    async def begin(h: House) -> tuple[Life, tuple[Event, ...]]:
        life, first = await owed_life(h)

        async def expire() -> None:
            """A day passes, and the wallet takes back what is not confirmed."""
            life.later(hours=24)
            if h.provider.transfers[first].state == "WAIT_USER_CONFIRM":
                h.provider.stand(first, "CANCELLED")
            await life.tell_transfer(first)

        async def confirm() -> None:
            h.provider.tap_confirm(first)

        async def reissue() -> None:
            await h.payout_desk.reissue(FINANCE, first, "揽件员换了微信")

        return life, (expire, confirm, life.pay_out, reissue)

    async with town(mongo_uri, mongo_db_name, redis_url) as h:
        for life, end in await every_order(h, begin, 4):
            assert end.order.payout is Payout.PAID_OUT and end.out == end.order.pay_fen
            tries = await h.payouts.of_order(life.order.id)
            assert [t.state for t in tries][-1] is TransferState.DONE
            assert all(t.state is TransferState.CANCELLED for t in tries[:-1])


async def test_payout_paid_late(mongo_uri, mongo_db_name, redis_url):
    """Staff end what its wallet forgot, the wallet pays it, and the next try goes on meanwhile."""

    async def begin(h: House) -> tuple[Life, tuple[Event, ...]]:
        life, first = await owed_life(h)
        forgotten = h.provider.transfers.pop(first)
        await life.pay_out()
        await h.payout_desk.settle(FINANCE, first, "商户平台没有这笔", paid=False)
        await h.payout_desk.release(FINANCE, await life.last_try(), "再付一次")

        async def pay_late() -> None:
            h.provider.transfers[first] = forgotten
            h.provider.stand(first, "SUCCESS")
            await life.tell_transfer(first)

        async def confirm_next() -> None:
            last = await life.last_try()
            if last != first and last in h.provider.transfers:
                h.provider.tap_confirm(last)
                await life.tell_transfer(last)

        return life, (pay_late, life.pay_out, confirm_next)

    async with town(mongo_uri, mongo_db_name, redis_url) as h:
        ends = await every_order(h, begin, 3)
        outs = set()
        for life, end in ends:
            pay = end.order.pay_fen
            tries = await h.payouts.of_order(life.order.id)
            late = [t for t in tries if t.state is TransferState.PAID_LATE]
            owed = sum(t.owed_fen for t in late)
            assert [t.state for t in late] == [TransferState.PAID_LATE]
            assert end.order.payout is Payout.PAID_OUT and end.out == pay + owed
            assert end.steps.count("payout_paid_late") == end.steps.count("paid_out") == 1
            assert await h.ledger.balance(receivable(life.courier)) == owed
            outs.add(end.out // pay)
        assert outs == {1, 2}, "both a try that was in time and one that was not"


async def test_payout_denied(mongo_uri, mongo_db_name, redis_url):
    """Staff take what its wallet forgot for paid; the wallet, and staff, say that it was not."""

    async def begin(h: House) -> tuple[Life, tuple[Event, ...]]:
        life, first = await owed_life(h)
        forgotten = h.provider.transfers.pop(first)
        await life.pay_out()
        assert (await h.payout_desk.settle(FINANCE, first, "显示已付", paid=True)).by_hand

        async def fail() -> None:
            h.provider.transfers[first] = forgotten
            h.provider.stand(first, "FAIL")
            await life.tell_transfer(first)

        async def correct() -> None:
            await h.payout_desk.settle(FINANCE, first, "看错了，没有付", paid=False)

        return life, (fail, correct)

    async with town(mongo_uri, mongo_db_name, redis_url) as h:
        gate = [(0, 1), (1, 0)]
        for order in gate:
            life, happen = await begin(h)
            await life.play(happen[n] for n in order)
            first, again = await h.payouts.of_order(life.order.id)
            assert (first.state, again.state) == (TransferState.DONE, TransferState.HELD)
            assert again.amount_fen == life.order.pay_fen
            assert (await life.now_order()).payout is Payout.PAYABLE
            assert (await life.steps()).count("payout_denied") == 1
            earned = await h.ledger.earned(life.courier)
            assert (earned.available_fen, earned.paid_fen) == (life.order.pay_fen, 0)
            assert (await h.ledger.check()).ok
            await h.payout_desk.release(FINANCE, again.id, "再付")
            await life.pay_out()
            h.provider.tap_confirm(again.id)
            await life.pay_out()
            assert (await life.now_order()).payout is Payout.PAID_OUT
            earned = await h.ledger.earned(life.courier)
            assert (earned.available_fen, earned.paid_fen) == (0, life.order.pay_fen)
            check = await h.ledger.check()
            assert check.ok
            assert f"suspense:{first.id}" in [one.name for one in check.open]
            with pytest.raises(Forbidden):
                await h.suspense.close(actor(life.courier, Role.FINANCE), first.id, "给我", False)
            await asyncio.gather(
                *(h.suspense.close(FINANCE, first.id, "平台承担", False) for _ in range(2)),
                return_exceptions=True,
            )
            with pytest.raises(Conflict):
                await h.suspense.close(FINANCE, first.id, "再来一次", False)
            check = await h.ledger.check()
            assert check.ok and check.open == ()


def test_every_case_is_played() -> None:
    played = {name.removeprefix("test_").replace("_but_", "_") for name in globals()}
    assert {case.value for case in Case} <= played
