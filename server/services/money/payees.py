"""Whom a courier's pay goes to: the wallet's id of the person, or nobody known yet."""

from __future__ import annotations

from typing import Protocol

from server.domain.ids import PersonId
from server.domain.payments import Wallet
from server.domain.wechat import WeChatApp
from server.providers.money_ports import Payee
from server.store.wechat_accounts import MongoWeChatAccounts


class Payees(Protocol):
    """Knows couriers' wallets."""

    async def payee(self, courier: PersonId, wallet: Wallet) -> Payee | None:
        """Give the courier's account at a wallet; None when there is none, which they can mend."""


class LinkedPayees:
    """Implements `Payees` by the WeChat that a courier has linked; of Alipay it knows nobody."""

    def __init__(self, *, accounts: MongoWeChatAccounts, app: WeChatApp) -> None:
        self._accounts = accounts
        self._app = app

    async def payee(self, courier: PersonId, wallet: Wallet) -> Payee | None:
        """Give the openid of the app that the merchant pays by."""
        if wallet is not Wallet.WECHAT:
            return None
        for account in await self._accounts.of(courier):
            if account.app is self._app:
                return Payee(account=account.openid)
        return None


class SandboxPayees:
    """Implements `Payees` where money is play: who has linked nothing is paid all the same.

    The sandbox takes any account; a person's own id is the one that its phone page looks for.
    """

    def __init__(self, linked: Payees) -> None:
        self._linked = linked

    async def payee(self, courier: PersonId, wallet: Wallet) -> Payee | None:
        """Give what is linked, else the person's own id as an account of WeChat's."""
        found = await self._linked.payee(courier, wallet)
        if found is not None or wallet is not Wallet.WECHAT:
            return found
        return Payee(account=courier)
