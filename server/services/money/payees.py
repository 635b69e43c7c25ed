"""Whom a courier's pay goes to: the wallet's id of the person, or nobody known yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from server.domain.errors import ProviderFailed
from server.domain.ids import PersonId
from server.domain.payees import payees_order
from server.domain.payments import Wallet
from server.domain.people import SYSTEM
from server.domain.wechat import WeChatAccount, WeChatApp
from server.providers.money_ports import Payee
from server.services.ports import Audit, Clock
from server.store.alipay_accounts import MongoAlipayAccounts
from server.store.certifications import MongoCertifications
from server.store.payee_choices import MongoPayeeChoices
from server.store.wechat_accounts import MongoWeChatAccounts


class PayeeNameMissing(ProviderFailed):
    """The wallet wants the real name of whom it pays so much, and no papers of theirs have it."""


class Payees(Protocol):
    """Knows couriers' wallets."""

    async def wallets(self, courier: PersonId) -> Sequence[Wallet]:
        """List where a courier can be paid, the wallet that they want first."""

    async def payee(self, courier: PersonId, wallet: Wallet, amount_fen: int) -> Payee | None:
        """Give the courier's account at a wallet; None when there is none, which they can mend.

        Raises:
            PayeeNameMissing: the wallet wants the name with so much, and it is not known.
        """


class CertifiedNames:
    """Couriers' real names, from the papers that they were certified by; each read is recorded."""

    def __init__(self, *, papers: MongoCertifications, audit: Audit, clock: Clock) -> None:
        self._papers = papers
        self._audit = audit
        self._clock = clock

    async def name(self, courier: PersonId, wallet: Wallet) -> str | None:
        """Open a courier's name for their wallet; None when no papers have it: none is read."""
        if not await self._papers.has_certified_name(courier):
            return None
        await self._audit.record(
            actor=SYSTEM,
            action="name_of_payee",
            subject=f"person:{courier}",
            purpose=f"payout:{wallet.value}",
            at=self._clock(),
        )
        return await self._papers.certified_name(courier)


class LinkedPayees:
    """Implements `Payees` by the WeChat and the Alipay that a courier has linked."""

    def __init__(
        self,
        *,
        wechat: MongoWeChatAccounts,
        app: WeChatApp,
        alipay: MongoAlipayAccounts,
        choices: MongoPayeeChoices,
        names: CertifiedNames,
        named_from: Mapping[Wallet, int],
    ) -> None:
        """`named_from` has the amount, fen, from which a wallet wants the payee's name."""
        self._wechat = wechat
        self._app = app
        self._alipay = alipay
        self._choices = choices
        self._names = names
        self._named_from = named_from

    async def wallets(self, courier: PersonId) -> Sequence[Wallet]:
        """List what is linked: the chosen one first, else WeChat."""
        return payees_order(await self.linked_since(courier), await self._choices.of(courier))

    async def linked_since(self, courier: PersonId) -> Mapping[Wallet, datetime | None]:
        """Say since when each wallet that a courier has linked is."""
        found = {
            Wallet.WECHAT: await self._wechat_of(courier),
            Wallet.ALIPAY: await self._alipay.of(courier),
        }
        return {wallet: one.linked_at for wallet, one in found.items() if one is not None}

    async def payee(self, courier: PersonId, wallet: Wallet, amount_fen: int) -> Payee | None:
        """Give the openid of the app that the merchant pays by, or the account at Alipay."""
        if wallet is Wallet.ALIPAY:
            alipay = await self._alipay.of(courier)
            if alipay is None:
                return None
            account, is_open_id = alipay.account, alipay.is_open_id
        else:
            wechat = await self._wechat_of(courier)
            if wechat is None:
                return None
            account, is_open_id = wechat.openid, False
        name = await self.name_wanted(courier, wallet, amount_fen)
        return Payee(account=account, real_name=name, is_open_id=is_open_id)

    async def name_wanted(self, courier: PersonId, wallet: Wallet, amount_fen: int) -> str | None:
        """Give the courier's name where the wallet wants it, and None where it does not.

        Raises:
            PayeeNameMissing: it is wanted, and not known.
        """
        border = self._named_from.get(wallet)
        if border is None or amount_fen < border:
            return None
        name = await self._names.name(courier, wallet)
        if not name:
            raise PayeeNameMissing(rule="payee_name", wallet=wallet.value)
        return name

    async def _wechat_of(self, courier: PersonId) -> WeChatAccount | None:
        for account in await self._wechat.of(courier):
            if account.app is self._app:
                return account
        return None


class SandboxPayees:
    """Implements `Payees` where money is play: who has linked nothing is paid all the same.

    The sandbox takes any account; a person's own id is the one that its phone page looks for.
    """

    def __init__(self, linked: LinkedPayees) -> None:
        self._linked = linked

    async def wallets(self, courier: PersonId) -> Sequence[Wallet]:
        """List what is linked, else WeChat."""
        return await self._linked.wallets(courier) or (Wallet.WECHAT,)

    async def linked_since(self, courier: PersonId) -> Mapping[Wallet, datetime | None]:
        """Say since when each wallet that a courier has linked is."""
        return await self._linked.linked_since(courier)

    async def payee(self, courier: PersonId, wallet: Wallet, amount_fen: int) -> Payee | None:
        """Give what is linked, else the person's own id as an account of WeChat's."""
        found = await self._linked.payee(courier, wallet, amount_fen)
        if found is not None or wallet is not Wallet.WECHAT:
            return found
        name = await self._linked.name_wanted(courier, wallet, amount_fen)
        return Payee(account=courier, real_name=name)
