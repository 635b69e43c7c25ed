"""One request on its way: who waits for its end, and the answer that it may get."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from hardware.codecs.driver import Answer, Request, RequestKind
from hardware.line.exchange import Outcome

#: An answer and the instant at which it was whole.
Heard = tuple[float, Answer]


@dataclass(slots=True, eq=False)
class Job:
    """A request that waits for the line, then for its answer."""

    request: Request
    #: After this instant it is not begun.
    not_after: float | None
    done: asyncio.Future[Outcome]
    #: A poll was under way, or began, while this waited.
    met_poll: bool = False
    #: Set while it is on the line; its result is None when the port was lost.
    answer: asyncio.Future[Heard | None] | None = field(default=None)
    #: An answer to something else may come too: it counts once the line stayed silent after it.
    is_doubted: bool = False
    #: The first answer heard, while doubted.
    first: Heard | None = None
    #: Another one followed and says something else.
    is_contradicted: bool = False

    @property
    def is_unlock(self) -> bool:
        """Tell whether this pulses a lock."""
        return self.request.kind is RequestKind.UNLOCK

    def heard(self, heard: Heard, settle_seconds: float) -> None:
        """Take an answer; a doubted one counts once no other came for `settle_seconds`."""
        if not self.is_doubted:
            self._answer_is(heard)
        elif self.first is None:
            self.first = heard
            asyncio.get_running_loop().call_later(settle_seconds, self._answer_is, heard)
        else:
            # One of the two is an unlock's, come late, and nothing tells which.
            self.is_contradicted = self.first[1].frame != heard[1].frame
            self._answer_is(heard)

    def heard_by_now(self) -> Heard | None:
        """Give what was heard when the time is over: the answer, or the first of a doubted one.

        An answer that came in time counts although this machine was too busy to take it up
        before its time was over, too: thrown away, it would pass for a silent board.
        """
        if self.answer is not None and self.answer.done() and not self.answer.cancelled():
            return self.answer.result()
        return self.first

    def port_lost(self) -> None:
        """Wait for no answer any more."""
        self._answer_is(None)

    def settle(self, outcome: Outcome) -> None:
        """Tell who waits how it ended; only the first time counts."""
        if not self.done.done():
            self.done.set_result(outcome)

    def _answer_is(self, heard: Heard | None) -> None:
        if self.answer is not None and not self.answer.done():
            self.answer.set_result(heard)
