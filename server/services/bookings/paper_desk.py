"""Staff decide on papers: what waits, all of a case on record, accepted or rejected.

Reviewers and admins see every outlet's, outlet staff their own's. Until a day before the slot
(`papers_decide_seconds`), afterwards once the car is there.
"""

from __future__ import annotations

from datetime import timedelta

from realtime.wire.bookings import BookingView
from realtime.wire.papers import DecidePapers, PaperLinkView, PapersCase, PapersQueue, PapersWaiting
from server.domain.bookings.bookings import Booking
from server.domain.bookings.changes import BookingChange, By
from server.domain.bookings.paper_changes import accept, decide_until, reject
from server.domain.bookings.papers import PaperKind
from server.domain.errors import Forbidden, StaleVersion
from server.domain.ids import BookingId, OutletId
from server.domain.people import Actor, Role
from server.domain.rules import Rules
from server.services.bookings.paper_links import PaperLinks
from server.services.bookings.paper_views import PaperViews
from server.services.bookings.papers import PaperStores
from server.services.bookings.ports import BookingKicks
from server.services.bookings.views import BookingViews
from server.services.ports import Clock
from server.store.bookings.outlets import MongoOutlets
from server.store.documents import milliseconds
from server.store.transactions import Session

#: Staff who decide on papers of every outlet.
EVERYWHERE = frozenset({Role.REVIEWER, Role.ADMIN})


class PaperDesk:
    """What the handlers of staff's papers call."""

    def __init__(
        self,
        *,
        stores: PaperStores,
        outlets: MongoOutlets,
        views: PaperViews,
        bookings: BookingViews,
        links: PaperLinks,
        relay: BookingKicks,
        clock: Clock,
        rules: Rules,
    ) -> None:
        self._stores = stores
        self._outlets = outlets
        self._views = views
        self._bookings = bookings
        self._links = links
        self._relay = relay
        self._clock = clock
        self._rules = rules

    async def queue(self, actor: Actor, limit: int) -> PapersQueue:
        """List what this member of staff may decide on now; nothing personal in it."""
        since = self._clock() + timedelta(seconds=self._rules.papers_decide_seconds)
        found = await self._stores.queue.pending(
            await self._outlets_of(actor), starting_after=since, limit=limit + 1
        )
        cases = [
            PapersWaiting(
                booking=await self._bookings.view(one),
                waits_since=one.papers_since or one.created_at,
                decide_until=decide_until(one, self._rules),
            )
            for one in found[:limit]
        ]
        return PapersQueue(cases=tuple(cases), more=len(found) > limit)

    async def case(self, actor: Actor, booking: BookingId, purpose: str) -> PapersCase:
        """Show all of one case; recorded.

        Raises:
            NotFound, Forbidden: of another outlet.
        """
        known = await self._known(actor, booking)
        await self._stores.audit.record(
            actor=actor.person,
            action="read_papers",
            subject=f"booking:{booking}",
            purpose=purpose,
            at=self._clock(),
        )
        typed = await self._views.typed(known)
        return PapersCase(
            booking=await self._bookings.view(known),
            name=typed.name if typed else None,
            plate=typed.plate if typed else None,
            papers=await self._views.of_staff(known),
            decide_until=decide_until(known, self._rules),
        )

    async def link(
        self, actor: Actor, booking: BookingId, kind: PaperKind, purpose: str
    ) -> PaperLinkView:
        """Give a link to a photo, good once; recorded.

        Raises:
            NotFound, Forbidden: of another outlet.
        """
        return await self._links.link(actor, await self._known(actor, booking), kind, purpose)

    async def decide(self, actor: Actor, booking: BookingId, asked: DecidePapers) -> BookingView:
        """Accept or reject the papers of the booking as it was shown; recorded.

        Raises:
            NotFound, Forbidden: of another outlet. StaleVersion: it changed since. InvalidInput:
            a rejection without its reason. TooLate: at the outlet. IllegalTransition.
        """
        await self._known(actor, booking)
        by = By(actor=actor.person, at=milliseconds(self._clock()))

        def decide(current: Booking) -> BookingChange:
            if current.version != asked.version:
                raise StaleVersion(field="version", rule="current", version=current.version)
            if asked.accept:
                return accept(current, by, self._rules)
            return reject(current, by, asked.reason or "", self._rules)

        async def body(session: Session) -> BookingChange:
            change = await self._stores.bookings.change(booking, decide, session)
            await self._stores.audit.record(
                actor=actor.person,
                action=change.event.step,
                subject=f"booking:{booking}",
                purpose="decide",
                at=by.at,
                session=session,
            )
            return change

        change = await self._stores.transactions.run(body)
        await self._relay.kick(booking)
        return await self._bookings.view(change.after)

    async def _known(self, actor: Actor, booking: BookingId) -> Booking:
        known = await self._stores.bookings.get(booking)
        outlets = await self._outlets_of(actor)
        if outlets is not None and known.outlet not in outlets:
            raise Forbidden(field="outlet_id", rule="own_outlet")
        return known

    async def _outlets_of(self, actor: Actor) -> frozenset[OutletId] | None:
        """Name the outlets whose papers are this member of staff's to see; None: all."""
        if actor.roles & EVERYWHERE:
            return None
        if Role.OUTLET_STAFF not in actor.roles:
            return frozenset()
        return await self._outlets.outlets_of(actor.person)
