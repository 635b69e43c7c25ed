"""What waits for one slow reader: bounded, in order, keyed data only in its latest form."""

from __future__ import annotations

from collections import OrderedDict
from itertools import count


class OutboxFull(Exception):
    """The reader fell too far behind: nothing was added."""


class Outbox:
    """A queue of frames for one connection.

    A frame with a key replaces the waiting one of that key and goes to the end: were it left
    at the earlier place, its higher offset would arrive first, and a client that resumes from
    it would miss what stood between.
    """

    __slots__ = ("_bytes", "_count", "_frames", "_most_bytes", "_most_frames")

    def __init__(self, *, most_frames: int, most_bytes: int) -> None:
        self._most_frames = most_frames
        self._most_bytes = most_bytes
        # Waiting frames by their key, or by a number where they have none.
        self._frames: OrderedDict[str | int, bytes] = OrderedDict()
        self._bytes = 0
        self._count = count()

    def __len__(self) -> int:
        return len(self._frames)

    @property
    def size(self) -> int:
        """Count the waiting bytes."""
        return self._bytes

    def put(self, frame: bytes, key: str | None = None) -> None:
        """Add a frame. One that is too big alone is still taken when nothing waits.

        Raises:
            OutboxFull: over a bound; ordered data cannot be dropped, so the reader must go.
        """
        earlier = self._frames.get(key) if key is not None else None
        frames = len(self._frames) + (earlier is None)
        size = self._bytes + len(frame) - len(earlier or b"")
        if frames > 1 and (frames > self._most_frames or size > self._most_bytes):
            raise OutboxFull
        if key is not None and earlier is not None:
            del self._frames[key]
        self._frames[next(self._count) if key is None else key] = frame
        self._bytes = size

    def take(self, most_bytes: int) -> bytes:
        """Remove frames from the front, joined: at least one if any waits, then up to a size."""
        taken: list[bytes] = []
        size = 0
        while self._frames:
            first = next(iter(self._frames.values()))
            if taken and size + len(first) > most_bytes:
                break
            self._frames.popitem(last=False)
            taken.append(first)
            size += len(first)
        self._bytes -= size
        return taken[0] if len(taken) == 1 else b"".join(taken)

    def clear(self) -> None:
        """Forget everything."""
        self._frames.clear()
        self._bytes = 0
