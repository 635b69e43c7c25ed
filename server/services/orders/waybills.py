"""Waybills at rest and their recorded reads: names, phone and address leave only here (rule 11)."""

from __future__ import annotations

from dataclasses import dataclass, fields

from realtime.wire.views import FullWaybill
from server.domain.documents import mask_name, mask_phone
from server.domain.errors import Forbidden
from server.domain.ids import OrderId
from server.domain.orders import Order, Waybill
from server.domain.people import Actor, Role
from server.services.orders.views import Viewer, may_read_waybill, viewer_of
from server.services.ports import Audit, Clock
from server.store.order_details import MASKED
from server.store.orders import COLLECTION, MongoOrders
from server.store.seal import Place, Seal

#: Staff whose work needs names and addresses; that of finance does not.
READERS = frozenset({Role.OPERATOR, Role.REVIEWER, Role.ADMIN})

FIELDS = tuple(field.name for field in fields(Waybill))


@dataclass(frozen=True, slots=True, kw_only=True)
class Waybills:
    """Seal and open waybills."""

    orders: MongoOrders
    seal: Seal
    audit: Audit
    clock: Clock

    def sealed(self, order: OrderId, waybill: Waybill) -> dict[str, str | bytes]:
        """Make what the store keeps: every field sealed to its place, the recipient masked."""
        kept: dict[str, str | bytes] = {
            name: self.seal.close_text(getattr(waybill, name), _place(order, name))
            for name in FIELDS
        }
        name, phone = mask_name(waybill.recipient_name), mask_phone(waybill.recipient_phone)
        return {**kept, MASKED: f"{name} {phone}"}

    async def read(self, actor: Actor, order: OrderId, *, purpose: str) -> FullWaybill:
        """Open a waybill: its customer, its winner until settlement, some staff; recorded first.

        Raises:
            NotFound: the order is none of this person's business.
            Forbidden: a winner's after settlement, or of a parcel given back; staff of finance.
        """
        known = await self.orders.get(order)
        self._check(actor, known)
        await self.audit.record(
            actor=actor.person,
            action="read_waybill",
            subject=f"order:{order}",
            purpose=purpose,
            at=self.clock(),
        )
        kept = await self.orders.sealed_waybill(order)
        opened = {
            name: self.seal.open_text(_sealed(kept[name]), _place(order, name)) for name in FIELDS
        }
        return FullWaybill(order_id=order, **opened)

    def _check(self, actor: Actor, order: Order) -> None:
        viewer = viewer_of(order, actor.person, actor.roles)
        if viewer is Viewer.STAFF and not actor.roles & READERS:
            raise Forbidden(field="order_id", rule="not_of_your_role")
        if not may_read_waybill(order, viewer):
            raise Forbidden(field="order_id", rule="between_win_and_settlement")


def _place(order: OrderId, name: str) -> Place:
    return Place(COLLECTION, f"waybill.{name}", order)


def _sealed(kept: str | bytes) -> bytes:
    if isinstance(kept, str):
        raise TypeError("a waybill's field is not sealed")
    return bytes(kept)
