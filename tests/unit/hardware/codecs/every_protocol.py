"""What the suites of every protocol share: the boards of `answers`, drivers, requests, orders."""

from collections.abc import Collection, Iterator
from itertools import product

import msgspec
import pytest

from hardware.codecs.driver import (
    DoorReport,
    Driver,
    FaultAnswer,
    Frame,
    Request,
    StatusAnswer,
    UnlockAnswer,
)
from hardware.codecs.protocol import BoardOptions, Order, ProtocolSpec
from hardware.codecs.receiver import EchoMode, Receiver
from hardware.codecs.registry import PROTOCOLS
from realtime.wire.terminal import DoorState
from tests.unit.hardware.codecs.answers import EVERY_BOARD, Boards

#: The channel that is unlocked, and another one.
CHANNEL, ANOTHER = 3, 5
#: Doors that stand open; their bits make no header of any protocol.
OPENED = frozenset({1, 4, 7})

each_boards = pytest.mark.parametrize("boards", EVERY_BOARD, ids=lambda b: b.name)
each_protocol = pytest.mark.parametrize("spec", PROTOCOLS.values(), ids=lambda s: s.name)


def spec_of(boards: Boards) -> ProtocolSpec:
    return PROTOCOLS[boards.protocol]


def options_of(boards: Boards) -> BoardOptions:
    return msgspec.convert(dict(boards.options), spec_of(boards).options)


def driver_of(boards: Boards) -> Driver:
    options = options_of(boards)
    return spec_of(boards).driver({boards.address: options, boards.other: options})


def listening(driver: Driver, request: Request | None) -> Receiver:
    made = Receiver(driver, EchoMode.OFF)
    if request is not None:
        made.sent(request)
    return made


def heard(made: Receiver, *chunks: bytes) -> list[Frame]:
    """Take what was delivered, and the silence after it."""
    frames = [frame for chunk in chunks for frame in made.feed(chunk)]
    while more := made.quiet():
        frames += more
    return frames


def states(boards: Boards, opened: Collection[int]) -> tuple[DoorState, ...]:
    return tuple(DoorState.OPEN if n in opened else DoorState.CLOSED for n in boards.all_channels())


def truth(frame: Frame) -> object:
    """What a frame says, but for the bytes it came in."""
    match frame:
        case StatusAnswer():
            return ("status", frame.board, frame.states)
        case DoorReport():
            return ("report", frame.board, frame.channel, frame.state)
        case UnlockAnswer():
            return ("unlocked", frame.board, frame.channel)
        case FaultAnswer():
            return ("fault", frame.board, frame.channel)
        case _:
            return ("other", frame.board)


def exchanges(boards: Boards) -> Iterator[tuple[Request, bytes, object]]:
    """Every request with each of its legal answers, and what that says."""
    driver, board = driver_of(boards), boards.address
    for opened in (OPENED, frozenset[int](), frozenset(boards.all_channels())):
        told = ("status", board, states(boards, opened))
        yield driver.read_all(board), boards.status(board, opened), told
    unlock = driver.unlock(board, CHANNEL)
    for answer in boards.unlocked(board, CHANNEL):
        yield unlock, answer, ("unlocked", board, CHANNEL)
    for answer in boards.refused(board, CHANNEL):
        yield unlock, answer, ("fault", board, CHANNEL)


def requests(boards: Boards) -> list[Request]:
    driver, board = driver_of(boards), boards.address
    return [driver.read_all(board), driver.unlock(board, CHANNEL)]


def orders(spec: ProtocolSpec, board: int = 1) -> list[Order]:
    """Every order that the protocol knows, with all that it can carry, and with less."""
    options = spec.options(**defaults(spec))
    made = []
    for what in spec.orders:
        given_ = list(product((None, 2), ((), (1, 3)), (None, 2.0)))
        fits = [
            order
            for order in (Order(what, board, c, cs, s) for c, cs, s in given_)
            if is_accepted(spec, order, options)
        ]
        assert fits, f"{what} is never accepted"
        made += fits
    return made


def defaults(spec: ProtocolSpec) -> dict[str, int]:
    return {} if "channels" in _with_default(spec.options) else {"channels": 8}


def _with_default(options: type[BoardOptions]) -> set[str]:
    return {f.name for f in msgspec.structs.fields(options) if not f.required}


def is_accepted(spec: ProtocolSpec, order: Order, options: BoardOptions) -> bool:
    try:
        spec.encode(order, options)
    except ValueError:
        return False
    return True
