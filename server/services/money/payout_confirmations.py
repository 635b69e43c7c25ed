"""How a courier confirms a payout: what their page in WeChat hands to its bridge.

The wallet gives that with the transfer and not when it is asked how the transfer stands; so the
transfer is asked for again, under its number, which pays nothing twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Protocol

from realtime.wire.work import PayoutConfirmation
from server.domain.errors import Conflict, NotFound, ProviderFailed
from server.domain.ids import PayoutId, PersonId
from server.domain.payments import Transfer, TransferState
from server.providers.money_ports import PayoutProvider
from server.services.money.payees import Payees
from server.services.money.payout_outcomes import PayoutOutcomes
from server.services.ports import Clock
from server.store.payouts import MongoPayouts

#: A wallet takes a transfer back that nobody confirmed for a day; an older number is left alone.
WAITS = timedelta(days=2)


class ConfirmingWallet(PayoutProvider, Protocol):
    """A wallet whose transfers are confirmed in its app; `WechatPayout`."""

    def confirm_parameters(self, package_info: str) -> Mapping[str, str]:
        """Give what a page hands to WeChat's bridge (requestMerchantTransfer)."""


class PayoutConfirmations:
    """Opens couriers' confirmations; `wallet` is None where WeChat Pay is not set up."""

    def __init__(
        self,
        *,
        payouts: MongoPayouts,
        outcomes: PayoutOutcomes,
        wallet: ConfirmingWallet | None,
        payees: Payees,
        clock: Clock,
    ) -> None:
        self._payouts = payouts
        self._outcomes = outcomes
        self._wallet = wallet
        self._payees = payees
        self._clock = clock

    async def open(self, payout: PayoutId, courier: PersonId) -> PayoutConfirmation:
        """Give what opens the confirmation of a payout that waits for its courier.

        Raises:
            NotFound: not this courier's. Conflict: rule `awaiting_confirmation`: it does not wait
                for it, or not any more.
            ProviderFailed: the wallet did not answer, or the courier's WeChat is another by now.
        """
        known = await self._payouts.find(payout)
        if known is None or known.courier != courier:
            raise NotFound(field="payout_id", rule="exists")
        wallet = self._wallet
        old = known.asked_at is None or self._clock() - known.asked_at > WAITS
        if wallet is None or old or known.state is not TransferState.AWAITING:
            raise _waits_not(known)
        payee = await self._payees.payee(courier, known.wallet, known.amount_fen)
        if payee is None:
            raise ProviderFailed(rule="payee", payout_id=payout)
        seen = await wallet.transfer(known, payee)
        await self._outcomes.follow(seen)
        if seen.state != "WAIT_USER_CONFIRM" or seen.package_info is None:
            raise _waits_not(known)
        return PayoutConfirmation(parameters=dict(wallet.confirm_parameters(seen.package_info)))


def _waits_not(transfer: Transfer) -> Conflict:
    return Conflict(field="payout_id", rule="awaiting_confirmation", state=transfer.state.value)
