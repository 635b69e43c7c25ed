"""The ways to people, staff, couriers and terminals, whichever process holds their sockets."""

from __future__ import annotations

from dataclasses import dataclass

from realtime.channels import OfferChannels, PersonChannel, StaffChannel
from realtime.hub import Hub, TerminalLinks
from realtime.inbox import Inbox
from realtime.terminals import TerminalRouting
from server.app.bases import Bases


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """Publishing and routing; a worker has them too, with no sockets of its own."""

    people: PersonChannel
    staff: StaffChannel
    offers: OfferChannels
    hub: Hub
    inbox: Inbox
    links: TerminalLinks
    routing: TerminalRouting


def build_ways(bases: Bases) -> Ways:
    """Build them; nothing runs yet."""
    rules = bases.settings.rules
    inbox = Inbox(bases.redis, process=bases.process, connect=bases.connect_reading)
    links = TerminalLinks(answer_seconds=rules.command_deadline_seconds)
    return Ways(
        people=PersonChannel(bases.feeds),
        staff=StaffChannel(bases.feeds),
        offers=OfferChannels(bases.feeds),
        hub=Hub(
            outbox_frames=rules.outbox_frames,
            outbox_bytes=rules.outbox_bytes,
            ping_seconds=rules.ping_seconds,
        ),
        inbox=inbox,
        links=links,
        routing=TerminalRouting(links=links, inbox=inbox),
    )
