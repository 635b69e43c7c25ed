"""What hangs, for staff: orders, doors and money whose saga waits, each with the acts that help.

An act is told as an existing route, and only to those whom the route admits.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import timedelta

import msgspec

from realtime.wire.desk import FixView, StuckPage, StuckView
from server.domain import grants
from server.domain.errors import InvalidInput
from server.domain.orders import Order
from server.domain.payments import UNHEARD, Refund, RefundState, Transfer, TransferState
from server.domain.people import Actor, Role
from server.domain.rules import Rules
from server.domain.saga import TIMERS, When
from server.domain.stuck import FIXES, MONEY_LATE, Fix, Hanging, Kind, of_order
from server.domain.terminals import Command
from server.domain.transfers import UNDER_WAY
from server.services.ports import Clock
from server.store.stuck import InSuspense, MongoStuck, Since

#: Most of each sort in one answer.
MOST = 200

_DESK = frozenset({Role.OPERATOR, Role.REVIEWER, Role.ADMIN})
_OPERATOR = frozenset({Role.OPERATOR, Role.ADMIN})
_FINANCE = frozenset({Role.FINANCE, Role.ADMIN})

#: Who may do what; as the routes' own declarations say, and a test compares them.
MAY: dict[Fix, frozenset[Role]] = {
    Fix.CANCEL: _DESK,
    Fix.ASSIGN: _DESK,
    Fix.UNASSIGN: _DESK,
    Fix.RELEASE_GRANT: _OPERATOR,
    Fix.OPEN_DOOR: _OPERATOR,
    Fix.ACT: _DESK,
    Fix.REVIEW: frozenset({Role.REVIEWER, Role.ADMIN}),
}


class Stuck:
    """The list of what hangs."""

    def __init__(self, *, store: MongoStuck, rules: Rules, clock: Clock) -> None:
        self._store = store
        self._rules = rules
        self._clock = clock

    async def list(self, actor: Actor, kind: str = "") -> StuckPage:
        """List what hangs, longest first; of one kind, or all that is the reader's business.

        Raises:
            InvalidInput: no such kind.
        """
        wanted = _kind(kind)
        found = [*(await self._orders()), *(await self._doors())]
        found += [*(await self._money())] if actor.roles & _FINANCE else []
        shown = sorted(found, key=lambda one: (one.since, one.subject))
        of_kind = [one for one in shown if wanted is None or one.kind == wanted]
        return StuckPage(
            stuck=tuple(_for_reader(one, actor) for one in of_kind[:MOST]),
            counts=dict(Counter(one.kind for one in shown)),
            cut=len(of_kind) > MOST or len(found) >= MOST,
        )

    async def _orders(self) -> Iterator[StuckView]:
        now = self._clock()
        rows = [
            Since(
                custody=[state.value for state in timer.custody],
                charge=[state.value for state in timer.charge],
                until=now - timedelta(seconds=timer.after_seconds(self._rules)),
                by_grant=timer.when is When.WAITING,
            )
            for timer in TIMERS
        ]
        orders = await self._store.orders(rows, MOST)
        return (
            _order_view(order, hanging)
            for order in orders
            for hanging in of_order(order, self._rules, now)
        )

    async def _doors(self) -> Iterator[StuckView]:
        found = await self._store.at_failed_doors()
        return (_door_view(order, command) for order, command in found)

    async def _money(self) -> Iterable[StuckView]:
        until = self._clock() - MONEY_LATE
        refunds = await self._store.refunds(until, MOST)
        payouts = await self._store.payouts(until, MOST)
        suspense = await self._store.suspense(MOST)
        return (
            *map(_refund_view, refunds),
            *map(_payout_view, payouts),
            *map(_suspense_view, suspense),
        )


_REASON = ("reason",)

#: Where an act is done, and what staff fill in.
ROUTES: dict[Fix, tuple[str, tuple[str, ...]]] = {
    Fix.CANCEL: ("/v1/orders/{order}/cancel", _REASON),
    Fix.ASSIGN: ("/v1/staff/orders/{order}/assign", ("courier_id", "reason")),
    Fix.UNASSIGN: ("/v1/staff/orders/{order}/unassign", _REASON),
    Fix.ACT: ("/v1/staff/orders/{order}/act", _REASON),
    Fix.RELEASE_GRANT: ("/v1/orders/{order}/grant/release", _REASON),
    Fix.OPEN_DOOR: ("/v1/terminals/{terminal}/cells/{cell}/open", _REASON),
    Fix.RETRY_REFUND: ("/v1/staff/refunds/{number}/retry", _REASON),
    Fix.SETTLE_REFUND: ("/v1/staff/refunds/{number}/settle", _REASON),
    Fix.RELEASE_PAYOUT: ("/v1/staff/payouts/{number}/release", _REASON),
    Fix.CANCEL_PAYOUT: ("/v1/staff/payouts/{number}/cancel", _REASON),
    Fix.REISSUE_PAYOUT: ("/v1/staff/payouts/{number}/reissue", _REASON),
    Fix.SETTLE_PAYOUT: ("/v1/staff/payouts/{number}/settle", ("paid", "reason")),
    Fix.SET_OFF: ("/v1/staff/payouts/{number}/set-off", _REASON),
    Fix.WRITE_OFF: ("/v1/staff/payouts/{number}/write-off", _REASON),
    Fix.CLOSE_SUSPENSE: ("/v1/staff/finance/suspense/{number}/close", ("came_back", "reason")),
}

#: What is done at a page of its own.
PAGES: dict[Fix, str] = {Fix.REVIEW: "/staff/reviews", Fix.FINANCE: "/staff/finance"}


def fix_view(fix: Fix, order: Order | None = None, number: str = "") -> FixView:
    """Tell where an act is done: its route and body, or its page."""
    if fix in PAGES:
        return FixView(name=fix.value, page=PAGES[fix])
    path, asks = ROUTES[fix]
    place = order.placement if order else None
    named = {
        "order": order.id if order else "",
        "number": number,
        "terminal": place.terminal if place else "",
        "cell": place.cell if place else "",
    }
    return FixView(
        name=fix.value,
        method="POST",
        path=path.format(**named),
        body=_body(fix, order),
        asks=asks,
    )


def _body(fix: Fix, order: Order | None) -> dict[str, str | int | bool]:
    """Name what staff looked at, so that nothing is done to what it has become meanwhile."""
    if order is not None and order.offer and fix is Fix.ASSIGN:
        holder = order.pickup.courier if order.pickup else ""
        return {"offer_version": order.offer.version, "held_by": holder}
    if order is not None and order.offer and fix is Fix.UNASSIGN:
        return {"offer_version": order.offer.version}
    if order is not None and order.grant and fix is Fix.RELEASE_GRANT:
        return {"grant_id": order.grant.id}
    return {}


def _order_view(order: Order, hanging: Hanging) -> StuckView:
    place = order.placement
    fixes = [
        fix_view(fix, order)
        for fix in FIXES[hanging.kind]
        if fix is not Fix.OPEN_DOOR or place is not None
        if fix is not Fix.RELEASE_GRANT or grants.lives(order.grant)
    ]
    return StuckView(
        kind=hanging.kind.value,
        subject=order.id,
        since=hanging.since,
        fixes=tuple(fixes),
        order_id=order.id,
        custody=order.custody.value,
        charge=order.charge.value,
        terminal_id=place.terminal if place else None,
        cell=place.cell if place else None,
        courier_id=order.pickup.courier if order.pickup else None,
    )


def _door_view(order: Order, command: Command) -> StuckView:
    view = _order_view(order, Hanging(Kind.DOOR, command.asked_at))
    return msgspec.structs.replace(view, trouble=command.failure or command.state.value)


def _refund_view(refund: Refund) -> StuckView:
    fixes = FIXES[Kind.REFUND]
    if refund.state is RefundState.ASKED:
        fixes = (Fix.SETTLE_REFUND,) if refund.refused else ()
    return StuckView(
        kind=Kind.REFUND.value,
        subject=refund.id,
        since=refund.asked_at,
        fixes=tuple(fix_view(fix, number=refund.id) for fix in fixes),
        order_id=refund.order,
        fen=refund.amount_fen,
        trouble=refund.trouble,
    )


def payout_fixes(transfer: Transfer) -> tuple[Fix, ...]:
    """List what helps a payout that hangs, by its state."""
    if transfer.state is TransferState.PAID_LATE:
        return FIXES[Kind.DEBT]
    if transfer.state is TransferState.HELD:
        return (Fix.RELEASE_PAYOUT,)
    if transfer.trouble == UNHEARD:
        return (Fix.SETTLE_PAYOUT,)
    if transfer.state in UNDER_WAY - {TransferState.CANCELING}:
        return (Fix.CANCEL_PAYOUT, Fix.REISSUE_PAYOUT)
    return ()


def _payout_view(transfer: Transfer) -> StuckView:
    late = transfer.state is TransferState.PAID_LATE
    return StuckView(
        kind=(Kind.DEBT if late else Kind.PAYOUT).value,
        subject=transfer.id,
        since=transfer.ended_at or transfer.asked_at or transfer.created_at,
        fixes=tuple(fix_view(fix, number=transfer.id) for fix in payout_fixes(transfer)),
        order_id=transfer.order,
        courier_id=transfer.courier,
        fen=transfer.owed_fen if late else transfer.amount_fen,
        trouble=transfer.trouble or (transfer.waits.value if transfer.waits else None),
    )


def _suspense_view(item: InSuspense) -> StuckView:
    # Refunds and payouts have numbers of letters and digits; a difference's name has more in it.
    numbered = item.source.isalnum()
    fix = Fix.CLOSE_SUSPENSE if numbered else Fix.FINANCE
    return StuckView(
        kind=Kind.SUSPENSE.value,
        subject=item.source,
        since=item.since,
        fixes=(fix_view(fix, number=item.source),),
        fen=item.fen,
    )


def _for_reader(view: StuckView, actor: Actor) -> StuckView:
    may = tuple(fix for fix in view.fixes if MAY.get(Fix(fix.name), _FINANCE) & actor.roles)
    return msgspec.structs.replace(view, fixes=may)


def _kind(text: str) -> Kind | None:
    if not text:
        return None
    try:
        return Kind(text)
    except ValueError:
        raise InvalidInput(field="kind", rule="known") from None
