"""Whose turn it is on a line. No clock, no I/O.

Unlocks go before polls, each in order of arrival, and yet neither starves the other:

- An unlock is delayed by at most one poll, under way when it came or begun after it. A job
  remembers whether it met one; while such an unlock waits, no poll begins.
- Else, after an unlock, a waiting poll goes first: many unlocks in a row do not blind the
  readings that confirm them. So between two polls go only the unlocks that were waiting at
  the end of the first (or one that came later).

After an opening every board is read (or tried) once before an unlock goes: doors that moved
meanwhile are told as such and not taken for the unlock's doing, and a line that echoes is
known before an unlock's echo could pass for its answer.

While an unlock's intent is being written to disk, no further poll begins (`hold`), so that the
disk's time passes during the exchange under way and not after it; bounded, and once a poll.

A request that timed out rests until its late answer could no longer be taken for a new one; so do
all those whose answer could not be told from its own (`Request.rests_as`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from hardware.codecs.driver import RequestKind
from hardware.line.exchange import NotSent
from hardware.line.job import Job

#: How long polls wait for an unlock that was announced.
HOLD_SECONDS = 0.1


class Turns:
    """The requests that wait for one line."""

    def __init__(self, boards: Iterable[int] = ()) -> None:
        self._boards = frozenset(boards)
        #: Boards not yet tried since the opening.
        self._unread: set[int] = set()
        self._unlocks: deque[Job] = deque()
        self._polls: deque[Job] = deque()
        #: What is on the line now.
        self._current: Job | None = None
        self._last_was_unlock = False
        #: Until when polls wait for an announced unlock.
        self._hold_until = 0.0
        #: A poll ran since the last hold: polls may be held again.
        self._may_hold = True
        #: What requests that timed out rest as, and until when a late answer may come.
        self._suspects: dict[tuple[RequestKind, int, int], float] = {}

    def opened(self) -> None:
        """Read every board again before any unlock."""
        self._unread = set(self._boards)

    def hold(self, now: float) -> None:
        """Begin no poll for a moment: an unlock is about to come."""
        if self._may_hold:
            self._may_hold = False
            self._hold_until = now + HOLD_SECONDS

    def release(self) -> None:
        """Let polls go again: it does not come."""
        self._hold_until = 0.0

    def add(self, job: Job) -> None:
        """Queue a job behind those of its kind."""
        job.met_poll = self._current is not None and not self._current.is_unlock
        self._queue(job).append(job)

    def put_back(self, job: Job) -> None:
        """Queue a job that was begun and not sent, before all others of its kind."""
        self._queue(job).appendleft(job)

    def withdraw(self, job: Job) -> bool:
        """Take a job out; tell whether it was waiting."""
        try:
            self._queue(job).remove(job)
        except ValueError:
            return False
        return True

    def give_up(self, reason: str) -> None:
        """Tell everyone who waits that nothing was sent."""
        for job in (*self._unlocks, *self._polls):
            job.settle(NotSent(reason))
        self._unlocks.clear()
        self._polls.clear()

    def choose(self, now: float) -> Job | None:
        """Find the job that may go now; it stays in the queue."""
        polls = [job for job in self._polls if self._may_go(job, now)]
        if self._unread:
            unread = (job for job in polls if job.request.board in self._unread)
            return next(unread, polls[0] if polls else None)
        unlocks = [job for job in self._unlocks if self._may_go(job, now)]
        is_poll_owed = self._last_was_unlock and not any(job.met_poll for job in unlocks)
        if polls and is_poll_owed:
            return polls[0]
        if unlocks or now < self._hold_until:
            return next(iter(unlocks), None)
        return next(iter(polls), None)

    def begin(self, job: Job) -> None:
        """Take a chosen job out of the queue: it goes on the line."""
        self._queue(job).remove(job)
        self._current = job
        if job.is_unlock:
            self._hold_until = 0.0
        else:
            self._may_hold = True
            for unlock in self._unlocks:
                unlock.met_poll = True

    def end(self, job: Job, rest_until: float | None = None) -> None:
        """Note that the line is free again; one that timed out, and all like it, rest."""
        self._current = None
        self._last_was_unlock = job.is_unlock
        if rest_until is not None:
            self._suspects[job.request.rests_as] = rest_until
        if job.request.kind is RequestKind.READ_ALL:
            self._unread.discard(job.request.board)

    def ready_at(self, now: float) -> float | None:
        """Tell when the first resting job may go; None while only an arrival can change that."""
        waits = [
            self._suspects.get(job.request.rests_as, now) for job in (*self._unlocks, *self._polls)
        ]
        waits.append(self._hold_until)
        later = [until for until in waits if until > now]
        return min(later, default=None)

    def _may_go(self, job: Job, now: float) -> bool:
        until = self._suspects.get(job.request.rests_as)
        if until is not None and until <= now:
            del self._suspects[job.request.rests_as]
            return True
        return until is None

    def _queue(self, job: Job) -> deque[Job]:
        return self._unlocks if job.is_unlock else self._polls
