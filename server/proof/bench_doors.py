"""From a command to its pulse, on one busy line, beside what the line itself needs.

The simulated boards run as a program of their own, so that they share neither the loop nor
the interpreter with what is measured; their pulses are dated by the same monotonic clock
(CLOCK_MONOTONIC is one for all processes of a machine). All else is the real thing: cabinet,
spool on disk, bus, port, frame log, with every board polled without a pause.

What the line needs is the longest poll already under way (request, turnaround, answer, gap)
and then the unlock's own bytes. Unlocks come at random, never so close that one would wait
for another: that wait would be the line's too.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import math
import random
import sys
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from hardware.cabinet.cabinet import Cabinet
from hardware.clock import ServerClock
from hardware.codecs.driver import Frame, Request, RequestKind, StatusAnswer
from hardware.config import read_layout
from hardware.disk.journal import Journal
from hardware.line.exchange import LineSettings, Outcome
from hardware.line.frame_file import FrameLogSettings
from hardware.line.frame_log import FrameLog
from hardware.line.frame_logs import LineLogs
from hardware.line.port import open_port
from server.proof.report import Report, progress

#: The promise: p99 is at most this many times what the line needs.
MOST_RATIO = 1.5
#: Fewer unlocks make no p99.
LEAST_UNLOCKS = 100
#: Pauses between two unlocks, seconds; at least this, at most that.
PAUSES = (0.1, 0.4)
#: Doors spring open and are closed again soon after, so that few cells are enough.
DOOR_HABITS = {"open_after": 0.02, "close_after": 0.1, "hold_unseen": 0.0}
#: A cell rests this long before it is opened again.
CELL_REST_SECONDS = 2.0
#: How long boards, simulator and last pulses are waited for.
PATIENCE_SECONDS = 60.0
#: How often the event loop's lateness is sampled.
LAG_SECONDS = 0.01

CHECKS = ("every unlock pulsed exactly once", "every unlock was taken", "p99 against the line")


@dataclass(frozen=True, slots=True)
class DoorsPlan:
    """What is measured."""

    unlocks: int = 400
    seed: int = 1
    boards: int = 4
    channels: int = 24
    baud: int = 9600
    protocol: str = "8a"
    poll_seconds: float = 0.0


@dataclass(slots=True)
class _Unlock:
    """One command: when it was given, when its intent was on disk."""

    cell: int
    asked_at: float
    taken_at: float


@dataclass(slots=True)
class _Sizes:
    """A tap that notes the longest frames and when unlocks went, and passes all on to the log."""

    log: FrameLog
    polls: int = 0
    answers: int = 0
    unlocks: int = 0
    unlocks_sent_at: list[float] = field(default_factory=list)

    def sent(self, request: Request) -> None:
        self.log.sent(request)
        if request.kind is RequestKind.UNLOCK:
            self.unlocks = max(self.unlocks, len(request.frame))
            self.unlocks_sent_at.append(asyncio.get_running_loop().time())
        else:
            self.polls = max(self.polls, len(request.frame))

    def heard(self, frame: Frame) -> None:
        self.log.heard(frame)
        if isinstance(frame, StatusAnswer):
            self.answers = max(self.answers, len(frame.frame))

    def dropped(self, data: bytes) -> None:
        self.log.dropped(data)

    def silent(self, request: Request, outcome: Outcome) -> None:
        self.log.silent(request, outcome)

    def noted(self, text: str) -> None:
        self.log.noted(text)

    def line_seconds(self, line: LineSettings, turnaround_seconds: float) -> float:
        """Tell what the line needs at worst for one unlock, from its own settings."""
        poll = (self.polls + self.answers) * line.byte_seconds + turnaround_seconds
        return poll + line.gap_seconds + self.unlocks * line.byte_seconds


@dataclass(slots=True)
class _Run:
    """What one run saw."""

    unlocks: list[_Unlock] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    lags: list[float] = field(default_factory=list)


async def play(plan: DoorsPlan, directory: Path, report: Report) -> None:
    """Measure, and put everything into the report."""
    report.expect(CHECKS)
    async with _simulator(plan, directory) as boards:
        await boards.say(**DOOR_HABITS)
        turnaround = float((await boards.say(state=True))["knobs"]["turnaround"])
        layout = read_layout(directory / "boards.toml")
        clock = ServerClock()
        now = clock.monotonic()
        clock.measure(datetime.now(UTC), now, now)
        logs = LineLogs(layout, clock.now, FrameLogSettings(directory / "frames"))
        sizes = _Sizes(logs.logs[0])
        journal = Journal.open(directory / "spool.sqlite", asyncio.Event())
        try:
            cabinet = Cabinet(layout, journal, clock, open_port, (sizes,))
            await cabinet.prepare()
            run = await _measure(plan, cabinet, clock, logs)
            pulses = await _pulses(boards, len(run.unlocks))
        finally:
            await journal.close()
        bus = cabinet.buses[0]
        report.counts |= {
            "exchanges": bus.counts.exchanges,
            "silences": bus.counts.silences,
            "dropped_bytes": bus.receiver.counts.dropped_bytes,
        }
        _judge(run, pulses, sizes.line_seconds(bus.settings, turnaround), report)
        _tell_parts(run, pulses, sizes, report)


# Measuring


async def _measure(plan: DoorsPlan, cabinet: Cabinet, clock: ServerClock, logs: LineLogs) -> _Run:
    run = _Run()
    tasks = [
        asyncio.create_task(cabinet.run(), name="cabinet"),
        asyncio.create_task(logs.run(), name="frame logs"),
        asyncio.create_task(_watch_lag(run.lags), name="loop lag"),
    ]
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await cabinet.seen.wait()
        run.lags.clear()
        await _unlock_at_random(plan, cabinet, clock, run)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return run


async def _unlock_at_random(
    plan: DoorsPlan, cabinet: Cabinet, clock: ServerClock, run: _Run
) -> None:
    rng = random.Random(plan.seed)
    order = _cells_in_turn(sorted(cabinet.cells), rng)
    free_at: dict[int, float] = defaultdict(float)
    for number in range(plan.unlocks):
        await asyncio.sleep(rng.uniform(*PAUSES))
        cell = next(cell for cell in order if free_at[cell] <= clock.monotonic())
        asked_at = clock.monotonic()
        deadline = clock.now() + timedelta(seconds=10)
        refusal = await cabinet.take(f"bench-{number}", cell, deadline)
        if refusal is None:
            run.unlocks.append(_Unlock(cell, asked_at, clock.monotonic()))
            free_at[cell] = clock.monotonic() + CELL_REST_SECONDS
        else:
            run.refusals.append(refusal.reason)
        if number and not number % 100:
            progress(f"{number} of {plan.unlocks} unlocks")
    await asyncio.sleep(CELL_REST_SECONDS)  # the last exchange, and polls that see it


def _cells_in_turn(cells: Sequence[int], rng: random.Random) -> Iterator[int]:
    shuffled = list(cells)
    rng.shuffle(shuffled)
    return itertools.cycle(shuffled)


async def _watch_lag(lags: list[float]) -> None:
    """Sample by how much the event loop is late: how busy this machine is."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + LAG_SECONDS
        await asyncio.sleep(LAG_SECONDS)
        lags.append(loop.time() - due)


async def _pulses(boards: _Control, wanted: int) -> dict[int, list[float]]:
    """Fetch what truly happened, by cell."""
    found: dict[int, list[float]] = defaultdict(list)
    for happened in (await boards.say(history=True))["history"]:
        if happened["what"] == "pulse":
            found[happened["cell"]].append(happened["at"])
    progress(f"{sum(map(len, found.values()))} pulses for {wanted} unlocks")
    return found


# Judging


def _judge(run: _Run, pulses: dict[int, list[float]], line_seconds: float, report: Report) -> None:
    asked = Counter(unlock.cell for unlock in run.unlocks)
    pulsed = Counter({cell: len(instants) for cell, instants in pulses.items()})
    wrong = {cell: (asked[cell], pulsed[cell]) for cell in asked | pulsed}
    wrong = {cell: pair for cell, pair in wrong.items() if pair[0] != pair[1]}
    report.check(
        CHECKS[0], bool(asked) and not wrong, f"{asked.total()} asked, {pulsed.total()} pulses"
    )
    report.check(CHECKS[1], not run.refusals, f"{len(run.refusals)} refused {run.refusals[:3]}")
    in_order = {cell: iter(sorted(instants)) for cell, instants in pulses.items()}
    whole, after_disk = [], []
    for unlock in run.unlocks:
        pulsed_at = next(in_order.get(unlock.cell, iter(())), None)
        if pulsed_at is not None:
            whole.append(pulsed_at - unlock.asked_at)
            after_disk.append(pulsed_at - unlock.taken_at)
    disk = [unlock.taken_at - unlock.asked_at for unlock in run.unlocks]
    ratio = percentile(whole, 0.99) / line_seconds
    report.counts |= {
        "n": len(whole),
        "line_ms": _ms(line_seconds),
        "pulse_p50_ms": _ms(percentile(whole, 0.5)),
        "pulse_p99_ms": _ms(percentile(whole, 0.99)),
        "pulse_max_ms": _ms(max(whole, default=math.inf)),
        "disk_p50_ms": _ms(percentile(disk, 0.5)),
        "disk_p99_ms": _ms(percentile(disk, 0.99)),
        "after_disk_p99_ms": _ms(percentile(after_disk, 0.99)),
        "loop_late_p99_ms": _ms(percentile(run.lags, 0.99)),
        "loop_late_max_ms": _ms(max(run.lags, default=math.inf)),
        "ratios": {"line": round(ratio, 3)},
    }
    enough = len(whole) >= LEAST_UNLOCKS
    seen = f"{ratio:.2f} times, of {MOST_RATIO} at most" + ("" if enough else "; too few unlocks")
    report.check(CHECKS[2], enough and ratio <= MOST_RATIO, seen)


def _tell_parts(run: _Run, pulses: dict[int, list[float]], sizes: _Sizes, report: Report) -> None:
    """Tell where the time went: until the port got the unlock, and from there to the pulse.

    One unlock is at work at a time, so all three lists are in one order.
    """
    pulsed_at = sorted(itertools.chain.from_iterable(pulses.values()))
    sent_at = sizes.unlocks_sent_at
    if not len(pulsed_at) == len(sent_at) == len(run.unlocks):
        return
    waits = [sent - unlock.asked_at for sent, unlock in zip(sent_at, run.unlocks, strict=True)]
    wires = [pulse - sent for pulse, sent in zip(pulsed_at, sent_at, strict=True)]
    report.counts |= {
        "until_sent_p99_ms": _ms(percentile(waits, 0.99)),
        "sent_to_pulse_p50_ms": _ms(percentile(wires, 0.5)),
        "sent_to_pulse_p99_ms": _ms(percentile(wires, 0.99)),
    }


def percentile(values: Sequence[float], share: float) -> float:
    """Find the least value that this share of all does not exceed (nearest rank)."""
    if not values:
        return math.inf
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def _ms(seconds: float) -> float | None:
    return round(seconds * 1000, 2) if math.isfinite(seconds) else None


# The simulator as a program of its own


class _Control:
    """The simulator's control port."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def say(self, **order: Any) -> dict[str, Any]:
        self._writer.write(msgspec.json.encode(order) + b"\n")
        async with asyncio.timeout(PATIENCE_SECONDS):
            answer = msgspec.json.decode(await self._reader.readline(), type=dict[str, Any])
        if not answer["ok"]:
            raise ValueError(f"the simulator refuses {order}: {answer['error']}")
        return answer

    async def close(self) -> None:
        self._writer.close()
        with contextlib.suppress(ConnectionError):
            await self._writer.wait_closed()


@contextlib.asynccontextmanager
async def _simulator(plan: DoorsPlan, directory: Path) -> AsyncIterator[_Control]:
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "hardware.simulator", "--protocol", plan.protocol),
        *("--boards", str(plan.boards), "--channels", str(plan.channels)),
        *("--baud", str(plan.baud), "--seed", str(plan.seed), "--people", "auto"),
        *("--poll-seconds", str(plan.poll_seconds)),
        *("--config", str(directory / "boards.toml")),
        stdout=asyncio.subprocess.PIPE,
    )
    assert program.stdout is not None
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            ready = msgspec.json.decode(await program.stdout.readline(), type=dict[str, Any])
            streams = await asyncio.open_connection("127.0.0.1", ready["control_port"], limit=2**26)
        control = _Control(*streams)
        try:
            yield control
        finally:
            await control.close()
    finally:
        if program.returncode is None:
            program.terminate()
        await program.wait()
