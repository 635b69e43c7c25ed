"""Finished waybills: uploaded by the courier, approved or rejected by reviewers.

Approval settles the order: ledger and payout in the same transaction. Above `four_eyes_fen` of
pay the first approval is a mark, and another person's settles. Each act is one conditional write,
and a verdict is about the upload that was looked at: on another, nothing happens.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Protocol

from realtime.wire.requests import UploadFinished
from server.domain import reviews
from server.domain.changes import Change, Context, move
from server.domain.custody import Custody, Step
from server.domain.errors import InvalidInput, NotFound
from server.domain.ids import OrderId, PersonId, PhotoId
from server.domain.orders import Order, Reading
from server.domain.people import Actor
from server.domain.photos import PhotoPurpose, PhotoUse
from server.domain.rules import Rules
from server.services.dispatch.eligibility import Eligibility
from server.services.money.settlement import Settlement
from server.services.ports import Audit, Clock, Photos, Relay
from server.services.review.finished import FinishedWaybills, ForReview
from server.services.review.form import bound, check_winner, checked
from server.store.couriers import MongoCouriers
from server.store.orders import Decide, MongoOrders
from server.store.transactions import Session, Transactions

QUEUE_LIMIT = 50


class Reader(Protocol):
    """Reads photos; `server.services.review.readings.PhotoReader`."""

    async def read(self, photo: PhotoId, bound: str) -> Reading:
        """Read the numbers on a photo and compare them with the bound one. Raises: NotFound."""


class Review:
    """The way from a collected parcel to an approved one."""

    def __init__(
        self,
        *,
        orders: MongoOrders,
        couriers: MongoCouriers,
        transactions: Transactions,
        waybills: FinishedWaybills,
        settlement: Settlement,
        eligibility: Eligibility,
        photos: Photos,
        reader: Reader,
        audit: Audit,
        clock: Clock,
        rules: Rules,
        relay: Relay,
    ) -> None:
        self._orders = orders
        self._couriers = couriers
        self._transactions = transactions
        self._waybills = waybills
        self._settlement = settlement
        self._eligibility = eligibility
        self._photos = photos
        self._reader = reader
        self._audit = audit
        self._clock = clock
        self._rules = rules
        self._relay = relay

    async def upload(self, actor: Actor, order: OrderId, body: UploadFinished) -> Order:
        """Hand the finished waybill in; it frees the courier's place under the cap.

        Raises:
            NotFound: not this courier's order. InvalidInput: names the field; `one_use` of a
                photo that was handed in with another order.
            WaybillBound: opened offline, and the number is another order's.
            IllegalTransition: not collected yet, or handed in before.
        """
        context = self._context(actor)
        won = await self._orders.get(order)
        check_winner(won, actor.person)
        finished, texts = checked(won, body, context.at)
        await self._photos.require_own(actor.person, finished.photo)
        move(won, Step.UPLOAD, context)  # what is refused anyway is not worth reading its photo
        reading = await self._reader.read(finished.photo, finished.number)
        finished = replace(finished, reading=reading)

        def decide(current: Order) -> Change:
            check_winner(current, actor.person)
            pickup = bound(current, finished)
            return move(current, Step.UPLOAD, context, finished=finished, pickup=pickup)

        async def write(session: Session) -> Change:
            sealed = {"finished_sealed": self._waybills.close(order, texts)}
            change = await self._orders.change(order, decide, session, sealed)
            await self._couriers.lay_down(order, change.before.version, session=session)
            await self._keep_photo(actor.person, change, session)
            return change

        change = await self._transactions.run(write)
        self._eligibility.forget(actor.person)
        await self._relay.kick(order)
        return change.after

    async def queue(self, actor: Actor, limit: int = QUEUE_LIMIT) -> list[ForReview]:
        """List what waits for review, longest waiting first; each read is recorded."""
        waiting = await self._orders.longest_in(Custody.IN_REVIEW, limit)
        return [
            await self._waybills.open(actor, order, purpose="review")
            for order in waiting
            if order.finished is not None
        ]

    async def handed_in(self, actor: Actor, order: OrderId) -> ForReview:
        """Give a courier what they handed in and got back, to mend it; the read is recorded.

        Raises:
            NotFound: not this courier's order, or nothing came back.
        """
        won = await self._orders.get(order)
        check_winner(won, actor.person)
        if won.finished is None or won.custody is not Custody.COLLECTED:
            raise NotFound(field="order_id", rule="sent_back")
        return await self._waybills.open(actor, won, purpose="mend")

    async def approve(
        self, actor: Actor, order: OrderId, *, seen: datetime, reason: str | None = None
    ) -> Order:
        """Approve: pay and fee are posted and the payout is owed, or the first of two is marked.

        `seen` is the `uploaded_at` of the waybill that was looked at; `reason` is needed where
        its photo shows another number, and recorded with the approval.

        Raises:
            Forbidden: a reviewer's own parcel or pay, or own first approval.
            InvalidInput: the reason is missing. StaleVersion: another upload was looked at.
            IllegalTransition: not in review.
        """
        context = self._context(actor)

        def decide(current: Order) -> Change:
            reviews.check_disinterested(current, actor.person)
            reviews.check_seen(current, seen)
            reviews.check_reason(current, reason)
            return reviews.approved(current, context)

        async def write(session: Session) -> Change:
            change = await self._orders.change(order, decide, session)
            if change.after.custody is Custody.DONE:
                await self._settlement.credit(change.after, context.at, session)
                await self._let_photo_go(change.after, session)
            if reason is not None:
                await self._record_reason(actor, change.after, reason, session)
            return change

        change = await self._transactions.run(write)
        await self._relay.kick(order)
        return change.after

    async def withdraw(self, actor: Actor, order: OrderId) -> Order:
        """Take one's own first approval back, while the second has not come.

        Raises:
            Conflict: there is none of this person's.
        """
        context = self._context(actor)
        return await self._change(order, lambda current: reviews.withdrawn(current, context))

    async def reject(
        self,
        actor: Actor,
        order: OrderId,
        reason: reviews.SendBack,
        note: str | None = None,
        *,
        seen: datetime,
    ) -> Order:
        """Send a finished waybill back to its courier with a reason; `seen` as in approving.

        Raises:
            Forbidden: a reviewer's own parcel or pay. InvalidInput: `other` without a note.
            StaleVersion: another upload was looked at. IllegalTransition: not in review.
        """
        rejection = _rejection(reason, note)
        context = self._context(actor)

        def decide(current: Order) -> Change:
            reviews.check_disinterested(current, actor.person)
            reviews.check_seen(current, seen)
            return reviews.sent_back(current, rejection, context)

        return await self._change(order, decide)

    async def _change(self, order: OrderId, decide: Decide) -> Order:
        change = await self._orders.change(order, decide)
        await self._relay.kick(order)
        return change.after

    async def _record_reason(
        self, actor: Actor, order: Order, reason: str, session: Session
    ) -> None:
        await self._audit.record(
            actor=actor.person,
            action="approve_with_reason",
            subject=f"order:{order.id}",
            purpose=reason,
            at=self._clock(),
            session=session,
        )

    async def _keep_photo(self, courier: PersonId, change: Change, session: Session) -> None:
        """Have the photo that was handed in serve the order, in place of an earlier one."""
        former, finished = change.before.finished, change.after.finished
        if finished is None:
            return
        if former is not None and former.photo != finished.photo:
            await self._let_photo_go(change.before, session)
        await self._photos.use(courier, finished.photo, _use(change.after.id), session)

    async def _let_photo_go(self, order: Order, session: Session) -> None:
        if order.finished is not None:
            await self._photos.release(order.finished.photo, _use(order.id), session)

    def _context(self, actor: Actor) -> Context:
        return Context(actor=actor.person, at=self._clock(), rules=self._rules)


def _rejection(reason: reviews.SendBack, note: str | None) -> str:
    """Write what the courier reads.

    Raises:
        InvalidInput: `other` says nothing without a note.
    """
    words = " ".join((note or "").split())
    if reason is reviews.SendBack.OTHER and not words:
        raise InvalidInput(field="note", rule="required")
    text = " / ".join(reviews.SEND_BACK_TEXTS[reason])
    return f"{text}: {words}" if words else text


def _use(order: OrderId) -> PhotoUse:
    return PhotoUse(purpose=PhotoPurpose.WAYBILL, subject=f"order:{order}")
