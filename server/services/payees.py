"""Whom a courier's pay goes to: the wallet's id of the person, or nobody known yet."""

from __future__ import annotations

from typing import Protocol

from server.domain.ids import PersonId
from server.domain.payments import Wallet
from server.providers.money_ports import Payee


class Payees(Protocol):
    """Knows couriers' wallets."""

    async def payee(self, courier: PersonId, wallet: Wallet) -> Payee | None:
        """Give the courier's account at a wallet; None when there is none, which they can mend."""


class PersonPayees:
    """Implements `Payees` for the first sandbox, whose accounts are our own ids of people."""

    async def payee(self, courier: PersonId, wallet: Wallet) -> Payee | None:
        """Everybody has an account at the one wallet, under their own id."""
        return Payee(account=courier) if wallet is Wallet.WECHAT else None
