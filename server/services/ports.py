"""What the deposit side needs of others: narrow Protocols, wired in `server/app.py`."""

from __future__ import annotations

from collections.abc import Callable, MutableSequence, Sequence
from datetime import datetime
from typing import Any, Protocol

from realtime.wire.cabinets import TellFrames
from realtime.wire.people import Fact, PushEvent
from realtime.wire.terminal import Configure, KioskView, OpenDoor, WithdrawGrant
from realtime.wire.views import PayLinkView
from server.domain.ids import OrderId, PersonId, PhotoId, TerminalId
from server.domain.orders import Order
from server.domain.people import Person
from server.domain.photos import PhotoUse
from server.store.transactions import Session

#: The present instant, aware, UTC.
Clock = Callable[[], datetime]

#: Puts candidates into a random order, in place; handed in, so that tests can repeat a run.
Shuffle = Callable[[MutableSequence[Any]], None]


class Routing(Protocol):
    """The way to a terminal, whichever process holds its socket."""

    async def connected(self, terminal: TerminalId) -> bool:
        """Tell whether some living process holds the terminal's socket now.

        Raises:
            Unavailable: nobody knows.
        """

    async def connected_of(self, terminals: Sequence[TerminalId]) -> frozenset[TerminalId]:
        """Tell which of these terminals some living process holds.

        Raises:
            Unavailable: nobody knows.
        """

    async def send(
        self,
        terminal: TerminalId,
        frame: OpenDoor | WithdrawGrant | Configure | TellFrames | KioskView,
    ) -> bool:
        """Hand a frame to the process that holds the socket; False when nobody does.

        Raises:
            Unavailable: it may have been handed on.
        """


class PersonFeed(Protocol):
    """Pushes on a person's `me` channel."""

    async def push(self, person: PersonId, event: PushEvent) -> None:
        """Push one event to all sockets of a person."""


class StaffFeed(Protocol):
    """Staff's live feed."""

    async def push(self, event: PushEvent) -> None:
        """Tell all staff."""

    async def tell(self, fact: Fact) -> None:
        """Tell all staff; a slow reader gets only the latest of the fact's key."""


class TamperAlerts(Protocol):
    """Where doors that opened without a command are reported."""

    async def tampered(self, terminal: TerminalId, cell: int, since: datetime) -> None:
        """Alert staff, once for as long as the door stands open."""


class Relay(Protocol):
    """Publishes what an order's document holds unpublished.

    After each order event it must call `Screens.order_changed(order_id)`, so that kiosk and
    phone follow whoever changed the order.
    """

    async def kick(self, order: OrderId) -> None:
        """Publish now what is unpublished of an order; the worker's sweep does what is missed."""


class PayDesk(Protocol):
    """The page at which an order is paid."""

    async def link(self, order: Order) -> PayLinkView | None:
        """Give the page's link, if the order lies in its cell unpaid; asks no wallet."""


class People(Protocol):
    """Accounts."""

    async def get(self, person: PersonId) -> Person:
        """Read one person."""


class Audit(Protocol):
    """The record of unmasked reads (rule 11) and of doors opened by staff."""

    async def record(
        self,
        *,
        actor: PersonId,
        action: str,
        subject: str,
        purpose: str,
        at: datetime,
        session: Session | None = None,
    ) -> None:
        """Write one record: of a read before it is done, of a change in its transaction."""


class Photos(Protocol):
    """Photos that people uploaded."""

    async def require_own(self, person: PersonId, photo: PhotoId) -> None:
        """Check that a photo named in a form is the person's own.

        Raises:
            NotFound: it is not, or there is none.
        """

    async def use(
        self,
        person: PersonId,
        photo: PhotoId,
        use: PhotoUse,
        session: Session | None = None,
        *,
        until: datetime | None = None,
    ) -> None:
        """Give a photo its one use, with the form that names it; `until`: needed no longer.

        Raises:
            NotFound: it is not the person's, or there is none.
            InvalidInput: it serves something else already.
        """

    async def release(
        self, photo: PhotoId, use: PhotoUse, session: Session, *, until: datetime | None = None
    ) -> None:
        """Say until when a photo is needed for its use (None: now), with what ends the need."""
