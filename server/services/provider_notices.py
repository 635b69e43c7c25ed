"""What payment and payout providers call back to tell: verified, fresh, applied once.

The raw bytes are verified before anything reads them. The replay id is stored in the same
transaction as the effect, so a notice has its effect once however often it comes, and a
repeat is answered with success.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Annotated, Literal, TypeVar

import msgspec

from server.domain.errors import BadNotice
from server.domain.ids import OrderId, PaymentId, PayoutId, RefundId
from server.domain.keys import Secret
from server.domain.rules import Rules
from server.providers.pay_ports import PaidState, RefundedState, TransferredState
from server.providers.signing import check
from server.services.payments import Paid, Payments
from server.services.ports import Clock, Relay
from server.services.refunds import Refunds
from server.services.settlement import Settlement, Transferred
from server.store.replays import MongoReplays
from server.store.transactions import Session, Transactions

log = logging.getLogger(__name__)

T = TypeVar("T")

Number = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Amount = Annotated[int, msgspec.Meta(ge=0, le=100_000_000)]

#: Applies what a notice says within a transaction; gives the order that changed, if one did.
Effect = Callable[[Session], Awaitable[OrderId | None]]

#: Which notices each of our callback URLs takes.
PAY = frozenset({"payment", "refund"})
PAYOUT = frozenset({"transfer"})


class NoticeBody(msgspec.Struct, frozen=True, kw_only=True):
    """The envelope of every notice; fields that we do not know are ignored."""

    notify_id: Number
    type: Literal["payment", "refund", "transfer"]
    resource: msgspec.Raw


class PaymentNotice(msgspec.Struct, frozen=True, kw_only=True):
    """A payment changed at the provider."""

    out_trade_no: Number
    amount_fen: Amount
    state: PaidState
    transaction_id: Number | None = None
    paid_at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


class RefundNotice(msgspec.Struct, frozen=True, kw_only=True):
    """A refund changed at the provider."""

    out_refund_no: Number
    amount_fen: Amount
    state: RefundedState


class TransferNotice(msgspec.Struct, frozen=True, kw_only=True):
    """A transfer changed at the provider."""

    out_bill_no: Number
    amount_fen: Amount
    state: TransferredState


class ProviderNotices:
    """Take providers' notices in."""

    def __init__(
        self,
        *,
        payments: Payments,
        refunds: Refunds,
        settlement: Settlement,
        replays: MongoReplays,
        transactions: Transactions,
        key: Secret,
        clock: Clock,
        rules: Rules,
        relay: Relay,
    ) -> None:
        self._payments = payments
        self._refunds = refunds
        self._settlement = settlement
        self._replays = replays
        self._transactions = transactions
        self._key = key
        self._clock = clock
        self._rules = rules
        self._relay = relay

    async def receive(
        self, headers: Mapping[str, str], raw: bytes, expected: frozenset[str]
    ) -> None:
        """Apply a notice; returning means that the provider need not send it again.

        Raises:
            BadNotice: forged, stale, malformed, of a wrong amount, or of nothing we know;
                nothing is changed. Unavailable: not written; the provider sends it again.
        """
        now = self._clock()
        nonce = check(self._key.value, headers, raw, now, self._rules.notice_fresh_seconds)
        notice = _decode(raw, NoticeBody)
        if notice.type not in expected:
            raise BadNotice(field="type", rule="of_this_address")
        effect = self._effect(notice)
        digest = hashlib.sha256(raw).hexdigest()

        async def body(session: Session) -> OrderId | None:
            first = await self._replays.first(notice.notify_id, nonce, digest, now, session)
            return await effect(session) if first else None

        try:
            order = await self._transactions.run(body)
        except BadNotice as error:
            # Rightly signed and yet wrong: somebody has to look at it.
            log.warning("notice refused", extra={"notify_id": notice.notify_id, "why": str(error)})
            raise
        if order is not None:
            await self._relay.kick(order)

    def _effect(self, notice: NoticeBody) -> Effect:
        match notice.type:
            case "payment":
                return self._paid(_decode(notice.resource, PaymentNotice))
            case "refund":
                return self._refunded(_decode(notice.resource, RefundNotice))
            case "transfer":
                return self._transferred(_decode(notice.resource, TransferNotice))

    def _paid(self, told: PaymentNotice) -> Effect:
        if told.state != "SUCCESS":
            return _nothing
        if told.transaction_id is None:
            raise BadNotice(field="transaction_id", rule="required")
        paid = Paid(
            payment=PaymentId(told.out_trade_no),
            amount_fen=told.amount_fen,
            transaction=told.transaction_id,
            at=told.paid_at,
        )
        return lambda session: self._payments.apply(paid, session)

    def _refunded(self, told: RefundNotice) -> Effect:
        if told.state != "SUCCESS":
            return _nothing
        number = RefundId(told.out_refund_no)
        return lambda session: self._refunds.apply(number, told.amount_fen, session)

    def _transferred(self, told: TransferNotice) -> Effect:
        transferred = Transferred(
            transfer=PayoutId(told.out_bill_no), amount_fen=told.amount_fen, state=told.state
        )
        return lambda session: self._settlement.apply(transferred, session)


async def _nothing(session: Session) -> None:
    """Change nothing: what is told has no effect here."""


def _decode(raw: bytes | msgspec.Raw, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise BadNotice(field="body", rule="well_formed") from None
