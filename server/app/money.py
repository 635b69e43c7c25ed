"""Wiring of money: payments, refunds, payouts, and the wallets' word about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from server.app.bases import Bases
from server.app.stores import Stores
from server.app.wallets import Wallets
from server.domain.payments import Wallet
from server.providers.money_ports import StatementProvider
from server.services.money.pay_codes import PayCodes
from server.services.money.payments import Payments
from server.services.money.payout_confirmations import PayoutConfirmations
from server.services.money.payout_desk import PayoutDesk
from server.services.money.provider_notices import ProviderNotices
from server.services.money.refund_desk import RefundDesk
from server.services.money.refunds import Refunds
from server.services.money.settlement import Settlement
from server.services.ports import Relay


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """The services around money."""

    pay_codes: PayCodes
    payments: Payments
    refunds: Refunds
    refund_desk: RefundDesk
    settlement: Settlement
    payout_desk: PayoutDesk
    confirmations: PayoutConfirmations
    provider_notices: ProviderNotices
    statements: Mapping[Wallet, StatementProvider]


def build_money(bases: Bases, stores: Stores, wallets: Wallets, relay: Relay) -> Money:
    """Build them."""
    rules, clock = bases.settings.rules, bases.clock
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
        pay_codes=PayCodes(
            codes=stores.pay_codes,
            orders=stores.orders,
            base_url=bases.settings.http.base_url,
            rules=rules,
            clock=clock,
            draw=bases.draw,
        ),
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
        confirmations=PayoutConfirmations(
            payouts=stores.payouts,
            settlement=settlement,
            wallet=wallets.confirm,
            payees=wallets.payees,
            transactions=stores.transactions,
            relay=relay,
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
