"""Ports with faults, named for them. Each is the far end of a bus: bytes in, bytes out."""

import asyncio
import random
from collections.abc import Callable

from hardware.port import Backlog, OnBytes, OnLost, OpenPort, PortLost, PortMissing
from hardware.simulator.boards import Boards
from hardware.simulator.doors import Doors
from hardware.simulator.knobs import Knobs, People


class GoodPort:
    """Two boards of 24 doors that answer at once, without a fault."""

    def __init__(self) -> None:
        knobs = Knobs(people=People.MANUAL, open_after=0.0)
        self.doors = Doors(48, knobs)
        self.boards = Boards(2, 24, self.doors)
        #: Every frame the bus handed over, with the instant.
        self.written: list[tuple[float, bytes]] = []
        self.openings = 0
        self.is_open = False
        self._on_bytes: OnBytes = lambda _data: None
        self._on_lost: OnLost = lambda: None
        self._timers: set[asyncio.TimerHandle] = set()

    async def open(self, _url: str, _baud: int, on_bytes: OnBytes, on_lost: OnLost) -> OpenPort:
        self.openings += 1
        self.is_open = True
        self._on_bytes, self._on_lost = on_bytes, on_lost
        return self

    def write(self, data: bytes) -> None:
        if not self.is_open:
            raise PortLost("gone")
        self.written.append((asyncio.get_running_loop().time(), data))
        for _board, answer in self.boards.receive(data):
            self.answer(data, answer)

    def backlog(self) -> Backlog:
        return Backlog()

    def answer(self, request: bytes, answer: bytes) -> None:
        self.say(answer, 0.0)

    def say(self, data: bytes, after_seconds: float) -> None:
        """Deliver bytes to the bus after a while."""
        loop = asyncio.get_running_loop()
        self._timers.add(loop.call_later(after_seconds, self._deliver, data))

    def lose(self) -> None:
        """Pull the plug."""
        if self.is_open:
            self.is_open = False
            self._on_lost()

    async def abort(self, limit_seconds: float) -> None:
        self.is_open = False
        for timer in self._timers:
            timer.cancel()
        self.doors.stop()

    def unlocks(self) -> list[bytes]:
        return [data for _, data in self.written if data[0] == 0x8A]

    def _deliver(self, data: bytes) -> None:
        if self.is_open:
            self._on_bytes(data)


class OneByteAtATime(GoodPort):
    """Every byte comes in a chunk of its own, some milliseconds apart."""

    def answer(self, request: bytes, answer: bytes) -> None:
        for number, byte in enumerate(answer):
            self.say(bytes([byte]), 0.004 * number)


class Delayed(GoodPort):
    """The answer comes a fixed time after the request."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds

    def answer(self, request: bytes, answer: bytes) -> None:
        self.say(answer, self.seconds)


class LossyTransport(GoodPort):
    """Each byte of an answer is lost with some chance; seeded."""

    def __init__(self, chance: float, seed: int) -> None:
        super().__init__()
        self._rng = random.Random(seed)
        self._chance = chance

    def answer(self, request: bytes, answer: bytes) -> None:
        self.say(bytes(b for b in answer if self._rng.random() >= self._chance), 0.0)


class SilentBoard(GoodPort):
    """Board 1 acts and says nothing; board 2 is well."""

    def answer(self, request: bytes, answer: bytes) -> None:
        if request[1] != 1:
            super().answer(request, answer)


class EchoingLine(GoodPort):
    """The adapter hands back every byte that is sent, before the answer."""

    def write(self, data: bytes) -> None:
        self.say(data, 0.0)
        super().write(data)

    def answer(self, request: bytes, answer: bytes) -> None:
        self.say(answer, 0.01)


class EchoingLineWithSilentBoard(EchoingLine):
    """An echo, and no board behind it."""

    def answer(self, request: bytes, answer: bytes) -> None:
        return


class CutInMidFrame(GoodPort):
    """The first answers end after their third byte; then all is well."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self._left = times

    def answer(self, request: bytes, answer: bytes) -> None:
        self._left -= 1
        self.say(answer[:3] if self._left >= 0 else answer, 0.0)


class WrongBoardAnswers(GoodPort):
    """Board 2 answers for board 1, with a good checksum."""

    def answer(self, request: bytes, answer: bytes) -> None:
        spoilt = bytearray(answer)
        if request[1] == 1:
            spoilt[1] ^= 3
            spoilt[-1] ^= 3
        self.say(bytes(spoilt), 0.0)


class NoisyLine(GoodPort):
    """Garbage before each answer, and bytes that never stop."""

    def __init__(self) -> None:
        super().__init__()
        self._rng = random.Random(7)
        self._is_noisy = False

    def answer(self, request: bytes, answer: bytes) -> None:
        self.say(b"\xfa\xfd\x99\x99" + answer, 0.0)
        if not self._is_noisy:
            self._is_noisy = True
            self._hiss()

    def _hiss(self) -> None:
        self._deliver(b"\xfa")
        if self.is_open:
            self._timers.add(asyncio.get_running_loop().call_later(0.002, self._hiss))


class LostInMidExchange(GoodPort):
    """The plug is pulled while the first unlock awaits its answer; then all is well."""

    def answer(self, request: bytes, answer: bytes) -> None:
        if request[0] == 0x8A and self.openings == 1:
            asyncio.get_running_loop().call_soon(self.lose)
        else:
            super().answer(request, answer)


class MissingAtFirst(GoodPort):
    """The device is not there for the first openings."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.missing = times
        self.attempts: list[float] = []

    async def open(self, url: str, baud: int, on_bytes: OnBytes, on_lost: OnLost) -> OpenPort:
        self.attempts.append(asyncio.get_running_loop().time())
        if len(self.attempts) <= self.missing:
            raise PortMissing("no such device")
        return await super().open(url, baud, on_bytes, on_lost)


class GoneBeforeWriting(GoodPort):
    """The first unlock meets a port that is gone already: no byte was sent."""

    def write(self, data: bytes) -> None:
        if data[0] == 0x8A and self.openings == 1:
            self.lose()
        super().write(data)


#: Faults under which every exchange still ends with its answer.
HARMLESS: list[Callable[[], GoodPort]] = [
    GoodPort,
    OneByteAtATime,
    lambda: Delayed(0.1),
    EchoingLine,
    NoisyLine,
]
