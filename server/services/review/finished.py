"""Finished waybills as they are kept: what is personal in them sealed, each opening recorded."""

from __future__ import annotations

from dataclasses import dataclass

from realtime.wire.work import FinishedView
from server.domain.errors import NotFound
from server.domain.ids import OrderId
from server.domain.orders import FinishedWaybill, Order
from server.domain.people import Actor
from server.services.ports import Audit, Clock
from server.store.orders import COLLECTION, MongoOrders
from server.store.seal import Place, Seal

#: Texts of a finished waybill that are personal data.
SEALED = ("sender", "recipient", "phone", "address")


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


class FinishedWaybills:
    """Seal the texts of finished waybills, and open them on record."""

    def __init__(self, *, orders: MongoOrders, seal: Seal, audit: Audit, clock: Clock) -> None:
        self._orders = orders
        self._seal = seal
        self._audit = audit
        self._clock = clock

    def close(self, order: OrderId, texts: FinishedTexts) -> dict[str, bytes]:
        """Seal texts for an order's document."""
        return {
            name: self._seal.close_text(getattr(texts, name), _place(order, name))
            for name in SEALED
        }

    async def open(self, actor: Actor, order: Order, *, purpose: str) -> ForReview:
        """Open an order's finished waybill; the read is recorded first.

        Raises:
            NotFound: none was handed in.
        """
        if order.finished is None:
            raise NotFound(field="order_id", rule="finished")
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
        return ForReview(order=order, finished=order.finished, texts=FinishedTexts(**texts))


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


def _place(order: OrderId, name: str) -> Place:
    return Place(COLLECTION, f"finished_sealed.{name}", order)


def _bytes(sealed: bytes | str) -> bytes:
    return sealed.encode() if isinstance(sealed, str) else bytes(sealed)
