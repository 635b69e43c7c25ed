"""Wiring of money: payments, refunds, payouts, and the wallets' word about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from server.app.bases import Bases
from server.app.stores import Stores
from server.domain.payments import Wallet
from server.providers.money_ports import (
    NoticeReader,
    PayoutProvider,
    PayProvider,
    StatementProvider,
)
from server.providers.pay import SignedPay
from server.providers.payout import SignedPayout
from server.providers.signed_notices import PAY, PAYOUT, SignedReader
from server.services.payees import Payees, PersonPayees
from server.services.payments import Payments
from server.services.payout_desk import PayoutDesk
from server.services.ports import Relay
from server.services.provider_notices import ProviderNotices
from server.services.refund_desk import RefundDesk
from server.services.refunds import Refunds
from server.services.settlement import Settlement

#: Where the provider's notices come in; the handlers' routes have the same paths.
PAY_CALLBACK = "/v1/callbacks/pay"
PAYOUT_CALLBACK = "/v1/callbacks/payout"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wallets:
    """The wallets that are set up, and how their notices are read, by callback."""

    pay: Mapping[Wallet, PayProvider]
    payout: Mapping[Wallet, PayoutProvider]  #: a courier is paid by the first that knows them
    readers: Mapping[str, NoticeReader]
    payees: Payees
    statements: Mapping[Wallet, StatementProvider]  #: of those whose daily bills are to be had


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """The services around money."""

    payments: Payments
    refunds: Refunds
    refund_desk: RefundDesk
    settlement: Settlement
    payout_desk: PayoutDesk
    provider_notices: ProviderNotices
    statements: Mapping[Wallet, StatementProvider]


def build_wallets(bases: Bases) -> Wallets:
    """Build what speaks to wallets: the signed JSON stand-in of both."""
    base_url, key = bases.settings.http.base_url, bases.settings.secrets.pay_key
    fresh_seconds = bases.settings.rules.notice_fresh_seconds
    pay = SignedPay(client=bases.pay_client, notify_url=base_url + PAY_CALLBACK)
    payout = SignedPayout(client=bases.pay_client, notify_url=base_url + PAYOUT_CALLBACK)
    return Wallets(
        pay=dict.fromkeys(Wallet, pay),
        payout={Wallet.WECHAT: payout},
        readers={
            "pay": SignedReader(key=key, fresh_seconds=fresh_seconds, expected=PAY),
            "payout": SignedReader(key=key, fresh_seconds=fresh_seconds, expected=PAYOUT),
        },
        payees=PersonPayees(),
        statements={},
    )


def build_money(bases: Bases, stores: Stores, relay: Relay) -> Money:
    """Build them."""
    wallets, rules, clock = build_wallets(bases), bases.settings.rules, bases.clock
    refunds = Refunds(
        refunds=stores.refunds,
        payments=stores.payments,
        orders=stores.orders,
        ledger=stores.ledger,
        transactions=stores.transactions,
        wallets=wallets.pay,
        clock=clock,
        rules=rules,
        relay=relay,
    )
    payments = Payments(
        payments=stores.payments,
        orders=stores.orders,
        ledger=stores.ledger,
        refunds=refunds,
        transactions=stores.transactions,
        wallets=wallets.pay,
        clock=clock,
        draw=bases.draw,
        rules=rules,
        relay=relay,
    )
    settlement = Settlement(
        payouts=stores.payouts,
        orders=stores.orders,
        ledger=stores.ledger,
        transactions=stores.transactions,
        wallets=wallets.payout,
        payees=wallets.payees,
        clock=clock,
        rules=rules,
        relay=relay,
    )
    return Money(
        payments=payments,
        refunds=refunds,
        settlement=settlement,
        refund_desk=RefundDesk(
            refunds=refunds,
            store=stores.refunds,
            orders=stores.orders,
            ledger=stores.ledger,
            transactions=stores.transactions,
            audit=stores.audit,
            clock=clock,
            rules=rules,
            relay=relay,
        ),
        payout_desk=PayoutDesk(
            settlement=settlement,
            payouts=stores.payouts,
            transactions=stores.transactions,
            audit=stores.audit,
            clock=clock,
        ),
        provider_notices=ProviderNotices(
            readers=wallets.readers,
            payments=payments,
            refunds=refunds,
            settlement=settlement,
            replays=stores.replays,
            refused=stores.refused_notices,
            transactions=stores.transactions,
            clock=clock,
            relay=relay,
        ),
        statements=wallets.statements,
    )
