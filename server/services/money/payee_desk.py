"""Where a courier is paid, for themselves to see and to change; pay that waited for it goes on."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Protocol

from realtime.wire.accounts import CodeSent
from realtime.wire.payees import MyPayees, PayeeView
from server.domain.errors import Conflict, Forbidden
from server.domain.ids import PersonId
from server.domain.payments import Waits, Wallet
from server.domain.people import Actor, Role
from server.services.accounts.codes import Caller
from server.services.money.alipay_links import AlipayBegun, AlipayLinks
from server.services.money.payees import Payees
from server.services.ports import Clock
from server.store.payee_choices import MongoPayeeChoices
from server.store.payouts import MongoPayouts

#: What pay may have waited for that a link or a choice mends.
MENDED = (Waits.PAYEE, Waits.NAME)


class KnownPayees(Payees, Protocol):
    """Knows couriers' wallets, and since when they are linked."""

    async def linked_since(self, courier: PersonId) -> Mapping[Wallet, datetime | None]:
        """Say since when each wallet that a courier has linked is."""


class WaitingPay:
    """Pay that waits for its courier to say where it goes to."""

    def __init__(self, *, payouts: MongoPayouts, clock: Clock) -> None:
        self._payouts = payouts
        self._clock = clock

    async def wake(self, person: PersonId) -> None:
        """Have it asked for at once; of somebody whom nothing waits for, nothing."""
        await self._payouts.wake(person, MENDED, self._clock())


class PayeeDesk:
    """Couriers' own hand in where they are paid; `wallets` are those that pay here."""

    def __init__(
        self,
        *,
        links: AlipayLinks,
        payees: KnownPayees,
        choices: MongoPayeeChoices,
        waiting: WaitingPay,
        wallets: Collection[Wallet],
        clock: Clock,
    ) -> None:
        self._links = links
        self._payees = payees
        self._choices = choices
        self._waiting = waiting
        self._wallets = wallets
        self._clock = clock

    async def mine(self, actor: Actor) -> MyPayees:
        """Show a courier's wallets.

        Raises:
            Forbidden: no courier.
        """
        courier = _courier(actor)
        linked = await self._payees.linked_since(courier)
        order = [one for one in await self._payees.wallets(courier) if one in self._wallets]
        return MyPayees(
            wallets=tuple(
                PayeeView(
                    wallet=wallet.value,
                    linked=wallet in linked,
                    pays=wallet in order[:1],
                    linked_at=linked.get(wallet),
                )
                for wallet in self._wallets
            )
        )

    async def choose(self, actor: Actor, wallet: Wallet) -> MyPayees:
        """Be paid at a wallet from now on; what was asked of another already goes on there.

        Raises:
            Forbidden: no courier. Conflict: it is not linked, or nobody is paid there here.
        """
        courier = _courier(actor)
        if wallet not in self._wallets or wallet not in await self._payees.linked_since(courier):
            raise Conflict(field="wallet", rule="wallet_linked")
        await self._choices.choose(courier, wallet, self._clock())
        return await self._changed(actor)

    async def begin(self, actor: Actor, browser: str | None) -> AlipayBegun:
        """Send a courier's browser to Alipay.

        Raises:
            Forbidden: no courier. NotFound, Limited: see `AlipayLinks.begin`.
        """
        return await self._links.begin(_courier(actor), browser)

    async def come_back(self, state: str, code: str, browser: str) -> str:
        """Take a browser back from Alipay; see `AlipayLinks.come_back`."""
        return await self._links.come_back(state, code, browser)

    async def take(self, actor: Actor, handle: str, browser: str) -> MyPayees:
        """Link the account that Alipay led back with; see `AlipayLinks.take`."""
        await self._links.take(_courier(actor), handle, browser)
        return await self._changed(actor)

    async def send_move_code(
        self, actor: Actor, handle: str, browser: str, caller: Caller
    ) -> CodeSent:
        """Send a code to who has the account now; see `AlipayLinks.send_move_code`."""
        return await self._links.send_move_code(_courier(actor), handle, browser, caller)

    async def move(
        self, actor: Actor, handle: str, browser: str, code: str, caller: Caller
    ) -> MyPayees:
        """Move the account here; see `AlipayLinks.move`."""
        await self._links.move(_courier(actor), handle, browser, code, caller)
        return await self._changed(actor)

    async def unlink(self, actor: Actor) -> MyPayees:
        """Unlink one's own; see `AlipayLinks.unlink`."""
        await self._links.unlink(_courier(actor))
        return await self.mine(actor)

    async def _changed(self, actor: Actor) -> MyPayees:
        await self._waiting.wake(actor.person)
        return await self.mine(actor)


def _courier(actor: Actor) -> PersonId:
    if Role.COURIER not in actor.roles:
        raise Forbidden(rule="courier")
    return actor.person
