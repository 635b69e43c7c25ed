"""Whom a courier's pay goes to: their accounts at wallets, and which of them is paid. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType

from server.domain.ids import PersonId
from server.domain.payments import Wallet

#: Stands for one account at Alipay; a keyed digest, so that it may be logged and kept anywhere.
AlipayAccountId = NewType("AlipayAccountId", str)

#: Where a courier is paid who has not chosen, if both know them.
DEFAULT_ORDER = (Wallet.WECHAT, Wallet.ALIPAY)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlipayAccount:
    """One account at Alipay, and whose it is."""

    id: AlipayAccountId
    account: str = field(repr=False)  #: Alipay's `user_id`, or our app's `open_id`
    is_open_id: bool
    person: PersonId | None = None
    linked_at: datetime | None = None


class AlipayChange(StrEnum):
    """What a person is told about their account and an Alipay."""

    LINKED = "alipay_linked"
    UNLINKED = "alipay_unlinked"
    MOVED_HERE = "alipay_moved_here"  #: it was another account's
    MOVED_AWAY = "alipay_moved_away"  #: it is another account's now


@dataclass(frozen=True, slots=True, kw_only=True)
class AlipayNews:
    """One such news; telling it twice under one id is telling it once."""

    id: str
    person: PersonId
    change: AlipayChange
    at: datetime


def payees_order(linked: Collection[Wallet], chosen: Wallet | None) -> tuple[Wallet, ...]:
    """Put a courier's wallets into the order in which they are paid.

    A choice counts for as long as its wallet is linked.
    """
    known = [wallet for wallet in DEFAULT_ORDER if wallet in linked]
    return tuple(sorted(known, key=lambda wallet: wallet is not chosen))
