"""Who hears which feed channel in this process: position first, then snapshot, then live.

A subscription is held from the moment its position is known until its answer is sent, so
that nothing of the channel overtakes the answer and nothing falls between.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from realtime.feeds import Entry, Feeds, Recovered
from realtime.hub.connection import Connection
from realtime.hub.frames import text_frame
from realtime.wire.envelope import CloseCode, Position
from realtime.wire.people import Reset
from server.domain.ids import PersonId

#: Entries held back while a snapshot is made; more means that the snapshot hangs.
MOST_HELD = 1000

#: Pages that were told of a hole come back spread over this, seconds.
RESET_SPREAD_SECONDS = 5.0


@dataclass(eq=False, slots=True, kw_only=True)
class Subscription:
    """One connection's hold on one channel. `name` is what the peer calls the channel."""

    connection: Connection
    feed: str
    name: str
    to: PersonId | None  #: hears only entries for this person; None hears all
    position: Position  #: of the last entry sent, or about to be
    recovered: bool = False
    is_live: bool = False
    is_lost: bool = False
    held: list[Entry] = field(default_factory=list)


class Rooms:
    """The subscriptions of this process to feed channels that are sent on as they come."""

    def __init__(self, feeds: Feeds) -> None:
        self._feeds = feeds
        # feed channel → person (None: everybody's) → subscriptions
        self._rooms: dict[str, dict[PersonId | None, set[Subscription]]] = {}

    async def join(
        self,
        connection: Connection,
        *,
        feed: str,
        name: str,
        to: PersonId | None = None,
        resume: Position | None = None,
    ) -> Subscription:
        """Follow a channel; entries are held until `open`.

        When `recovered` is false on the answer, make a snapshot now, after this returned.

        Raises:
            Unavailable: Redis did not answer; nothing was joined.
        """
        nowhere = Position(epoch="", offset=0)
        subscription = Subscription(
            connection=connection, feed=feed, name=name, to=to, position=nowhere
        )
        # In the room first: else the last to leave could stop the channel under the newcomer.
        self._rooms.setdefault(feed, {}).setdefault(to, set()).add(subscription)
        try:
            position = await self._feeds.follow(feed, self)
            found = await self._feeds.resume(feed, resume) if resume is not None else None
        except BaseException:
            self.leave(subscription)
            raise
        subscription.position = position
        held = [entry for entry in subscription.held if not _is_within(entry, position)]
        subscription.held = held
        if resume is not None and isinstance(found, Recovered):
            self._recover(subscription, resume, found)
        return subscription

    def open(self, subscription: Subscription, answer: bytes) -> None:
        """Send the encoded answer, then what was missed or held, then live."""
        held, subscription.held = subscription.held, []
        subscription.is_live = True
        frames = [text_frame(answer)]
        if not subscription.is_lost:
            frames += [push_frame(subscription.name, entry) for entry in held]
        # One piece: what was missed must not overflow the outbox of a reader that is not slow.
        subscription.connection.put(b"".join(frames))
        if subscription.is_lost:
            self._reset(subscription)

    def leave(self, subscription: Subscription) -> None:
        """End a subscription. Ending it twice changes nothing."""
        room = self._rooms.get(subscription.feed, {})
        members = room.get(subscription.to, set())
        members.discard(subscription)
        if not members:
            room.pop(subscription.to, None)
        if not room and self._rooms.pop(subscription.feed, None) is not None:
            self._feeds.unfollow(subscription.feed, self)

    def entry(self, entry: Entry) -> None:
        """Send an entry to everybody it is for; encoded once for all of them."""
        room = self._rooms.get(entry.channel, {})
        everybody = room.get(None, set())
        # A copy: a member that is closed for being slow leaves while this goes round.
        members = [*everybody, *(room.get(PersonId(entry.to), ()) if entry.to else ())]
        frames: dict[str, bytes] = {}
        for subscription in members:
            if subscription.is_live:
                name = subscription.name
                if name not in frames:
                    frames[name] = push_frame(name, entry)
                subscription.connection.put(frames[name], entry.key)
            else:
                self._hold(subscription, entry)

    def lost(self, channel: str, position: Position) -> None:
        """Tell everybody in the room that something may be missing."""
        for members in list(self._rooms.get(channel, {}).values()):
            for subscription in list(members):
                subscription.is_lost = True
                if subscription.is_live:
                    self._reset(subscription)

    def _recover(self, subscription: Subscription, resume: Position, found: Recovered) -> None:
        missed = [entry for entry in found.entries if subscription.to in (None, entry.to)]
        # Entries came live while the past was read: they may be in both.
        newer = [entry for entry in subscription.held if not _is_within(entry, found.position)]
        subscription.held = missed + newer
        subscription.position = resume
        subscription.recovered = True

    def _hold(self, subscription: Subscription, entry: Entry) -> None:
        if len(subscription.held) >= MOST_HELD:
            subscription.connection.close(CloseCode.SLOW, "snapshot took too long")
            return
        subscription.held.append(entry)

    def _reset(self, subscription: Subscription) -> None:
        # Left, so that no later position reaches the peer: it could resume past the hole.
        self.leave(subscription)
        frame = Reset(channel=subscription.name, within_seconds=RESET_SPREAD_SECONDS)
        subscription.connection.put(text_frame(msgspec.json.encode(frame)))


def push_frame(name: str, entry: Entry) -> bytes:
    """Frame one entry as a push of the channel that the peer calls `name`."""
    return text_frame(
        b'{"type":"push","channel":"%b","epoch":"%b","offset":%d,"event":%b}'
        % (name.encode(), entry.epoch.encode(), entry.offset, entry.payload)
    )


def _is_within(entry: Entry, position: Position) -> bool:
    return entry.epoch == position.epoch and entry.offset <= position.offset
