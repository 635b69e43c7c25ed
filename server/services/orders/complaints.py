"""Complaints: the customer's side and staff's side of one thread an order.

Each change is one conditional write, with the uses of its photos and the record of staff's act in
the same transaction. What staff say is told to the customer afterwards, once, by whoever comes to
it first: the process that wrote it, or a worker.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

from realtime.wire.complaints import (
    AnswerComplaint,
    AssignComplaint,
    ComplaintLine,
    ComplaintMessage,
    ComplaintPage,
    ComplaintRefund,
    ComplaintsQuery,
    ComplaintView,
    OwnComplaint,
    SayComplaint,
)
from realtime.wire.people import Notice
from server.domain.complaints import (
    Complaint,
    Kind,
    Message,
    Side,
    State,
    added,
    assigned,
    opened,
    words,
)
from server.domain.custody import Custody
from server.domain.errors import (
    Conflict,
    Forbidden,
    InvalidInput,
    NotFound,
    StaleVersion,
    Unavailable,
)
from server.domain.ids import OrderId, PersonId, PhotoId
from server.domain.notice_kind import Hears
from server.domain.notice_kinds import COMPLAINT_ANSWERED, COMPLAINT_SETTLED, KINDS
from server.domain.orders import Order
from server.domain.paging import Position, read_position
from server.domain.people import Actor
from server.domain.photos import PhotoPurpose, PhotoUse
from server.domain.rules import Rules
from server.services.notices.notices import Notices
from server.services.notices.texts_of_steps import Text
from server.services.one_by_one import one_by_one
from server.services.ports import Clock, Photos, StaffFeed
from server.store.audit import MongoAudit
from server.store.complaints import MongoComplaints
from server.store.documents import milliseconds
from server.store.orders import MongoOrders
from server.store.payments import MongoRefunds
from server.store.transactions import Session, Transactions

BATCH = 100

#: Not settled: what staff's list shows unless asked otherwise.
LIVING = (State.OPEN, State.ANSWERED)


class Complaints:
    """Threads."""

    def __init__(
        self,
        *,
        store: MongoComplaints,
        orders: MongoOrders,
        refunds: MongoRefunds,
        transactions: Transactions,
        photos: Photos,
        notices: Notices,
        staff: StaffFeed,
        audit: MongoAudit,
        rules: Rules,
        clock: Clock,
    ) -> None:
        self._store = store
        self._orders = orders
        self._refunds = refunds
        self._transactions = transactions
        self._photos = photos
        self._notices = notices
        self._staff = staff
        self._audit = audit
        self._rules = rules
        self._clock = clock

    # The customer's side

    async def own(self, person: PersonId, order: OrderId) -> OwnComplaint:
        """Show a customer the thread of their order, if there is one.

        Raises:
            NotFound: no such order of theirs.
        """
        await self._own_order(person, order)
        found = await self._store.find(order)
        return OwnComplaint(complaint=await self._view(*found) if found else None)

    async def say(self, person: PersonId, order: OrderId, asked: SayComplaint) -> OwnComplaint:
        """Open the thread of one's order, or write on in it; settled ones open again for a while.

        Raises:
            NotFound: no such order of theirs, or no such photo.
            InvalidInput: a new thread without a kind; a photo that serves something else.
            Conflict: nothing was handed over yet; or settled too long ago; or the thread is full.
            StaleVersion: staff have written meanwhile.
        """
        known = await self._own_order(person, order)
        if known.custody is Custody.PLACED:
            raise Conflict(field="order_id", rule="handed_over", custody=known.custody.value)
        text = words(asked.text)
        photos = tuple(PhotoId(photo) for photo in asked.photos)
        message = self._message(Side.CUSTOMER, person, photos)

        async def body(session: Session) -> None:
            found = await self._store.find(order, session)
            if found is None:
                if asked.kind is None:
                    raise InvalidInput(field="kind", rule="required")
                thread = opened(order, person, Kind(asked.kind), message)
                await self._store.insert(thread, [text], session)
            else:
                thread, texts = found
                if asked.messages and len(thread.messages) != asked.messages:
                    raise StaleVersion(field="messages", rule="current")
                await self._add(thread, [*texts, text], message, session)
            await self._use(person, order, photos, session)

        await self._transactions.run(body)
        with suppress(Unavailable):  # the list says it, whoever looks
            await self._staff.push(
                Notice(
                    kind="complaint",
                    zh="客户投诉有新消息。",
                    en="A customer has written about a complaint.",
                    order_id=order,
                )
            )
        return await self.own(person, order)

    # Staff's side

    async def page(self, actor: Actor, query: ComplaintsQuery) -> ComplaintPage:
        """List threads, those first that have waited longest.

        Raises:
            InvalidInput: no such state, or no position.
        """
        states = LIVING if not query.state else (_state(query.state),)
        after = read_position(query.after)
        mine = actor.person if query.mine else None
        found = await self._store.page(states, mine, after, query.limit)
        more = len(found) == query.limit
        return ComplaintPage(
            complaints=tuple(map(_line, found)),
            counts=await self._store.counts(),
            next=str(Position(found[-1].state_since, found[-1].id)) if more else None,
        )

    async def read(self, actor: Actor, order: OrderId) -> ComplaintView:
        """Show staff a thread; recorded first.

        Raises:
            NotFound: the order has none.
        """
        found = await self._store.find(order)
        if found is None:
            raise NotFound(field="order_id", rule="complaint")
        await self._record(actor, "read_complaint", order, "complaint")
        return await self._view(*found, for_staff=True)

    async def answer(self, actor: Actor, order: OrderId, asked: AnswerComplaint) -> ComplaintView:
        """Write to the customer, and settle the thread if that says so; recorded with it.

        Raises:
            NotFound: the order has no thread, or no such photo. Forbidden: staff's own.
            StaleVersion: it has changed since it was shown. Conflict: settled, or full.
        """
        text = words(asked.text)
        photos = tuple(PhotoId(photo) for photo in asked.photos)
        message = self._message(Side.STAFF, actor.person, photos, settles=asked.settle)

        async def body(session: Session) -> None:
            thread, texts = await self._shown(actor, order, asked.version, session)
            await self._add(thread, [*texts, text], message, session)
            await self._use(actor.person, order, photos, session)
            act = "settle_complaint" if asked.settle else "answer_complaint"
            await self._record(actor, act, order, "complaint", session)

        await self._transactions.run(body)
        with suppress(Unavailable):  # a worker tells it then
            await self.tell(order)
        return await self.read(actor, order)

    async def assign(self, actor: Actor, order: OrderId, asked: AssignComplaint) -> ComplaintView:
        """Take a thread on, or lay it down.

        Raises:
            NotFound: the order has no thread. Forbidden: staff's own. StaleVersion: it changed.
        """

        async def body(session: Session) -> None:
            thread, _ = await self._shown(actor, order, asked.version, session)
            await self._write(
                thread, assigned(thread, actor.person if asked.mine else None), session
            )

        await self._transactions.run(body)
        return await self.read(actor, order)

    # Telling

    async def tell(self, order: OrderId) -> None:
        """Tell a customer what staff said last; once, whoever does it.

        Raises:
            Unavailable: a page may not have heard; the other channels will.
        """
        found = await self._store.find(order)
        if found is None or not found[0].untold:
            return
        thread, version = found[0], found[0].untold or 0
        kind = COMPLAINT_SETTLED if thread.state is State.SETTLED else COMPLAINT_ANSWERED
        row = KINDS[kind, Hears.PERSON]
        await self._notices.tell_person(
            thread.customer,
            kind=kind,
            key=f"complaint:{order}:{version}",
            text=Text(row.zh, row.en),
            at=self._clock(),
        )
        await self._store.told(order, version)

    async def sweep(self) -> int:
        """Tell what a process that died has left untold; returns how many."""
        left = await self._store.untold(BATCH)
        await one_by_one(left, self.tell, name="complaint")
        return len(left)

    async def _own_order(self, person: PersonId, order: OrderId) -> Order:
        known = await self._orders.get(order)
        if known.customer != person:
            raise NotFound(field="order_id", rule="exists")
        return known

    async def _shown(
        self, actor: Actor, order: OrderId, version: int, session: Session
    ) -> tuple[Complaint, list[str]]:
        found = await self._store.find(order, session)
        if found is None:
            raise NotFound(field="order_id", rule="complaint")
        if found[0].customer == actor.person:
            raise Forbidden(rule="not_your_own")
        if found[0].version != version:
            raise StaleVersion(field="version", rule="current")
        return found

    async def _add(
        self, known: Complaint, texts: list[str], message: Message, session: Session
    ) -> None:
        after = added(known, message, reopen_seconds=self._rules.complaint_reopen_seconds)
        await self._write(known, after, session, texts)

    async def _write(
        self,
        known: Complaint,
        after: Complaint,
        session: Session,
        texts: list[str] | None = None,
    ) -> None:
        if not await self._store.write(known, after, session, texts):
            raise StaleVersion(field="version", rule="current")

    async def _use(
        self, person: PersonId, order: OrderId, photos: tuple[PhotoId, ...], session: Session
    ) -> None:
        """Give photos their use; they are kept from now on for as long as complaints are."""
        use = PhotoUse(purpose=PhotoPurpose.COMPLAINT, subject=f"complaint:{order}")
        for photo in photos:
            await self._photos.use(person, photo, use, session, until=self._clock())

    async def _record(
        self,
        actor: Actor,
        action: str,
        order: OrderId,
        purpose: str,
        session: Session | None = None,
    ) -> None:
        await self._audit.record(
            actor=actor.person,
            action=action,
            subject=f"order:{order}",
            purpose=purpose,
            at=self._clock(),
            session=session,
        )

    def _message(
        self,
        side: Side,
        person: PersonId,
        photos: tuple[PhotoId, ...],
        *,
        settles: bool = False,
    ) -> Message:
        at = milliseconds(self._clock())
        return Message(side=side, person=person, at=at, photos=photos, settles=settles)

    async def _view(
        self, thread: Complaint, texts: list[str], *, for_staff: bool = False
    ) -> ComplaintView:
        refunds = await self._refunds.of_order(thread.id)
        return ComplaintView(
            order_id=thread.id,
            version=thread.version,
            kind=thread.kind.value,
            state=thread.state.value,
            opened_at=thread.opened_at,
            state_since=thread.state_since,
            messages=tuple(
                _message_view(message, text, for_staff=for_staff)
                for message, text in zip(thread.messages, texts, strict=True)
            ),
            refunds=tuple(
                ComplaintRefund(
                    refund_id=refund.id,
                    amount_fen=refund.amount_fen,
                    state=refund.state.value,
                    reason=refund.reason.value,
                    asked_at=refund.asked_at,
                )
                for refund in refunds
            ),
            until=self._until(thread),
            assignee=thread.assignee if for_staff else None,
            customer_id=thread.customer if for_staff else None,
        )

    def _until(self, thread: Complaint) -> datetime | None:
        if thread.state is not State.SETTLED:
            return None
        return thread.state_since + timedelta(seconds=self._rules.complaint_reopen_seconds)


def _message_view(message: Message, text: str, *, for_staff: bool) -> ComplaintMessage:
    return ComplaintMessage(
        side=message.side.value,
        at=message.at,
        text=text,
        photos=message.photos,
        by=message.person if for_staff else None,
    )


def _line(thread: Complaint) -> ComplaintLine:
    return ComplaintLine(
        order_id=thread.id,
        version=thread.version,
        kind=thread.kind.value,
        state=thread.state.value,
        opened_at=thread.opened_at,
        state_since=thread.state_since,
        messages=len(thread.messages),
        assignee=thread.assignee,
    )


def _state(text: str) -> State:
    try:
        return State(text)
    except ValueError:
        raise InvalidInput(field="state", rule="state") from None
