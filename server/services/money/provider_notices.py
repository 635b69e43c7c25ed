"""What wallets call back to tell: verified, fresh, applied once.

The raw bytes are verified before anything reads them. The replay id is stored in the same
transaction as the effect, so a notice has its effect once however often it comes, and a
repeat is answered with success. What is refused is counted by its reason.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Awaitable, Callable, Mapping

import msgspec

from server.domain.errors import BadNotice, NotFound
from server.domain.ids import OrderId, PaymentId
from server.domain.payments import Wallet
from server.providers.money_ports import (
    NoticeReader,
    PaymentSeen,
    RefundSeen,
    Told,
    TransferSeen,
)
from server.services.money.payment_outcomes import Paid, PaymentOutcomes
from server.services.money.payout_outcomes import PayoutOutcomes
from server.services.money.refunds import Refunds
from server.services.ports import Clock, Relay
from server.store.refused_notices import MongoRefusedNotices
from server.store.replays import MongoReplays
from server.store.transactions import Session, Transactions

log = logging.getLogger(__name__)

#: Applies what a notice says within a transaction; gives the order that changed, if one did.
Effect = Callable[[Session], Awaitable[OrderId | None]]

#: Replay ids are a wallet's own: two wallets may name a notice alike.
MOST_ID = 128


class ProviderNotices:
    """Take wallets' notices in."""

    def __init__(
        self,
        *,
        readers: Mapping[str, NoticeReader],
        payments: PaymentOutcomes,
        refunds: Refunds,
        payouts: PayoutOutcomes,
        replays: MongoReplays,
        refused: MongoRefusedNotices,
        transactions: Transactions,
        clock: Clock,
        relay: Relay,
    ) -> None:
        self._readers = readers
        self._payments = payments
        self._refunds = refunds
        self._payouts = payouts
        self._replays = replays
        self._refused = refused
        self._transactions = transactions
        self._clock = clock
        self._relay = relay

    async def receive(
        self, callback: str, headers: Mapping[str, str], raw: bytes
    ) -> tuple[str, bytes]:
        """Apply a notice that came to one of our callbacks; it need not be sent again then.

        Gives the content type and body that tell its wallet so.

        Raises:
            NotFound: this wallet is not set up. BadNotice: forged, stale, malformed, of a wrong
                amount, or of nothing we know; nothing is changed, and it is counted.
            Unavailable: not written; the wallet sends it again.
        """
        reader = self._readers.get(callback)
        if reader is None:
            raise NotFound(field="path", rule="set_up")
        try:
            told = reader.read(headers, raw, self._clock())
            if told is not None:
                await self._apply(callback, told)
        except BadNotice as error:
            await self._count(callback, error)
            raise
        return reader.taken

    async def _apply(self, callback: str, told: Told) -> None:
        effect = self._effect(told)
        notify_id = _own(callback, told.notify_id)
        nonce = _own(callback, told.nonce)
        digest = hashlib.sha256(msgspec.json.encode(told.what)).hexdigest()
        now = self._clock()

        async def body(session: Session) -> OrderId | None:
            first = await self._replays.first(notify_id, nonce, digest, now, session)
            return await effect(session) if first else None

        order = await self._transactions.run(body)
        if order is not None:
            await self._relay.kick(order)

    def _effect(self, told: Told) -> Effect:
        what = told.what
        if isinstance(what, PaymentSeen):
            return self._paid(what, told.wallet)
        if isinstance(what, RefundSeen):
            return lambda session: self._refunds.apply(what, session, told.wallet)
        return self._transferred(what, told.wallet)

    def _paid(self, seen: PaymentSeen, wallet: Wallet | None) -> Effect:
        if seen.state != "SUCCESS":
            return _nothing
        if seen.transaction_id is None:
            raise BadNotice(field="transaction_id", rule="required")
        paid = Paid(
            payment=PaymentId(seen.out_trade_no),
            amount_fen=seen.amount_fen,
            transaction=seen.transaction_id,
            at=seen.paid_at,
            wallet=wallet,
        )
        return lambda session: self._payments.apply(paid, session)

    def _transferred(self, seen: TransferSeen, wallet: Wallet | None) -> Effect:
        return lambda session: self._payouts.apply(seen, session, wallet)

    async def _count(self, callback: str, error: BadNotice) -> None:
        """Count a refusal; ids are no secret, bodies and headers stay out of the log."""
        log.warning("notice refused", extra={"callback": callback, "why": str(error)})
        await self._refused.count(callback, error.rule or "unknown", self._clock())


async def _nothing(session: Session) -> None:
    """Change nothing: what is told has no effect here."""


def _own(callback: str, text: str) -> str:
    if not 0 < len(text) <= MOST_ID:
        raise BadNotice(field="notify_id", rule="well_formed")
    return f"{callback}:{text}"
