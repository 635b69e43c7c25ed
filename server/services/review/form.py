"""The form of a finished waybill: what a courier types off it, each field held to its rule."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from realtime.wire.requests import UploadFinished
from server.domain.china import CHINA
from server.domain.documents import carrier_of, carrier_waybill, person_name, phone
from server.domain.errors import InvalidInput, NotFound
from server.domain.ids import PersonId, PhotoId
from server.domain.money import Fen
from server.domain.orders import FinishedWaybill, Order, Pickup
from server.services.review.finished import FinishedTexts
from server.store.documents import milliseconds


def check_winner(order: Order, courier: PersonId) -> None:
    """Check that an order is a courier's.

    Raises:
        NotFound: it is not.
    """
    if order.pickup is None or order.pickup.courier != courier:
        raise NotFound(field="order_id", rule="won_by_you")


def checked(
    order: Order, body: UploadFinished, now: datetime
) -> tuple[FinishedWaybill, FinishedTexts]:
    """Check every field of a form.

    Raises:
        InvalidInput: names the first field that breaks its rule.
    """
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
        uploaded_at=milliseconds(now),
    )
    texts = FinishedTexts(
        sender=person_name(body.sender, field="sender"),
        recipient=person_name(body.recipient, field="recipient"),
        phone=phone(body.phone, field="phone"),
        address=" ".join(body.address.split()),
    )
    return finished, texts


def bound(order: Order, finished: FinishedWaybill) -> Pickup | None:
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
