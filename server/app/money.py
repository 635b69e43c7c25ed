"""Wiring of money: payments, refunds, payouts, and the wallets' word about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypedDict

from server.app.bases import Bases
from server.app.stores import Stores
from server.app.wallets import Wallets
from server.domain.payments import Wallet
from server.providers.money_ports import StatementProvider
from server.services.money.courier_debts import CourierDebts
from server.services.money.pay_codes import PayCodes
from server.services.money.payment_outcomes import PaymentOutcomes
from server.services.money.payments import Payments
from server.services.money.payout_confirmations import PayoutConfirmations
from server.services.money.payout_desk import PayoutDesk
from server.services.money.payout_outcomes import PayoutOutcomes
from server.services.money.payout_steps import PayoutSteps
from server.services.money.provider_notices import ProviderNotices
from server.services.money.refund_desk import RefundDesk
from server.services.money.refunds import Refunds
from server.services.money.settlement import Settlement
from server.services.money.suspense import Suspense
from server.services.ports import Relay
from server.store.ledger import MongoLedger
from server.store.payouts import MongoPayouts
from server.store.transactions import Transactions


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """The services around money."""

    pay_codes: PayCodes
    payments: Payments
    payment_outcomes: PaymentOutcomes
    refunds: Refunds
    refund_desk: RefundDesk
    settlement: Settlement
    payout_desk: PayoutDesk
    suspense: Suspense
    confirmations: PayoutConfirmations
    provider_notices: ProviderNotices
    statements: Mapping[Wallet, StatementProvider]


class _Books(TypedDict):
    """What everything that pays couriers writes to."""

    payouts: MongoPayouts
    ledger: MongoLedger
    transactions: Transactions


@dataclass(frozen=True, slots=True, kw_only=True)
class _Out:
    """What pays couriers."""

    settlement: Settlement
    outcomes: PayoutOutcomes
    debts: CourierDebts


def build_money(bases: Bases, stores: Stores, wallets: Wallets, relay: Relay) -> Money:
    """Build them."""
    refunds = _refunds(bases, stores, wallets, relay)
    payment_outcomes = _payment_outcomes(bases, stores, wallets, relay, refunds)
    out = _out(bases, stores, wallets, relay)
    return Money(
        pay_codes=_pay_codes(bases, stores),
        payments=_payments(bases, stores, wallets, relay, payment_outcomes),
        payment_outcomes=payment_outcomes,
        refunds=refunds,
        settlement=out.settlement,
        refund_desk=_refund_desk(bases, stores, relay, refunds),
        payout_desk=_payout_desk(bases, stores, out),
        suspense=_suspense(bases, stores),
        confirmations=_confirmations(bases, stores, wallets, out),
        provider_notices=ProviderNotices(
            readers=wallets.readers,
            payments=payment_outcomes,
            refunds=refunds,
            payouts=out.outcomes,
            replays=stores.replays,
            refused=stores.refused_notices,
            transactions=stores.transactions,
            clock=bases.clock,
            relay=relay,
        ),
        statements=wallets.statements,
    )


def _refunds(bases: Bases, stores: Stores, wallets: Wallets, relay: Relay) -> Refunds:
    return Refunds(
        refunds=stores.refunds,
        payments=stores.payments,
        orders=stores.orders,
        ledger=stores.ledger,
        transactions=stores.transactions,
        wallets=wallets.pay,
        clock=bases.clock,
        rules=bases.settings.rules,
        relay=relay,
    )


def _payment_outcomes(
    bases: Bases, stores: Stores, wallets: Wallets, relay: Relay, refunds: Refunds
) -> PaymentOutcomes:
    return PaymentOutcomes(
        payments=stores.payments,
        orders=stores.orders,
        ledger=stores.ledger,
        refunds=refunds,
        transactions=stores.transactions,
        wallets=wallets.pay,
        clock=bases.clock,
        rules=bases.settings.rules,
        relay=relay,
    )


def _payments(
    bases: Bases, stores: Stores, wallets: Wallets, relay: Relay, outcomes: PaymentOutcomes
) -> Payments:
    return Payments(
        payments=stores.payments,
        orders=stores.orders,
        outcomes=outcomes,
        transactions=stores.transactions,
        wallets=wallets.pay,
        clock=bases.clock,
        draw=bases.draw,
        rules=bases.settings.rules,
        relay=relay,
    )


def _pay_codes(bases: Bases, stores: Stores) -> PayCodes:
    return PayCodes(
        codes=stores.pay_codes,
        orders=stores.orders,
        base_url=bases.settings.http.base_url,
        rules=bases.settings.rules,
        clock=bases.clock,
        draw=bases.draw,
    )


def _refund_desk(bases: Bases, stores: Stores, relay: Relay, refunds: Refunds) -> RefundDesk:
    return RefundDesk(
        refunds=refunds,
        store=stores.refunds,
        orders=stores.orders,
        ledger=stores.ledger,
        transactions=stores.transactions,
        audit=stores.audit,
        clock=bases.clock,
        rules=bases.settings.rules,
        relay=relay,
    )


def _out(bases: Bases, stores: Stores, wallets: Wallets, relay: Relay) -> _Out:
    rules, clock = bases.settings.rules, bases.clock
    books = _Books(payouts=stores.payouts, ledger=stores.ledger, transactions=stores.transactions)
    steps = PayoutSteps(orders=stores.orders, clock=clock, rules=rules)
    debts = CourierDebts(**books, steps=steps, clock=clock)
    outcomes = PayoutOutcomes(**books, steps=steps, debts=debts, clock=clock, relay=relay)
    settlement = Settlement(
        **books,
        orders=stores.orders,
        wallets=wallets.payout,
        payees=wallets.payees,
        outcomes=outcomes,
        debts=debts,
        steps=steps,
        clock=clock,
        rules=rules,
        relay=relay,
    )
    return _Out(settlement=settlement, outcomes=outcomes, debts=debts)


def _payout_desk(bases: Bases, stores: Stores, out: _Out) -> PayoutDesk:
    return PayoutDesk(
        settlement=out.settlement,
        outcomes=out.outcomes,
        debts=out.debts,
        payouts=stores.payouts,
        transactions=stores.transactions,
        audit=stores.audit,
        clock=bases.clock,
    )


def _suspense(bases: Bases, stores: Stores) -> Suspense:
    return Suspense(
        refunds=stores.refunds,
        payouts=stores.payouts,
        ledger=stores.ledger,
        transactions=stores.transactions,
        audit=stores.audit,
        clock=bases.clock,
    )


def _confirmations(
    bases: Bases, stores: Stores, wallets: Wallets, out: _Out
) -> PayoutConfirmations:
    return PayoutConfirmations(
        payouts=stores.payouts,
        outcomes=out.outcomes,
        wallet=wallets.confirm,
        payees=wallets.payees,
        clock=bases.clock,
    )
