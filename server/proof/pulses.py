"""The judge of pulses: each is of one command that was live, and no command has two.

A command is live from the moment its agent has it on disk until its deadline, until it was
sent, or until its agent ends, whichever comes first: it is never sent again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from realtime.wire.terminal import DoorEventKind
from server.proof.door_truth import Record, Truth, Verdict

K = DoorEventKind

#: How far the instants of two programs' records may be apart.
APART_SECONDS = 0.5
#: How wrong an agent may be of the time, on one machine.
CLOCK_SECONDS = 0.05


def judge_pulses(truth: Truth, record: Record, verdict: Verdict) -> None:
    """Count pulses without a live command, second ones, and sendings that moved no lock.

    Gives each pulse the one command it is of.
    """
    windows = list(_windows(truth, record))
    used: set[str] = set()
    for pulse in sorted(truth.pulses, key=lambda pulse: pulse.at):
        fitting = [
            window
            for window in windows
            if window.cell == pulse.cell and window.since <= pulse.at <= window.until
        ]
        free = [window for window in fitting if window.id not in used]
        if free:
            used.add(min(free, key=lambda window: (not window.is_sent, window.until)).id)
        elif fitting:
            verdict.opened_twice += 1
            verdict.examples.append(f"opened twice: {pulse} for {fitting[0].id}")
        else:
            verdict.opened_without_command += 1
            verdict.examples.append(f"opened without a live command: {pulse}")
    cut_off = [window.id in used for window in windows if not window.is_sent]
    verdict.cut_off_after_pulse = sum(cut_off)
    verdict.cut_off_before_pulse = len(cut_off) - sum(cut_off)
    untrue = [window for window in windows if window.is_sent and window.id not in used]
    verdict.sent_untruly = len(untrue)
    verdict.examples += [f"told to be sent, and was not: {window}" for window in untrue]


@dataclass(frozen=True, slots=True)
class _Window:
    """When a command's one pulse may come."""

    id: str
    cell: int
    since: float
    until: float
    is_sent: bool


def _windows(truth: Truth, record: Record) -> Iterator[_Window]:
    """Bound each command's pulse by what is told of it, its deadline and its agent's life."""
    steps: dict[str, dict[DoorEventKind, float]] = {}
    for told in record.told:
        if told.command is not None:
            steps.setdefault(told.command, {}).setdefault(told.kind, told.at)
    for wish in record.wishes:
        known = steps.get(wish.id, {})
        asked_at = known.get(K.ASKED)
        if asked_at is None or K.REFUSED in known:
            continue  # never begun, or certainly not sent
        until = wish.deadline
        if K.SENT in known:
            until = min(until, known[K.SENT])
        else:
            # The pulse left before the agent ended, if it left at all.
            until = min(
                [
                    until,
                    *(one.ended for one in truth.lives if one.ended >= asked_at - CLOCK_SECONDS),
                ]
            )
        yield _Window(
            wish.id,
            wish.cell,
            asked_at - APART_SECONDS,
            until + APART_SECONDS,
            K.SENT in known,
        )
