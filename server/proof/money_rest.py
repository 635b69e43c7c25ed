"""How a run of chaos in money comes to rest: people do what is left, sweeps and bills the others.

Soon nothing fails any more. What only the bills tell of is found by them at last, and whatever
follows of it comes to its end too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from server.domain.errors import DomainError
from server.domain.payments import PaymentState, RefundState
from server.proof import money_books
from server.proof.money_acts import Acts
from server.proof.money_runs import Run, Sums
from server.proof.money_world import CHINA_OFFSET, World
from server.proof.people import Refused

#: What can go wrong with what. A probe is WeChat Pay's; Alipay's notices are forged instead.
OF_ALL = ("500", "timeout", "half_answer", "bad_signature", "system_error", "rate_limited")
OF_NOTICES = (
    *("forged", "wrong_amount", "old_timestamp", "probe"),
    *("late", "reordered", "duplicate"),
)
FAULTS: tuple[tuple[str, str], ...] = (
    *((kind, "payment") for kind in (*OF_ALL, *OF_NOTICES)),
    *((kind, "refund") for kind in (*OF_ALL, *OF_NOTICES, "not_enough", "abnormal")),
    *((kind, "transfer") for kind in (*OF_ALL, *OF_NOTICES, "not_enough")),
    *((kind, "transfer") for kind in ("fail", "expired", "slow")),
    *((kind, "statement") for kind in ("500", "half_answer", "not_ready", "bad_hash")),
)
#: Armed by what they are a part of: a payout that staff end, a last bill whose fen are counted.
BY_ACTS = (("forgotten", "transfer"), ("extra_line", "statement"))

#: What goes wrong while all comes to rest: with what is only then asked of a wallet.
OF_LAST = tuple((kind, on) for kind, on in FAULTS if on in ("transfer", "refund"))
OF_BILLS = tuple((kind, on) for kind, on in FAULTS if on == "statement")
LATE_SECONDS = 40.0

#: How all comes to rest: so many looks, each so much later; the last ones a day apart.
ROUNDS = (60, 60, 90, 700, 4_000, *(88_000,) * 6)
#: In the first of them wallets fail still: many orders only come to be paid out now.
HOT = 2
#: The same once the bills have told what nobody else did.
LATER_ROUNDS = (60, 700, 4_000, *(88_000,) * 4)

#: When a day's bills are to be had for certain, hours after its midnight in China.
BILLS_HOUR = 10.5
#: After a bill that was not to be had it is asked for again.
BILL_AGAIN_SECONDS = 700
#: How often the last bills fail at first, and have a line of nobody's, which must be found in
#: suspense.
FAULTY, STRANGE, STRANGE_FEN = 0.3, 0.15, 100

#: What notices may take to be delivered once nothing fails, real seconds.
DELIVERED_SECONDS = 20.0


def arm(cast: Acts, run: Run, faults: Sequence[tuple[str, str]]) -> None:
    """Let something go wrong next."""
    kind, on = cast.draw.choice(faults)
    cast.arm(kind, on, cast.draw.choice((1, 1, 2)), LATE_SECONDS)
    run.events.append(f"armed {on}:{kind}")


async def come_to_rest(cast: Acts, run: Run, sums: Sums) -> int:
    """Let all come to its end; gives the fen that the last bills have of nobody's."""
    of = cast.world
    lost = cast.draw.random()
    # Then asking has to do it all, and the bills what asking comes too late for.
    cast.deaf = lost < 0.4 if cast.has_bills else of.door.away and lost < 0.3
    of.door.away = cast.deaf
    run.events.append("comes to rest" + (", notices lost" if cast.deaf else ""))
    await _rounds(cast, run, ROUNDS, HOT)
    if not cast.has_bills:
        return 0
    strange_fen = await _last_bill(cast, run, sums)
    if not await _rests(cast):
        run.events.append("the bills told of more")
        await _rounds(cast, run, LATER_ROUNDS, 0)
    return strange_fen


async def _rounds(cast: Acts, run: Run, rounds: Sequence[int], hot: int) -> None:
    """Look again and again, until there is nothing left; in the first `hot` wallets fail still."""
    of = cast.world
    for number, pause in enumerate(rounds):
        if number < hot:
            arm(cast, run, OF_LAST)
        elif number == hot:
            of.stand_in.disarm()
        await of.later(pause)
        await cast.sweep(workers=1)
        if number < hot and cast.forgets:
            await cast.forget_some()
        try:
            await cast.see_to_all()
        except (DomainError, Refused) as refusal:
            run.events.append(f"at rest: {refusal.code} {getattr(refusal, 'rule', None) or ''}")
        if not cast.deaf:
            await _delivered(of, run, must=number >= hot)
        if number > hot and await _rests(cast):
            break


async def _last_bill(cast: Acts, run: Run, sums: Sums) -> int:
    """Compare the bills of all days up to this one, at times with a line of nobody's."""
    of = cast.world
    midnight = (of.clock() + CHINA_OFFSET).replace(hour=0, minute=0, second=0, microsecond=0)
    ready = midnight + timedelta(days=1, hours=BILLS_HOUR) - CHINA_OFFSET
    await of.later((ready - of.clock()).total_seconds())
    if cast.draw.random() < FAULTY:
        arm(cast, run, OF_BILLS)
        await cast.statements()
        of.stand_in.disarm()
        await of.later(BILL_AGAIN_SECONDS)
    before = money_books.faults_used(of.truth)
    if cast.draw.random() < STRANGE:
        cast.arm("extra_line", "statement", 1)
        run.events.append("armed statement:extra_line")
    taken_in = await _taken_in(cast)
    await cast.statements()
    sums.by_bills += await _taken_in(cast) - taken_in
    used = money_books.faults_used(of.truth) - before
    return STRANGE_FEN * used["statement:extra_line"]


async def _taken_in(cast: Acts) -> int:
    """Count what is posted of the orders' money."""
    ledger = cast.world.stores.ledger
    found = [await ledger.of_order(number) for number in cast.orders]
    return sum(len(postings) for postings in found)


async def _rests(cast: Acts) -> bool:
    stores = cast.world.stores
    for number in cast.orders:
        order = await stores.orders.get(number)
        if (order.custody, order.charge, order.payout) not in money_books.ENDS:
            return False
        refunds = await stores.refunds.of_order(number)
        if any(one.state not in (RefundState.DONE, RefundState.BY_HAND) for one in refunds):
            return False
        payments = await stores.payments.of_order(number)
        if any(one.state is PaymentState.PENDING for one in payments):
            return False
    return True


async def _delivered(of: World, run: Run, *, must: bool) -> None:
    """Wait until every notice has been delivered; one that is refused for ever is a finding."""
    try:
        async with asyncio.timeout(DELIVERED_SECONDS):
            # The stand-in's queue is looked at from outside; there is no event of ours to wait on.
            while money_books.waiting_notices(of.truth):
                await of.later(61)
                await asyncio.sleep(0.005)
    except TimeoutError:
        left = money_books.waiting_notices(of.truth) if must else 0
        run.blame(money_books.LOST, [f"{left} true notices are not taken"] * (left > 0))
