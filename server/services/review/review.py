"""Finished waybills: uploaded by the courier, approved or rejected by reviewers.

Approval settles the order: ledger and payout in the same transaction. Above `four_eyes_fen` of
pay the first approval is a mark, and another person's settles. Each act is one conditional write.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Protocol

from realtime.wire.requests import UploadFinished
from realtime.wire.work import FinishedView
from server.domain import reviews
from server.domain.certifications import CHINA
from server.domain.changes import Change, Context, move
from server.domain.custody import Custody, Step
from server.domain.documents import carrier_of, carrier_waybill, person_name, phone
from server.domain.errors import InvalidInput, NotFound
from server.domain.ids import OrderId, PersonId, PhotoId
from server.domain.money import Fen
from server.domain.orders import FinishedWaybill, Order, Pickup, Reading
from server.domain.people import Actor
from server.domain.photos import PhotoPurpose, PhotoUse
from server.domain.rules import Rules
from server.services.dispatch.eligibility import Eligibility
from server.services.money.settlement import Settlement
from server.services.ports import Audit, Clock, Photos, Relay
from server.store.couriers import MongoCouriers
from server.store.orders import COLLECTION, MongoOrders
from server.store.seal import Place, Seal
from server.store.transactions import Session, Transactions

#: Texts of a finished waybill that are personal data.
SEALED = ("sender", "recipient", "phone", "address")

QUEUE_LIMIT = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedTexts:
    """The personal part of a finished waybill, opened for a recorded read."""

    sender: str
    recipient: str
    phone: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ForReview:
    """One order that waits for a reviewer."""

    order: Order
    finished: FinishedWaybill
    texts: FinishedTexts


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
        settlement: Settlement,
        eligibility: Eligibility,
        photos: Photos,
        reader: Reader,
        audit: Audit,
        seal: Seal,
        clock: Clock,
        rules: Rules,
        relay: Relay,
    ) -> None:
        self._orders = orders
        self._couriers = couriers
        self._transactions = transactions
        self._settlement = settlement
        self._eligibility = eligibility
        self._photos = photos
        self._reader = reader
        self._audit = audit
        self._seal = seal
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
        now = self._clock()
        won = await self._orders.get(order)
        _check_winner(won, actor.person)
        finished, texts = _checked(won, body, now)
        await self._photos.require_own(actor.person, finished.photo)
        context = Context(actor=actor.person, at=now, rules=self._rules)
        move(won, Step.UPLOAD, context)  # what is refused anyway is not worth reading its photo
        reading = await self._reader.read(finished.photo, finished.number)
        finished = replace(finished, reading=reading)

        def decide(current: Order) -> Change:
            _check_winner(current, actor.person)
            pickup = _bound(current, finished)
            return move(current, Step.UPLOAD, context, finished=finished, pickup=pickup)

        async def write(session: Session) -> Change:
            sealed = {"finished_sealed": self._close(order, texts)}
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
            await self._open(actor, order, order.finished, purpose="review")
            for order in waiting
            if order.finished is not None
        ]

    async def handed_in(self, actor: Actor, order: OrderId) -> ForReview:
        """Give a courier what they handed in and got back, to mend it; the read is recorded.

        Raises:
            NotFound: not this courier's order, or nothing came back.
        """
        won = await self._orders.get(order)
        _check_winner(won, actor.person)
        if won.finished is None or won.custody is not Custody.COLLECTED:
            raise NotFound(field="order_id", rule="sent_back")
        return await self._open(actor, won, won.finished, purpose="mend")

    async def approve(
        self,
        actor: Actor,
        order: OrderId,
        *,
        reason: str | None = None,
        seen: datetime | None = None,
    ) -> Order:
        """Approve: pay and fee are posted and the payout is owed, or the first of two is marked.

        `seen` is the `uploaded_at` of the waybill that was looked at; `reason` is needed where
        its photo shows another number, and recorded.

        Raises:
            Forbidden: a reviewer's own parcel or pay, or own first approval.
            InvalidInput: the reason is missing. StaleVersion: handed in anew meanwhile.
            IllegalTransition: not in review.
        """
        now = self._clock()
        context = Context(actor=actor.person, at=now, rules=self._rules)

        def decide(current: Order) -> Change:
            reviews.check_disinterested(current, actor.person)
            reviews.check_seen(current, seen)
            reviews.check_reason(current, reason)
            return reviews.approved(current, context)

        decide(await self._orders.get(order))  # what is refused is not recorded as done
        if reason is not None:
            await self._audit.record(
                actor=actor.person,
                action="approve_with_reason",
                subject=f"order:{order}",
                purpose=reason,
                at=now,
            )

        async def write(session: Session) -> Change:
            change = await self._orders.change(order, decide, session)
            if change.after.custody is Custody.DONE:
                await self._settlement.credit(change.after, now, session)
                await self._let_photo_go(change.after, session)
            return change

        change = await self._transactions.run(write)
        await self._relay.kick(order)
        return change.after

    async def withdraw(self, actor: Actor, order: OrderId) -> Order:
        """Take one's own first approval back, while the second has not come.

        Raises:
            Conflict: there is none of this person's.
        """
        context = Context(actor=actor.person, at=self._clock(), rules=self._rules)
        change = await self._orders.change(
            order, lambda current: reviews.withdrawn(current, context)
        )
        await self._relay.kick(order)
        return change.after

    async def reject(
        self,
        actor: Actor,
        order: OrderId,
        reason: reviews.SendBack,
        note: str | None = None,
        *,
        seen: datetime | None = None,
    ) -> Order:
        """Send a finished waybill back to its courier with a reason.

        Raises:
            Forbidden: a reviewer's own parcel or pay. InvalidInput: `other` without a note.
            StaleVersion: handed in anew meanwhile. IllegalTransition: not in review.
        """
        rejection = _rejection(reason, note)
        context = Context(actor=actor.person, at=self._clock(), rules=self._rules)

        def decide(current: Order) -> Change:
            reviews.check_disinterested(current, actor.person)
            reviews.check_seen(current, seen)
            return reviews.sent_back(current, rejection, context)

        change = await self._orders.change(order, decide)
        await self._relay.kick(order)
        return change.after

    async def _open(
        self, actor: Actor, order: Order, finished: FinishedWaybill, *, purpose: str
    ) -> ForReview:
        await self._audit.record(
            actor=actor.person,
            action="read_finished_waybill",
            subject=f"order:{order.id}",
            purpose=purpose,
            at=self._clock(),
        )
        sealed: dict[str, bytes | str] = dict(await self._orders.sealed_finished(order.id))
        texts = {
            name: self._seal.open_text(_bytes(sealed[name]), _place(order.id, name))
            for name in SEALED
        }
        return ForReview(order=order, finished=finished, texts=FinishedTexts(**texts))

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

    def _close(self, order: OrderId, texts: FinishedTexts) -> dict[str, bytes]:
        return {
            name: self._seal.close_text(getattr(texts, name), _place(order, name))
            for name in SEALED
        }


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


def finished_view(waiting: ForReview) -> FinishedView:
    """Show a finished waybill unmasked, with what was read off its photo."""
    finished, texts = waiting.finished, waiting.texts
    reading = finished.reading
    return FinishedView(
        carrier=finished.carrier,
        number=finished.number,
        sender=texts.sender,
        recipient=texts.recipient,
        phone=texts.phone,
        address=texts.address,
        weight_grams=finished.weight_grams,
        postage_fen=finished.postage_fen,
        date=finished.posted_on,
        photo_id=finished.photo,
        uploaded_at=finished.uploaded_at,
        match=reading.match.value if reading else None,
        numbers=reading.numbers if reading else (),
    )


def _check_winner(order: Order, courier: PersonId) -> None:
    if order.pickup is None or order.pickup.courier != courier:
        raise NotFound(field="order_id", rule="won_by_you")


def _checked(
    order: Order, body: UploadFinished, now: datetime
) -> tuple[FinishedWaybill, FinishedTexts]:
    """Check every field; the first that breaks its rule is named."""
    number = carrier_waybill(body.number, field="number")
    bound = order.pickup.carrier_waybill if order.pickup else None
    if bound is not None and number != bound:
        raise InvalidInput(field="number", rule="bound_number")
    finished = FinishedWaybill(
        carrier=" ".join(body.carrier.split()),
        number=number,
        weight_grams=body.weight_grams,
        postage_fen=Fen(body.postage_fen),
        posted_on=_posted_on(body.date, order, now),
        photo=PhotoId(body.photo_id),
        uploaded_at=now,
    )
    texts = FinishedTexts(
        sender=person_name(body.sender, field="sender"),
        recipient=person_name(body.recipient, field="recipient"),
        phone=phone(body.phone, field="phone"),
        address=" ".join(body.address.split()),
    )
    return finished, texts


def _bound(order: Order, finished: FinishedWaybill) -> Pickup | None:
    """Bind the number of a parcel that was taken out offline, where nothing could be bound."""
    pickup = order.pickup
    if pickup is None or pickup.carrier_waybill is not None:
        return pickup
    carrier = carrier_of(finished.number)
    return replace(pickup, carrier=carrier, carrier_waybill=finished.number)


def _posted_on(text: str, order: Order, now: datetime) -> str:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise InvalidInput(field="date", rule="calendar_date") from None
    # A day earlier than the order in China may be the same day where the clock was read.
    first = order.created_at.astimezone(CHINA).date() - timedelta(days=1)
    if not first <= day <= now.astimezone(CHINA).date():
        raise InvalidInput(field="date", rule="from_order_to_today")
    return text


def _use(order: OrderId) -> PhotoUse:
    return PhotoUse(purpose=PhotoPurpose.WAYBILL, subject=f"order:{order}")


def _place(order: OrderId, name: str) -> Place:
    return Place(COLLECTION, f"finished_sealed.{name}", order)


def _bytes(sealed: bytes | str) -> bytes:
    return sealed.encode() if isinstance(sealed, str) else bytes(sealed)
