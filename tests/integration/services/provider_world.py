"""A payment provider that keeps true books and loses answers: what the services must live with."""

import random
from dataclasses import dataclass, field

from server.domain.errors import ProviderFailed
from server.domain.ids import PayoutId, PersonId, RefundId
from server.domain.payments import Payment, Refund, Transfer
from server.providers.pay_ports import PaymentSeen, RefundedState, RefundSeen, TransferSeen


@dataclass
class ForgetfulProvider:
    """Implements PayProvider, PayoutProvider and PushProvider.

    `loses` is how often an answer is lost; its effect then stands half of the time, as with a
    real timeout.
    """

    dice: random.Random
    loses: float = 0.0
    payments: dict[str, PaymentSeen] = field(default_factory=dict)
    refunds: dict[str, RefundSeen] = field(default_factory=dict)
    transfers: dict[str, TransferSeen] = field(default_factory=dict)
    refunded_payment: dict[str, str] = field(default_factory=dict)
    payee: dict[str, str] = field(default_factory=dict)
    pushed: list[tuple[str, str]] = field(default_factory=list)

    # What people do at the provider

    def tap_pay(self, payment: str) -> bool:
        seen = self.payments[payment]
        if seen.state != "NOTPAY":
            return False
        self.payments[payment] = PaymentSeen(
            out_trade_no=payment,
            state="SUCCESS",
            amount_fen=seen.amount_fen,
            transaction_id=f"tx{payment}",
        )
        return True

    def tap_confirm(self, transfer: str, *, accept: bool = True) -> bool:
        seen = self.transfers[transfer]
        if seen.state != "WAIT_USER_CONFIRM":
            return False
        self.transfers[transfer] = TransferSeen(
            out_bill_no=transfer,
            amount_fen=seen.amount_fen,
            state="SUCCESS" if accept else "FAIL",
        )
        return True

    def books(self) -> int:
        """Money that the provider holds for us, fen."""
        paid = sum(
            seen.amount_fen
            for seen in self.payments.values()
            if seen.state in ("SUCCESS", "REFUND")
        )
        back = sum(seen.amount_fen for seen in self.refunds.values())
        out = sum(s.amount_fen for s in self.transfers.values() if s.state == "SUCCESS")
        return paid - back - out

    # What the services ask

    async def ask(self, payment: Payment) -> str:
        def effect() -> None:
            known = self.payments.setdefault(
                payment.id,
                PaymentSeen(out_trade_no=payment.id, state="NOTPAY", amount_fen=payment.amount_fen),
            )
            assert known.amount_fen == payment.amount_fen, "a number means one amount"

        self._maybe(effect)
        return f"https://pay.example/{payment.id}"

    async def seen(self, number: Payment | PayoutId) -> PaymentSeen | TransferSeen | None:
        self._maybe(lambda: None)
        if isinstance(number, Payment):
            return self.payments.get(number.id)
        return self.transfers.get(number)

    async def close(self, payment: Payment) -> bool:
        answer: list[bool] = []

        def effect() -> None:
            seen = self.payments.get(payment.id)
            if seen is not None and seen.state == "NOTPAY":
                self.payments[payment.id] = PaymentSeen(
                    out_trade_no=payment.id, state="CLOSED", amount_fen=seen.amount_fen
                )
            answer.append(seen is None or seen.state in ("NOTPAY", "CLOSED"))

        self._maybe(effect)
        return answer[0]

    async def refund(self, refund: Refund) -> RefundedState:
        def effect() -> None:
            if refund.id in self.refunds:
                return
            assert self.payments[refund.payment].state == "SUCCESS", "refunded more than was paid"
            self.payments[refund.payment] = PaymentSeen(
                out_trade_no=refund.payment, state="REFUND", amount_fen=refund.amount_fen
            )
            self.refunds[refund.id] = RefundSeen(
                out_refund_no=refund.id, amount_fen=refund.amount_fen, state="SUCCESS"
            )
            self.refunded_payment[refund.id] = refund.payment

        self._maybe(effect)
        return "PROCESSING"

    async def refund_seen(self, refund: RefundId) -> RefundSeen | None:
        self._maybe(lambda: None)
        return self.refunds.get(refund)

    async def transfer(self, transfer: Transfer) -> TransferSeen:
        def effect() -> None:
            self.payee[transfer.id] = transfer.courier
            self.transfers.setdefault(
                transfer.id,
                TransferSeen(
                    out_bill_no=transfer.id,
                    amount_fen=transfer.amount_fen,
                    state="WAIT_USER_CONFIRM",
                    confirm_url=f"https://pay.example/confirm/{transfer.id}",
                ),
            )

        self._maybe(effect)
        return self.transfers[transfer.id]

    async def push(self, person: PersonId, title: str, text: str) -> None:
        self._maybe(lambda: self.pushed.append((person, text)))

    def _maybe(self, effect: object) -> None:
        lost = self.dice.random() < self.loses
        if not lost or self.dice.random() < 0.5:
            effect()  # type: ignore[operator]
        if lost:
            raise ProviderFailed(rule="no_answer")
