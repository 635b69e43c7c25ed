"""A wallet that keeps true books and loses answers: what the services must live with."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from server.domain.errors import ProviderFailed
from server.domain.ids import PersonId
from server.domain.payments import Payment, PayWay, Refund, Transfer, Wallet
from server.providers.money_ports import (
    Payee,
    PayLink,
    PaymentSeen,
    RefundedState,
    RefundSeen,
    TransferredState,
    TransferSeen,
)
from server.services.money.payees import PayeeNameMissing

#: From here a transfer can be taken back.
CANCELLABLE = ("ACCEPTED", "PROCESSING", "WAIT_USER_CONFIRM")


@dataclass
class ForgetfulProvider:
    """Implements PayProvider, PayoutProvider and Payees.

    `loses` is how often an answer is lost; its effect then stands half of the time, as with a
    real timeout. `refunds_end` and `transfers_start` are what new ones stand at.
    """

    dice: random.Random
    loses: float = 0.0
    refunds_end: RefundedState = "SUCCESS"
    transfers_start: TransferredState = "WAIT_USER_CONFIRM"
    payments: dict[str, PaymentSeen] = field(default_factory=dict)
    refunds: dict[str, RefundSeen] = field(default_factory=dict)
    transfers: dict[str, TransferSeen] = field(default_factory=dict)
    refunded_payment: dict[str, str] = field(default_factory=dict)
    payee_of: dict[str, str] = field(default_factory=dict)
    strangers: set[str] = field(default_factory=set)
    nameless: set[str] = field(default_factory=set)
    asked_transfers: list[str] = field(default_factory=list)

    # What people do at the wallet

    def tap_pay(self, payment: str) -> bool:
        seen = self.payments[payment]
        if seen.state != "NOTPAY":
            return False
        self.payments[payment] = replace(seen, state="SUCCESS", transaction_id=f"tx{payment}")
        return True

    def tap_confirm(self, transfer: str, *, accept: bool = True) -> bool:
        seen = self.transfers[transfer]
        if seen.state != "WAIT_USER_CONFIRM":
            return False
        self.stand(transfer, "SUCCESS" if accept else "FAIL")
        return True

    def stand(self, transfer: str, state: TransferredState) -> None:
        """Let a transfer stand so from now on."""
        self.transfers[transfer] = replace(self.transfers[transfer], state=state)

    def end_refund(self, refund: str, state: RefundedState) -> None:
        """Let a refund end so."""
        self.refunds[refund] = replace(self.refunds[refund], state=state)

    def books(self) -> int:
        """Money that the wallet holds for us, fen."""
        paid = sum(
            seen.amount_fen
            for seen in self.payments.values()
            if seen.state in ("SUCCESS", "REFUND")
        )
        back = sum(seen.amount_fen for seen in self.refunds.values() if seen.state == "SUCCESS")
        out = sum(s.amount_fen for s in self.transfers.values() if s.state == "SUCCESS")
        return paid - back - out

    def given_back(self, payment: str) -> int:
        """Money of one payment that is on its way back or there, fen."""
        return sum(
            self.refunds[refund].amount_fen
            for refund, of in self.refunded_payment.items()
            if of == payment
        )

    # What the services ask

    async def ask(self, payment: Payment, payer: str | None = None) -> PayLink:
        def effect() -> None:
            known = self.payments.setdefault(
                payment.id,
                PaymentSeen(out_trade_no=payment.id, state="NOTPAY", amount_fen=payment.amount_fen),
            )
            assert known.amount_fen == payment.amount_fen, "a number means one amount"

        self._maybe(effect)
        if payment.way is PayWay.JSAPI:
            return PayLink(way=payment.way, prepay_id=f"wx{payment.id}")
        return PayLink(way=payment.way, url=f"https://pay.example/{payment.id}")

    async def seen(self, payment: Payment) -> PaymentSeen | None:
        self._maybe(lambda: None)
        return self.payments.get(payment.id)

    async def close(self, payment: Payment) -> bool:
        answer: list[bool] = []

        def effect() -> None:
            seen = self.payments.get(payment.id)
            if seen is not None and seen.state == "NOTPAY":
                self.payments[payment.id] = replace(seen, state="CLOSED")
            answer.append(seen is None or seen.state in ("NOTPAY", "CLOSED"))

        self._maybe(effect)
        return answer[0]

    async def refund(self, refund: Refund) -> RefundSeen:
        def effect() -> None:
            if refund.id in self.refunds:
                if self.refunds[refund.id].state != "SUCCESS":
                    self.end_refund(refund.id, self.refunds_end)
                return
            payment = self.payments[refund.payment]
            assert payment.state in ("SUCCESS", "REFUND"), "refunded what was not paid"
            given = self.given_back(refund.payment) + refund.amount_fen
            assert given <= payment.amount_fen, "refunded more than was paid"
            assert refund.total_fen == payment.amount_fen
            self.payments[refund.payment] = replace(payment, state="REFUND")
            self.refunds[refund.id] = RefundSeen(
                out_refund_no=refund.id, amount_fen=refund.amount_fen, state=self.refunds_end
            )
            self.refunded_payment[refund.id] = refund.payment

        self._maybe(effect)
        return replace(self.refunds[refund.id], state="PROCESSING")

    async def refund_seen(self, refund: Refund) -> RefundSeen | None:
        self._maybe(lambda: None)
        return self.refunds.get(refund.id)

    async def transfer(self, transfer: Transfer, payee: Payee) -> TransferSeen:
        def effect() -> None:
            self.asked_transfers.append(transfer.id)
            self.payee_of[transfer.id] = payee.account
            self.transfers.setdefault(
                transfer.id,
                TransferSeen(
                    out_bill_no=transfer.id,
                    amount_fen=transfer.amount_fen,
                    state=self.transfers_start,
                    package_info=f"https://pay.example/confirm/{transfer.id}",
                ),
            )

        self._maybe(effect)
        return self.transfers[transfer.id]

    async def transfer_seen(self, transfer: Transfer) -> TransferSeen | None:
        self._maybe(lambda: None)
        return self.transfers.get(transfer.id)

    async def cancel(self, transfer: Transfer) -> TransferSeen:
        def effect() -> None:
            if self.transfers[transfer.id].state in CANCELLABLE:
                self.stand(transfer.id, "CANCELLED")

        self._maybe(effect)
        return self.transfers[transfer.id]

    async def wallets(self, courier: PersonId) -> list[Wallet]:
        return [] if courier in self.strangers else [Wallet.WECHAT]

    async def payee(self, courier: PersonId, wallet: Wallet, amount_fen: int) -> Payee | None:
        if courier in self.nameless:
            raise PayeeNameMissing(rule="payee_name")
        known = wallet is Wallet.WECHAT and courier not in self.strangers
        return Payee(account=f"open-{courier}") if known else None

    def _maybe(self, effect: Callable[[], None]) -> None:
        lost = self.dice.random() < self.loses
        if not lost or self.dice.random() < 0.5:
            effect()
        if lost:
            raise ProviderFailed(rule="no_answer")
