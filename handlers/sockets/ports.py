"""What the sockets need of services: narrow Protocols, wired in `server/app.py`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from realtime.hub import Connection
from realtime.map.grid import Viewport
from realtime.wire.cabinets import FramesTold
from realtime.wire.devices import BootChallenge, BootProof, Enrol
from realtime.wire.envelope import Failure, Position
from realtime.wire.health import Health
from realtime.wire.people import Snapshot
from realtime.wire.terminal import (
    Boot,
    BootAccepted,
    BootPending,
    CommandRefused,
    CommandTaken,
    Events,
    KioskInput,
)
from realtime.wire.views import OfferView, OrderView
from server.domain.geo import Place
from server.domain.ids import District, OrderId, PersonId, TerminalId
from server.domain.people import Actor


class Admission(Protocol):
    """Who was let in, and until when without a new token."""

    @property
    def actor(self) -> Actor:
        """The person, the session, the roles of now."""

    @property
    def expires_at(self) -> datetime:
        """When the token runs out."""


class Authenticator(Protocol):
    """Tells whose a token is; `server.services.accounts.gate.Gate`."""

    async def admission(self, access_token: str) -> Admission:
        """Let a person in.

        Raises:
            TokenExpired, SessionRevoked, NotAuthenticated; Unavailable.
        """


class WonClaim(Protocol):
    """A claim that was won."""

    @property
    def order(self) -> OrderView:
        """The order as its winner sees it."""

    @property
    def repeated(self) -> bool:
        """Whether an earlier request had won it."""


class PeopleService(Protocol):
    """What a person may do over the socket. Every refusal is a DomainError."""

    async def snapshot(self, actor: Actor, channel: str) -> Snapshot:
        """Give all of a channel, as of after this was called. Raises: Forbidden, NotFound."""

    async def may_follow(self, actor: Actor, channel: str) -> None:
        """Check that a channel is not others' outlet's. Raises: Forbidden."""

    async def may_see_offers(self, actor: Actor) -> None:
        """Check that the person is a courier, certified or not. Raises: Forbidden."""

    async def set_duty(self, actor: Actor, *, on: bool, districts: Iterable[District]) -> None:
        """Go on or off duty. Raises: Forbidden, InvalidInput."""

    async def report_position(self, actor: Actor, place: Place, at: datetime) -> None:
        """Take the courier's place. Raises: Forbidden; Conflict off duty."""

    async def may_watch_map(self, actor: Actor, *, is_first: bool) -> None:
        """Check who may see where couriers are; record the first look. Raises: Forbidden."""

    async def claim(
        self, actor: Actor, order: OrderId, offer_version: int, request: str
    ) -> WonClaim:
        """Claim an offer. Raises: OrderTaken, OfferClosed, NotCertified, ..."""


class OfferRoom(Protocol):
    """Offers as they change; `realtime.offers.OfferFeed`."""

    @property
    def position(self) -> Position:
        """Say where the feed stands."""

    async def join(self, courier: PersonId, connection: Connection) -> list[OfferView]:
        """Push from now on, and give what is in reach. Raises: Unavailable."""

    def leave(self, courier: PersonId, connection: Connection) -> None:
        """Push no more; twice changes nothing."""


class MapRoom(Protocol):
    """The live map; `realtime.map.feed.MapFeed`."""

    async def watch(self, connection: Connection, viewport: Viewport) -> tuple[bool, bytes]:
        """Push from now on; give whether it is all, and what to show. Raises: Unavailable."""

    def leave(self, connection: Connection) -> None:
        """Push no more; twice changes nothing."""


class TerminalService(Protocol):
    """What a terminal's agent may ask. Every refusal is a DomainError."""

    async def enrol(self, asked: Enrol, address: str) -> None:
        """Take a new agent's key for its one-time token; twice the same changes nothing.

        Raises:
            InvalidInput: no key. Limited: too many tries. AgentRefused: signature or token.
        """

    def challenge(self, boot: Boot) -> BootChallenge | None:
        """Ask for a proof of the key; None for an agent of before keys, which sent its token."""

    async def boot(
        self, boot: Boot, challenge: BootChallenge | None = None, proof: BootProof | None = None
    ) -> BootAccepted | BootPending:
        """Check the proof and give the connection its epoch (`$inc`), clock and config.

        Raises:
            AgentRefused: it is not this terminal's agent, or no such terminal.
        """

    async def booted(self, terminal: TerminalId, epoch: int, frame: Boot) -> None:
        """Hear that the answer to an accepted boot is on its way: doors, screen, commands."""

    async def events(self, terminal: TerminalId, epoch: int, frame: Events) -> int:
        """Apply a batch; give the number applied up to. Raises: InvalidInput."""

    async def kiosk_input(self, terminal: TerminalId, epoch: int, frame: KioskInput) -> None:
        """Do what was pressed or scanned."""

    async def health(self, terminal: TerminalId, epoch: int, frame: Health) -> datetime:
        """Keep how the machine does, in place of what was kept; give the time by our clock.

        Raises:
            StaleVersion: a newer connection has taken over.
        """

    async def command_answer(
        self, terminal: TerminalId, epoch: int, answer: CommandTaken | CommandRefused | Failure
    ) -> None:
        """Hear what the agent said of a command; events tell what came of it."""

    async def frames_told(self, terminal: TerminalId, epoch: int, answer: FramesTold) -> None:
        """Hear what passed last on a port, as it was asked for. Raises: StaleVersion."""

    async def gone(self, terminal: TerminalId, epoch: int) -> None:
        """Hear that a connection ended; a later one's epoch makes this change nothing."""
