"""Find out at which speed and in which protocol the boards of a line speak: reads only.

The shell around `queries`: one port, one query at a time, silence between them. What comes
back is told as it is; what is not sure is called so.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from hardware.commissioning import queries
from hardware.commissioning.probe_report import BoardFound, ProbeReport, Spoken
from hardware.commissioning.queries import Finding, Query, Round, Verdict
from hardware.line.bus import OpenPortFunction
from hardware.line.exchange import LineSettings
from hardware.line.open_line import OpenPort

#: How long a newly opened line is listened to before anything is said on it.
LISTEN_SECONDS = 0.3
#: USB adapters deliver one answer in bursts up to this far apart.
BURST_SECONDS = 0.025
#: A line that does not fall silent is spoken into after this long.
NOISE_SECONDS = 0.5
#: Bytes kept of what comes back of one query; endless noise is no evidence of more.
MOST_HEARD = 256
#: How long a closing port is waited for.
CLOSE_SECONDS = 2.0


Tell = Callable[[str], None]


async def probe(
    url: str, plan: Sequence[Round], open_port: OpenPortFunction, tell: Tell, *, sweeps: bool = True
) -> ProbeReport:
    """Ask everything in the plan, until one speed has answered.

    Then also the addresses after the planned ones, unless told not to sweep.

    Raises:
        PortError: the line cannot be opened, or was lost.
    """
    report = ProbeReport(port=url)
    for number, asked in enumerate(plan, 1):
        names = ", ".join(dict.fromkeys(query.spec.name for query in asked.queries))
        speed = f"{asked.baud} baud" if asked.baud else "the bridge's speed"
        tell(f"{number}/{len(plan)}  {speed}: {names}")
        async with _listening(url, asked.baud, open_port) as line:
            await _ask_round(line, asked, report, tell, sweeps)
        if report.spoken:
            break
    return report


async def _ask_round(
    line: _Line, asked: Round, report: ProbeReport, tell: Tell, sweeps: bool
) -> None:
    unasked = await line.listen(LISTEN_SECONDS)
    if unasked:
        report.unasked[asked.baud or 0] = unasked
    found: dict[str, Spoken] = {}
    for query in asked.queries:
        await _ask(line, query, asked.baud, report, found)
    for spoken in found.values():
        tell(f"  {spoken.spec.name}: an answer; looking into it")
        await _look_into(line, spoken, report, sweeps)
    report.spoken += found.values()


async def _look_into(line: _Line, spoken: Spoken, report: ProbeReport, sweeps: bool) -> None:
    """Ask the next addresses too, and each board that answered some times more."""
    found = {spoken.spec.name: spoken}
    more = queries.queries(spoken.spec, count=queries.MORE_ADDRESSES if sweeps else 0)
    for query in more[queries.FIRST_ADDRESSES :]:
        if query.request.board not in spoken.boards:
            await _ask(line, query, spoken.baud, report, found)
    for address in list(spoken.boards):
        for query in queries.queries(spoken.spec, [address]) * queries.CONFIRMATIONS:
            await _ask(line, query, spoken.baud, report, found)


async def _ask(
    line: _Line,
    query: Query,
    baud: int | None,
    report: ProbeReport,
    found: dict[str, Spoken],
) -> None:
    finding = await line.ask(query)
    report.queries += 1
    report.is_echoing = report.is_echoing or finding.is_echoed
    name, address = query.spec.name, query.request.board
    if finding.verdict in (Verdict.ANSWER, Verdict.FAULT):
        spoken = found.setdefault(name, Spoken(baud, query.spec))
        board = spoken.boards.setdefault(address, BoardFound(address))
        board.answered += 1
        board.finding = finding
    known = found[name].boards.get(address) if name in found else None
    if known is not None:
        known.asked += 1
    place = f"{baud or 'bridge'} {name}"
    if finding.verdict is Verdict.BAD_CHECKSUM:
        report.damaged.setdefault(place, finding.heard)
    elif finding.verdict is Verdict.NOISE:
        report.noise.setdefault(place, finding.heard)


# The line


class _Line:
    """An open port that is asked one thing at a time."""

    def __init__(self, settings: LineSettings) -> None:
        #: Set right after opening.
        self.port: OpenPort
        self.is_lost = False
        self._settings = settings
        self._heard = bytearray()
        self._changed = asyncio.Event()

    def take(self, data: bytes) -> None:
        """Keep what came."""
        room = MOST_HEARD - len(self._heard)
        self._heard += data[: max(room, 0)]
        self._changed.set()

    def lose(self) -> None:
        """Remember that the port is gone; the next write says so."""
        self.is_lost = True
        self._changed.set()

    async def listen(self, seconds: float) -> bytes:
        """Take what comes unasked."""
        await self._wait(seconds, lambda: False)
        return bytes(self._heard)

    async def ask(self, query: Query) -> Finding:
        """Send one query and judge what comes back, when it is complete or its time is up.

        Raises:
            PortLost: the port is gone.
        """
        await self._fall_silent()
        self._heard.clear()
        self.port.write(query.request.frame)
        sending = len(query.request.frame) * self._settings.byte_seconds

        def is_answered() -> bool:
            return queries.judge(query, bytes(self._heard)).answer is not None

        await self._wait(sending + query.seconds, is_answered)
        await self._fall_silent()
        return queries.judge(query, bytes(self._heard))

    async def _fall_silent(self) -> None:
        """Wait until nothing has come for the gap between frames, or a burst."""
        gap = max(self._settings.gap_seconds, BURST_SECONDS)
        loop = asyncio.get_running_loop()
        patience = loop.time() + NOISE_SECONDS
        while loop.time() < patience and not self.is_lost:
            if not await self._hears_more(gap):
                return

    async def _hears_more(self, seconds: float) -> bool:
        size = len(self._heard)
        await self._wait(seconds, lambda: len(self._heard) > size)
        return len(self._heard) > size

    async def _wait(self, seconds: float, is_done: Callable[[], bool]) -> None:
        try:
            async with asyncio.timeout(seconds):
                while not (self.is_lost or is_done()):
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            return


@asynccontextmanager
async def _listening(
    url: str, baud: int | None, open_port: OpenPortFunction
) -> AsyncIterator[_Line]:
    settings = LineSettings(url, baud=baud or queries.USUAL_BAUD)
    line = _Line(settings)
    line.port = await open_port(url, settings.baud, line.take, line.lose)
    try:
        yield line
    finally:
        await line.port.abort(CLOSE_SECONDS)
