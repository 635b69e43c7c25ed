"""Wiring of finance: wallets' statements, files by day, invoices."""

from __future__ import annotations

from dataclasses import dataclass

from handlers.finance import FinanceServices
from server.app.bases import Bases
from server.app.money import Money
from server.app.stores import Stores
from server.app.ways import Ways
from server.domain.statements import Flow
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
    money: Money,
) -> FinanceRooms:
    """Build them; what only a bill tells of is asked about and settled by the rooms of money."""
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
            wallets=money.statements,
            asks={
                Flow.PAYMENT: money.payment_outcomes.look_up,
                Flow.REFUND: money.refunds.look_up,
                Flow.TRANSFER: money.settlement.look_up,
            },
            staff=ways.staff,
            rules=rules,
            clock=clock,
        ),
    )
