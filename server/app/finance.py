"""Wiring of finance: wallets' statements, files by day, invoices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from handlers.finance import FinanceServices
from server.app.bases import Bases
from server.app.stores import Stores
from server.app.ways import Ways
from server.domain.payments import Wallet
from server.providers.money_ports import StatementProvider
from server.services.money.finance import Finance
from server.services.money.invoices import Invoices
from server.services.money.sheets import Sheets
from server.services.money.statements import Statements
from server.services.ports import Relay


@dataclass(frozen=True, slots=True, kw_only=True)
class FinanceRooms:
    """The services around finance: staff's, and the worker's."""

    services: FinanceServices
    statements: Statements


def build_finance(
    bases: Bases,
    stores: Stores,
    ways: Ways,
    relay: Relay,
    wallets: Mapping[Wallet, StatementProvider],
) -> FinanceRooms:
    """Build them; `wallets` holds those whose bills are to be had."""
    rules, clock, transactions = bases.settings.rules, bases.clock, stores.transactions
    return FinanceRooms(
        services=FinanceServices(
            finance=Finance(
                statements=stores.statements,
                differences=stores.differences,
                ledger=stores.ledger,
                transactions=transactions,
                audit=stores.audit,
                clock=clock,
            ),
            sheets=Sheets(sheets=stores.sheets, audit=stores.audit, clock=clock),
            invoices=Invoices(
                invoices=stores.invoices,
                orders=stores.orders,
                transactions=transactions,
                audit=stores.audit,
                relay=relay,
                rules=rules,
                clock=clock,
            ),
        ),
        statements=Statements(
            statements=stores.statements,
            differences=stores.differences,
            ledger=stores.ledger,
            transactions=transactions,
            wallets=wallets,
            staff=ways.staff,
            rules=rules,
            clock=clock,
        ),
    )
