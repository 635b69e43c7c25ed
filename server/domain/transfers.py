"""How one payout moves: what each word of a wallet's makes of it, in whatever order words come.

The words are those of WeChat's merchant transfer of 2025; Alipay says SUCCESS and FAIL only.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from server.domain.china import CHINA
from server.domain.errors import BadNotice
from server.domain.ids import PersonId
from server.domain.money import Fen
from server.domain.orders import Order
from server.domain.payments import Afterwards, Transfer, TransferState, Waits, payout_id

#: Nothing was asked of the wallet.
RESTING = frozenset({TransferState.PAYABLE, TransferState.HELD})

#: Asked of the wallet, and not at its end.
UNDER_WAY = frozenset(
    {
        TransferState.ASKED,
        TransferState.AWAITING,
        TransferState.SENDING,
        TransferState.CANCELING,
    }
)

#: No money went; another try follows.
IN_VAIN = frozenset({TransferState.FAILED, TransferState.CANCELLED})

#: What each word of the wallet's makes of a payout.
AFTER: dict[str, TransferState] = {
    "ACCEPTED": TransferState.ASKED,
    "PROCESSING": TransferState.ASKED,
    "WAIT_USER_CONFIRM": TransferState.AWAITING,
    "TRANSFERING": TransferState.SENDING,
    "SUCCESS": TransferState.DONE,
    "FAIL": TransferState.FAILED,
    "CANCELING": TransferState.CANCELING,
    "CANCELLED": TransferState.CANCELLED,
}

#: Nothing follows: the wallet has paid, or there was nothing left to pay.
PAID = frozenset({TransferState.DONE, TransferState.PAID_LATE, TransferState.SET_OFF})

ENDS = PAID | IN_VAIN

#: How a wallet's word can end one that is under way.
_ENDINGS = frozenset({TransferState.DONE, *IN_VAIN})

#: The wallet paid after all what had ended as not paid, be it by its own word or by staff's.
_LATE = frozenset({TransferState.PAID_LATE})


TABLE: dict[TransferState, frozenset[TransferState]] = {
    TransferState.PAYABLE: frozenset(
        {TransferState.HELD, TransferState.ASKED, TransferState.SET_OFF}
    ),
    TransferState.HELD: frozenset({TransferState.PAYABLE, TransferState.SET_OFF}),
    TransferState.ASKED: frozenset(UNDER_WAY - {TransferState.ASKED}) | _ENDINGS,
    TransferState.AWAITING: _ENDINGS | {TransferState.SENDING, TransferState.CANCELING},
    TransferState.SENDING: _ENDINGS,
    # A courier who confirmed in the same moment may have been faster.
    TransferState.CANCELING: _ENDINGS | {TransferState.SENDING},
    TransferState.DONE: frozenset(),
    TransferState.FAILED: _LATE,
    TransferState.CANCELLED: _LATE,
    TransferState.PAID_LATE: frozenset(),
    TransferState.SET_OFF: frozenset(),
}

#: How long after a try in vain the next one comes: doubling, at most a day.
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(days=1)

#: After so many tries in vain staff have to look.
MOST_TRIES = 10


def told(state: TransferState, word: str) -> TransferState | None:
    """Give the state that a wallet's word leads to; None when it is nothing new, or came late.

    Raises:
        BadNotice: of a payout that was never asked for, or against how it ended.
    """
    after = AFTER[word]
    if state in RESTING or state is TransferState.SET_OFF:
        raise BadNotice(field="state", rule="asked")
    if after in TABLE[state]:
        return after
    if state in IN_VAIN and after is TransferState.DONE:
        return TransferState.PAID_LATE
    if state in PAID and after in IN_VAIN:
        raise BadNotice(field="state", rule="final")
    return None


def day_of(at: datetime) -> str:
    """Name the day in China."""
    return at.astimezone(CHINA).date().isoformat()


def next_day(at: datetime) -> datetime:
    """Give the first instant of the next day in China."""
    local = at.astimezone(CHINA)
    return local.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)


def first_try(order: Order, courier: PersonId, now: datetime) -> Transfer:
    """Owe an approved order's pay."""
    return _try(order, courier, 1, order.pay_fen, now)


def next_try(order: Order, last: Transfer, now: datetime) -> Transfer:
    """Make the try after one in vain: soon, later each time, or when staff say so.

    What was kept of the last one for what its courier owed is paid already.
    """
    again = _try(order, last.courier, last.attempt + 1, last.amount_fen, now)
    if last.afterwards is Afterwards.REISSUE:
        return again
    if last.afterwards is Afterwards.HOLD:
        return replace(again, state=TransferState.HELD, waits=Waits.STAFF)
    if last.attempt >= MOST_TRIES:
        return replace(again, state=TransferState.HELD, waits=Waits.TRIES)
    wait = min(FIRST_WAIT * 2 ** min(last.attempt - 1, 16), LONGEST_WAIT)
    return replace(again, not_before=now + wait, waits=Waits.AFTER_FAILURE)


def rest_of(order: Order, kept: Transfer, fen: Fen, now: datetime) -> Transfer | None:
    """Make the try for what is left of one of which so much was kept for a debt."""
    left = Fen(kept.amount_fen - fen)
    return _try(order, kept.courier, kept.attempt + 1, left, now) if left else None


def _try(order: Order, courier: PersonId, attempt: int, fen: Fen, now: datetime) -> Transfer:
    return Transfer(
        id=payout_id(order.id, attempt),
        order=order.id,
        courier=courier,
        amount_fen=fen,
        state=TransferState.PAYABLE,
        attempt=attempt,
        created_at=now,
        not_before=now,
    )
