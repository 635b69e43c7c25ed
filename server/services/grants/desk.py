"""Offline grants shown to their holders, or released on staff's own word: both are recorded."""

from __future__ import annotations

import segno

from realtime.wire.views import OrderView
from realtime.wire.work import GrantsView, GrantView
from server.domain.errors import InvalidInput
from server.domain.grants import Grant, waits
from server.domain.ids import CommandId, OrderId
from server.domain.orders import Order
from server.domain.people import Actor, Role
from server.domain.terminals import Purpose
from server.services.grants.grants import Grants
from server.services.grants.keys import GrantKeys
from server.services.orders.views import OrderViews, Viewer
from server.services.ports import Audit, Clock
from server.store.grants import MongoGrants
from server.store.terminals import MongoTerminals

#: How much of the QR may be unreadable: a phone's screen has scratches, a basement poor light.
CORRECTION = "m"
BORDER_MODULES = 2


class GrantDesk:
    """Offline grants as people see them."""

    def __init__(
        self,
        *,
        grants: Grants,
        store: MongoGrants,
        keys: GrantKeys,
        terminals: MongoTerminals,
        views: OrderViews,
        audit: Audit,
        clock: Clock,
    ) -> None:
        self._grants = grants
        self._store = store
        self._keys = keys
        self._terminals = terminals
        self._views = views
        self._audit = audit
        self._clock = clock

    async def mine(self, actor: Actor) -> GrantsView:
        """Give the person's own grants that may be used; each giving-out is recorded first.

        What is not listed any more was used, withdrawn or asked back: the phone forgets it.
        """
        held = await self._store.live_of(actor.person)
        asked = await self._store.asked_back([one.grant.id for one in held if one.grant])
        usable = [
            (order, order.grant)
            for order in held
            if order.grant is not None
            and order.grant.id not in asked
            and self._usable(actor, order.grant)
        ]
        names = await self._terminals.named({grant.terminal for _, grant in usable})
        views = []
        for order, grant in usable:
            await self._audit.record(
                actor=actor.person,
                action="read_grant",
                subject=f"order:{order.id}",
                purpose=grant.purpose.value,
                at=self._clock(),
            )
            terminal = names.get(grant.terminal)
            views.append(self._view(order, grant, terminal.name if terminal else ""))
        return GrantsView(grants=tuple(views))

    async def release(
        self, actor: Actor, order: OrderId, grant: CommandId, reason: str
    ) -> OrderView:
        """Take a grant for ended without its terminal's word; what waited for it goes on.

        Raises:
            InvalidInput: no reason. NotFound: no such order.
            Conflict: this grant lives no more, or was used.
        """
        if not reason.strip():
            raise InvalidInput(field="reason", rule="required")
        await self._grants.require_live(order, grant)
        await self._audit.record(
            actor=actor.person,
            action="staff_release_grant",
            subject=f"order:{order}",
            purpose=reason.strip(),
            at=self._clock(),
        )
        released = await self._grants.release(actor.person, order, grant)
        return await self._views.one(released, Viewer.STAFF, timeline=True)

    def _usable(self, actor: Actor, grant: Grant) -> bool:
        carries = grant.purpose is not Purpose.COLLECT or Role.COURIER in actor.roles
        in_time = self._clock() < grant.deadline
        return carries and in_time and not grant.spent and not waits(grant)

    def _view(self, order: Order, grant: Grant, terminal_name: str) -> GrantView:
        text = self._keys.text(order.id, grant)
        picture = segno.make_qr(text, error=CORRECTION).svg_data_uri(border=BORDER_MODULES)
        return GrantView(
            grant_id=grant.id,
            order_id=order.id,
            purpose=grant.purpose.value,
            terminal_id=grant.terminal,
            terminal_name=terminal_name,
            cell=grant.cell,
            deadline=grant.deadline,
            text=text,
            qr=str(picture),
        )
