"""Wiring of money: payments, refunds, payouts, and the providers' word about them."""

from __future__ import annotations

from dataclasses import dataclass

from server.app.bases import Bases
from server.app.stores import Stores
from server.providers.pay import SignedPay
from server.providers.payout import SignedPayout
from server.services.payments import Payments
from server.services.ports import Relay
from server.services.provider_notices import ProviderNotices
from server.services.refunds import Refunds
from server.services.settlement import Settlement

#: Where the provider's notices come in; the handlers' routes have the same paths.
PAY_CALLBACK = "/v1/callbacks/pay"
PAYOUT_CALLBACK = "/v1/callbacks/payout"


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """The services around money."""

    payments: Payments
    refunds: Refunds
    settlement: Settlement
    provider_notices: ProviderNotices


def build_money(bases: Bases, stores: Stores, relay: Relay) -> Money:
    """Build them."""
    rules, clock, base_url = bases.settings.rules, bases.clock, bases.settings.http.base_url
    pay = SignedPay(client=bases.pay_client, notify_url=base_url + PAY_CALLBACK)
    payout = SignedPayout(client=bases.pay_client, notify_url=base_url + PAYOUT_CALLBACK)
    refunds = Refunds(
        refunds=stores.refunds,
        payments=stores.payments,
        orders=stores.orders,
        ledger=stores.ledger,
        transactions=stores.transactions,
        provider=pay,
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
        provider=pay,
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
        provider=payout,
        clock=clock,
        rules=rules,
        relay=relay,
    )
    return Money(
        payments=payments,
        refunds=refunds,
        settlement=settlement,
        provider_notices=ProviderNotices(
            payments=payments,
            refunds=refunds,
            settlement=settlement,
            replays=stores.replays,
            transactions=stores.transactions,
            key=bases.settings.secrets.pay_key,
            clock=clock,
            rules=rules,
            relay=relay,
        ),
    )
