"""Values for the realtime tests, and outlets named for their faults."""

import asyncio
from datetime import UTC, datetime

import msgspec

from realtime.hub import Hub
from realtime.wire.envelope import CloseCode
from realtime.wire.views import OfferView

NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)

#: A terminal in Shanghai.
LAT, LON = 31.2304, 121.4737


def offer(order="LJ1", version=1, lat=LAT, lon=LON, ring=1000, **other) -> OfferView:
    return OfferView(
        order_id=order,
        offer_version=version,
        terminal_id="t1",
        terminal_name="南京东路",
        lat=lat,
        lon=lon,
        destination_region="310101",
        size="M",
        pay_fen=900,
        ring_metres=ring,
        opened_at=NOON,
        **other,
    )


def hub_of(frames=8, size=4096, ping_seconds=20.0) -> Hub:
    return Hub(outbox_frames=frames, outbox_bytes=size, ping_seconds=ping_seconds)


def payloads(frames: bytes) -> list[bytes]:
    """Take unmasked text frames apart."""
    found = []
    while frames:
        size, start = frames[1], 2
        if size == 126:
            size, start = int.from_bytes(frames[2:4], "big"), 4
        elif size == 127:
            size, start = int.from_bytes(frames[2:10], "big"), 10
        found.append(frames[start : start + size])
        frames = frames[start + size :]
    return found


class QuickOutlet:
    """Takes everything at once."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.pings = 0
        self.closed: tuple[CloseCode, str] | None = None

    def send(self, frames: bytes) -> bool:
        self.sent.append(frames)
        return True

    def ping(self) -> None:
        self.pings += 1

    def close(self, code: CloseCode, reason: str) -> None:
        assert self.closed is None, "closed twice"
        self.closed = (code, reason)

    @property
    def messages(self) -> list[bytes]:
        return [message for frames in self.sent for message in payloads(frames)]

    @property
    def decoded(self) -> list[dict]:
        return [msgspec.json.decode(message) for message in self.messages]

    @property
    def code(self) -> CloseCode | None:
        return self.closed[0] if self.closed else None


class SlowSocket(QuickOutlet):
    """Takes one send and is full until the test says otherwise."""

    def send(self, frames: bytes) -> bool:
        self.sent.append(frames)
        return False


async def turn() -> None:
    """Let the loop run what is ready, and what that made ready."""
    for _ in range(3):
        await asyncio.sleep(0)
