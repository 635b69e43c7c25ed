"""Routes of finance: statements and their differences, files by day, invoices."""

from __future__ import annotations

from dataclasses import dataclass

from handlers.access import PERSON, allow
from handlers.application import Route
from handlers.base import ApiHandler
from handlers.payments import ORDER
from handlers.streaming import StreamingHandler
from realtime.wire.finance import (
    DayQuery,
    DecideInvoice,
    DifferencesQuery,
    FetchStatement,
    InvoicesQuery,
    RequestInvoice,
    ResolveDifference,
    StatementsQuery,
)
from server.domain.ids import OrderId
from server.domain.people import Role
from server.services.money.finance import Finance
from server.services.money.invoices import Invoices
from server.services.money.sheets import Sheets

CSV = "text/csv; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class FinanceServices:
    """What this room calls."""

    finance: Finance
    sheets: Sheets
    invoices: Invoices


class FinanceHandler(ApiHandler):
    """The base of this room."""

    def initialize(self, finance: FinanceServices) -> None:
        """Take the services."""
        self._finance = finance


class StatementsHandler(FinanceHandler):
    """/v1/staff/finance/statements."""

    @allow(Role.FINANCE)
    async def get(self) -> None:
        """`StatementsQuery` → `StatementsView`: the wallets' bills, newest day first."""
        self.answer(await self._finance.finance.days(self.query(StatementsQuery)))

    @allow(Role.FINANCE)
    async def post(self) -> None:
        """`FetchStatement` → `StatementView`: fetched and compared anew by a worker; recorded."""
        self.answer(await self._finance.finance.fetch(self.actor, self.body(FetchStatement)))


class DifferencesHandler(FinanceHandler):
    """GET /v1/staff/finance/differences."""

    @allow(Role.FINANCE)
    async def get(self) -> None:
        """`DifferencesQuery` → `DifferencesView`."""
        self.answer(await self._finance.finance.differences(self.query(DifferencesQuery)))


class ResolveHandler(FinanceHandler):
    """POST /v1/staff/finance/differences/resolve."""

    @allow(Role.FINANCE, idempotent=True)
    async def post(self) -> None:
        """`ResolveDifference` → `DifferenceView`; recorded."""
        self.answer(await self._finance.finance.resolve(self.actor, self.body(ResolveDifference)))


class SheetHandler(StreamingHandler):
    """GET /v1/staff/finance/{ledger,differences,payouts}.csv."""

    def initialize(self, finance: FinanceServices, sheet: str) -> None:
        """Take the services, and which file."""
        self._finance = finance
        self._sheet = sheet

    @allow(Role.FINANCE)
    async def get(self) -> None:
        """`DayQuery` → CSV: UTF-8 with BOM, CRLF, yuan and fen, China's times; recorded."""
        day = self.query(DayQuery).day
        chunks = await self._finance.sheets.begin(self.actor, self._sheet, day)
        self.answer_stream(chunks, CSV, f"lanjian-{self._sheet}-{day}.csv")


class InvoicesHandler(FinanceHandler):
    """GET /v1/staff/finance/invoices."""

    @allow(Role.FINANCE)
    async def get(self) -> None:
        """`InvoicesQuery` → `InvoicesView`, unmasked; each read is recorded."""
        self.answer(await self._finance.invoices.list(self.actor, self.query(InvoicesQuery)))


class DecideInvoiceHandler(FinanceHandler):
    """POST /v1/staff/finance/invoices/{order}."""

    @allow(Role.FINANCE, idempotent=True)
    async def post(self, order: str) -> None:
        """`DecideInvoice` → `InvoiceView`; recorded."""
        body = self.body(DecideInvoice)
        self.answer(await self._finance.invoices.decide(self.actor, OrderId(order), body))


class OrderInvoiceHandler(FinanceHandler):
    """/v1/orders/{order}/invoice."""

    @allow(PERSON)
    async def get(self, order: str) -> None:
        """`OrderInvoiceView`: what the order's customer asked for, if anything."""
        invoices = self._finance.invoices
        self.answer(await invoices.of_order(self.actor.person, OrderId(order)))

    @allow(PERSON, idempotent=True)
    async def put(self, order: str) -> None:
        """`RequestInvoice` → `OrderInvoiceView`: of a paid order; correctable until issued."""
        body, invoices = self.body(RequestInvoice), self._finance.invoices
        self.answer(await invoices.ask(self.actor.person, OrderId(order), body))


def routes(finance: FinanceServices) -> list[Route]:
    """List this room's routes."""
    mine = {"finance": finance}
    return [
        (r"/v1/staff/finance/statements", StatementsHandler, mine),
        (r"/v1/staff/finance/differences", DifferencesHandler, mine),
        (r"/v1/staff/finance/differences/resolve", ResolveHandler, mine),
        *(
            (rf"/v1/staff/finance/{sheet}\.csv", SheetHandler, {**mine, "sheet": sheet})
            for sheet in ("ledger", "differences", "payouts")
        ),
        (r"/v1/staff/finance/invoices", InvoicesHandler, mine),
        (rf"/v1/staff/finance/invoices/{ORDER}", DecideInvoiceHandler, mine),
        (rf"/v1/orders/{ORDER}/invoice", OrderInvoiceHandler, mine),
    ]
