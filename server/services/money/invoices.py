"""Invoice requests: asked for by the customer of a paid order, decided on by finance.

The order's own history says that one was asked for; the conditional write of that is also what
keeps a request and a refund from passing each other.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from realtime.wire.finance import (
    DecideInvoice,
    InvoicesQuery,
    InvoicesView,
    InvoiceView,
    OrderInvoiceView,
    RequestInvoice,
)
from server.domain.changes import Change, Context, note
from server.domain.errors import Conflict, NotFound
from server.domain.ids import OrderId, PersonId
from server.domain.invoices import (
    Invoice,
    InvoiceKind,
    InvoiceState,
    InvoiceTexts,
    check_payable,
    checked,
)
from server.domain.money import Charge, Fen
from server.domain.orders import Order
from server.domain.paging import Position, read_position
from server.domain.people import Actor
from server.domain.rules import Rules
from server.services.money.listing import next_page
from server.services.ports import Audit, Clock, Relay
from server.store.invoices import MongoInvoices
from server.store.orders import MongoOrders
from server.store.transactions import Session, Transactions

#: Steps of an order that are of no table.
ASKED = "invoice_requested"
DECIDED = {InvoiceState.ISSUED: "invoice_issued", InvoiceState.REFUSED: "invoice_refused"}


class Invoices:
    """What customers ask for and finance decide."""

    def __init__(
        self,
        *,
        invoices: MongoInvoices,
        orders: MongoOrders,
        transactions: Transactions,
        audit: Audit,
        relay: Relay,
        rules: Rules,
        clock: Clock,
    ) -> None:
        self._invoices = invoices
        self._orders = orders
        self._transactions = transactions
        self._audit = audit
        self._relay = relay
        self._rules = rules
        self._clock = clock

    async def of_order(self, customer: PersonId, order: OrderId) -> OrderInvoiceView:
        """Show a customer the request of an own order, if there is one.

        Raises:
            NotFound: not this customer's order.
        """
        known = await self._own(customer, order)
        found = await self._invoices.find(order)
        is_paid = known.charge is Charge.PAID
        may_ask = is_paid and (found is None or found[0].may_change)
        view = invoice_view(*found, known) if found else None
        return OrderInvoiceView(invoice=view, may_ask=may_ask)

    async def ask(
        self, customer: PersonId, order: OrderId, body: RequestInvoice
    ) -> OrderInvoiceView:
        """Ask for an order's invoice, or correct what was asked for, until it is issued.

        Raises:
            NotFound: not this customer's order. InvalidInput: names the field.
            Conflict: not paid, refunded, or issued already.
        """
        kind = InvoiceKind(body.kind)
        texts = checked(kind, body.title, body.tax_number, body.email)
        await self._own(customer, order)

        async def write(session: Session) -> None:
            now = self._clock()
            change = await self._orders.change(
                order, lambda current: self._asked(current, customer, now), session
            )
            await self._keep(change.after, kind, texts, now, session)

        await self._transactions.run(write)
        await self._relay.kick(order)
        return await self.of_order(customer, order)

    async def list(self, actor: Actor, query: InvoicesQuery) -> InvoicesView:
        """List requests of a state for finance, unmasked; each read is recorded first.

        Raises:
            InvalidInput: no position.
        """
        state, before = InvoiceState(query.state), read_position(query.before)
        found = await self._invoices.page(state, before, query.limit)
        views = []
        for invoice, texts in found:
            await self._record(actor, "read_invoice", invoice.id, "issue", self._clock())
            views.append(invoice_view(invoice, texts, await self._orders.get(invoice.id)))
        ends = next_page(found, query.limit, lambda last: _position(last[0]))
        return InvoicesView(invoices=tuple(views), next=ends)

    async def decide(self, actor: Actor, order: OrderId, body: DecideInvoice) -> InvoiceView:
        """Say that an invoice was issued, or why not; recorded.

        Raises:
            NotFound: none was asked for. Conflict: decided already, or the order's money went
            back meanwhile (it may still be refused).
        """
        state = InvoiceState(body.state)
        if await self._invoices.find(order) is None:
            raise NotFound(field="order", rule="invoice_requested")
        await self._record(actor, f"invoice_{state.value}", order, body.note, self._clock())

        async def write(session: Session) -> None:
            now = self._clock()
            known = await self._invoices.find(order, session)
            context = Context(actor=actor.person, at=now, rules=self._rules)

            def decided(current: Order) -> Change:
                if state is InvoiceState.ISSUED:
                    check_payable(order, current.charge)
                return note(current, DECIDED[state], context)

            change = await self._orders.change(order, decided, session)
            if known is None or not await self._invoices.decide(
                replace(known[0], amount_fen=amount_of(change.after)),
                state,
                session,
                note=body.note,
                by=actor.person,
                at=now,
            ):
                raise Conflict(field="state", rule="requested")

        await self._transactions.run(write)
        await self._relay.kick(order)
        found = await self._invoices.find(order)
        if found is None:
            raise NotFound(field="order", rule="invoice_requested")
        return invoice_view(*found, await self._orders.get(order))

    async def _own(self, customer: PersonId, order: OrderId) -> Order:
        known = await self._orders.get(order)
        if known.customer != customer:
            raise NotFound(field="order_id", rule="exists")
        return known

    def _asked(self, order: Order, customer: PersonId, now: datetime) -> Change:
        check_payable(order.id, order.charge)
        return note(order, ASKED, Context(actor=customer, at=now, rules=self._rules))

    async def _keep(
        self, order: Order, kind: InvoiceKind, texts: InvoiceTexts, now: datetime, session: Session
    ) -> None:
        found = await self._invoices.find(order.id, session)
        if found is None:
            fresh = Invoice(
                id=order.id,
                customer=order.customer,
                kind=kind,
                state=InvoiceState.REQUESTED,
                version=1,
                amount_fen=amount_of(order),
                requested_at=now,
            )
            await self._invoices.insert(fresh, texts, session)
            return
        known = found[0]
        after = replace(
            known,
            kind=kind,
            state=InvoiceState.REQUESTED,
            version=known.version + 1,
            amount_fen=amount_of(order),
            requested_at=now,
            note="",
            decided_by=None,
            decided_at=None,
        )
        if not known.may_change or not await self._invoices.correct(known, after, texts, session):
            raise Conflict(field="state", rule="not_issued")

    async def _record(
        self, actor: Actor, action: str, order: OrderId, purpose: str, at: datetime
    ) -> None:
        await self._audit.record(
            actor=actor.person, action=action, subject=f"order:{order}", purpose=purpose, at=at
        )


def _position(invoice: Invoice) -> Position:
    return Position(invoice.requested_at, invoice.id)


def amount_of(order: Order) -> Fen:
    """Give what an order's invoice is of: what was paid, less what goes back of it."""
    return Fen(order.price_fen - order.refund_asked_fen)


def invoice_view(invoice: Invoice, texts: InvoiceTexts, order: Order) -> InvoiceView:
    """Show a request to those who may read it; one that is not issued, with today's amount."""
    amount_fen = amount_of(order) if invoice.may_change else invoice.amount_fen
    return InvoiceView(
        order_id=invoice.id,
        state=invoice.state.value,
        kind=invoice.kind.value,
        title=texts.title,
        tax_number=texts.tax_number,
        email=texts.email,
        amount_fen=amount_fen,
        note=invoice.note,
        requested_at=invoice.requested_at,
        decided_at=invoice.decided_at,
        may_change=invoice.may_change,
    )
