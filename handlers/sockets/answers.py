"""Requests that were answered: a repeated id gets the same outcome, and how fast they may come."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from server.domain.errors import InvalidInput

#: Outcomes kept for one socket; a person has few requests on the way.
MOST_KEPT = 32


@dataclass(slots=True)
class _Asked:
    frame: bytes
    outcome: bytes | None = None  #: None while it is being carried out


class Answers:
    """The outcomes of one socket's last requests, by their id."""

    __slots__ = ("_asked",)

    def __init__(self) -> None:
        self._asked: OrderedDict[str, _Asked] = OrderedDict()

    def begin(self, request: str, frame: bytes) -> tuple[bool, bytes | None]:
        """Note a request.

        Returns:
            Whether it is new; and the outcome, if it is not and is known. A request that is
            repeated while it is carried out gets the one answer when that is ready.

        Raises:
            InvalidInput: the id was used for another request.
        """
        known = self._asked.get(request)
        if known is None:
            self._asked[request] = _Asked(frame)
            while len(self._asked) > MOST_KEPT:
                self._asked.popitem(last=False)
            return True, None
        if known.frame != frame:
            raise InvalidInput(field="id", rule="used_before")
        return False, known.outcome

    def end(self, request: str, outcome: bytes) -> None:
        """Keep an outcome."""
        if known := self._asked.get(request):
            known.outcome = outcome

    def forget(self, request: str) -> None:
        """Let a request be carried out again: nothing is known of its outcome."""
        self._asked.pop(request, None)


class Allowance:
    """How many frames a peer may send: so many at once, refilled at a rate."""

    __slots__ = ("_at", "_left", "_most", "_per_second")

    def __init__(self, *, most: float, per_second: float, now: float) -> None:
        self._most = most
        self._per_second = per_second
        self._left = most
        self._at = now

    def spend(self, now: float) -> bool:
        """Take one; False when there is none left."""
        self._left = min(self._most, self._left + (now - self._at) * self._per_second)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
