"""`lanjian board`: for the person at the cabinet, with a cable and a terminal.

Needs nothing of the server: it imports `hardware` only. Each of its own commands is thin:
what it does is in `hardware.commissioning`.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import errno
import json
import logging
import math
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path

from hardware.codecs.errors import FrameError
from hardware.codecs.protocol import Order
from hardware.codecs.registry import PROTOCOLS
from hardware.commissioning import frames, probe_report
from hardware.commissioning.line import check_cells, hint, line_layout
from hardware.commissioning.probe import LISTEN_SECONDS, probe
from hardware.commissioning.queries import left_out, longest_seconds, rounds
from hardware.commissioning.walk import OPEN_WITHIN_SECONDS
from hardware.commissioning.walking import Lines, NoBoards, Walking
from hardware.commissioning.walking import Plan as WalkPlan
from hardware.commissioning.watch import Watch, try_port
from hardware.config import ConfigError, Layout, read_layout
from hardware.config.tables import BAUDS
from hardware.line.bridge import SCHEME
from hardware.line.open_line import PortError
from hardware.line.port import open_port

BAD, MISUSED = 1, 2
#: Longest range that `5-8` may mean.
MOST_NUMBERS = 256

_Run = Callable[[argparse.Namespace], int]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the commands and their options."""
    # Only to be left out of the usage line: one of them is always needed.
    listed = parser.add_subparsers(title="board commands", metavar="BOARD-COMMAND", required=True)
    for name, purpose, declare, run_it in _COMMANDS:
        sub = listed.add_parser(
            name, help=purpose, description=f"{purpose[0].upper()}{purpose[1:]}."
        )
        declare(sub)
        sub.set_defaults(run_board_command=run_it)


def run(args: argparse.Namespace) -> int:
    """Run the chosen command: 0 done, 1 the answer is no, 2 misused."""
    chosen: _Run = args.run_board_command
    return chosen(args)


# decode


def _declare_decode(parser: argparse.ArgumentParser) -> None:
    _add_protocol(parser, is_required=True)
    parser.add_argument("--pending", metavar="HEX", help="the request that the bytes answer")
    _add_options(parser)
    parser.add_argument("hex", nargs="+", metavar="HEX", help="one or more whole frames")


def _decode(args: argparse.Namespace) -> int:
    spec = PROTOCOLS[args.protocol]
    try:
        options = frames.read_options(spec, args.option)
        pending = frames.read_hex([args.pending]) if args.pending is not None else None
        data = frames.read_hex(args.hex)
        _print_json(frames.decoded(spec, data, pending, options))
    except FrameError as error:
        return _bad("decode", str(error), frames.fault_as_json(error))
    except ValueError as error:
        return _bad("decode", str(error), {"error": str(error), "kind": type(error).__name__})
    return 0


# encode


def _declare_encode(parser: argparse.ArgumentParser) -> None:
    _add_protocol(parser, is_required=True)
    orders = "; ".join(f"{name}: {', '.join(spec.orders)}" for name, spec in PROTOCOLS.items())
    parser.add_argument("order", metavar="ORDER", help=orders)
    parser.add_argument("--board", type=int, required=True, help="its address")
    parser.add_argument("--channel", type=int, help="from 1")
    parser.add_argument("--channels", type=_numbers, default=(), metavar="1,2", help="several")
    parser.add_argument("--seconds", type=float, help="pulse or other time, where it has one")
    _add_options(parser)


def _encode(args: argparse.Namespace) -> int:
    spec = PROTOCOLS[args.protocol]
    order = Order(args.order, args.board, args.channel, args.channels, args.seconds)
    try:
        options = frames.read_options(spec, args.option)
        frame = spec.encode(order, options)
    except ValueError as error:
        return _complain("encode", str(error), BAD)
    sys.stdout.write(frame.hex() + "\n")
    return 0


# probe


def _declare_probe(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("port", metavar="PORT", help="a device, or socket://host:port")
    _add_protocol(parser, is_required=False)
    parser.add_argument("--baud", type=_bauds, default=(), metavar="9600,19200", help="only these")
    parser.add_argument(
        "--address", type=_numbers, default=(), metavar="1,2,5-8", help="ask only these addresses"
    )
    parser.add_argument("--json", action="store_true", help="one object, nothing else")


def _probe(args: argparse.Namespace) -> int:
    specs = [PROTOCOLS[args.protocol]] if args.protocol else list(PROTOCOLS.values())
    has_speed = not args.port.startswith(SCHEME)
    plan = rounds(specs, bauds=args.baud, addresses=args.address, has_speed=has_speed)
    asked = sum(len(each.queries) for each in plan)
    if not asked:
        return _complain("probe", "--address: nothing can be asked there", MISUSED)
    for name, address in left_out(plan, specs, args.address):
        _tell(f"不问 Not asked: {name} at address {address}: a board of another protocol")
        _tell("could take that query for an order to open doors.")
    limit = math.ceil(longest_seconds(plan, LISTEN_SECONDS))
    _tell(
        f"只查询，不开锁，最多 {limit} 秒  Reads only, never an unlock: "
        f"{asked} queries in {len(plan)} rounds, {limit} s at most."
    )
    try:
        report = asyncio.run(probe(args.port, plan, open_port, _tell, sweeps=not args.address))
    except PortError as error:
        return _port_error("probe", error)
    if args.json:
        _print_json(probe_report.as_json(report))
    else:
        sys.stdout.write(probe_report.as_text(report) + "\n")
    return 0 if report.conclusion == "found" else BAD


def _bauds(text: str) -> tuple[int, ...]:
    found = tuple(int(word) if word.isdecimal() else 0 for word in text.split(","))
    if not all(baud in BAUDS for baud in found):
        raise argparse.ArgumentTypeError(f"expected some of {', '.join(map(str, BAUDS))}")
    return found


# watch


def _declare_watch(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("port", nargs="?", metavar="PORT", help="a device, or socket://host:port")
    parser.add_argument("--config", type=Path, help="all ports and boards of a configuration")
    _add_line(parser)
    _add_options(parser)
    parser.add_argument("--seconds", type=_duration, help="end by itself after so long")


def _watch(args: argparse.Namespace) -> int:
    if (args.port is None) == (args.config is None):
        return _complain("watch", "give either PORT or --config", MISUSED)
    try:
        layout = read_layout(args.config) if args.config else _line_layout(args)
        return _until_stopped(_watching(layout, args.seconds, has_cells=args.port is None))
    except (ConfigError, ValueError) as error:
        return _complain("watch", str(error), MISUSED)
    except PortError as error:
        return _port_error("watch", error)


async def _watching(layout: Layout, seconds: float | None, *, has_cells: bool) -> int:
    watch = Watch(layout, open_port, sys.stdout, has_cells=has_cells)
    await watch.try_ports()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await watch.run()
    return 0


def _line_layout(args: argparse.Namespace) -> Layout:
    """Make the layout of one line from options."""
    spec = PROTOCOLS[args.protocol or "8a"]
    options = frames.read_options(spec, args.option)
    baud = args.baud[0] if args.baud else None
    return line_layout(args.port, spec, options, baud=baud, addresses=args.address)


def _until_stopped(work: Coroutine[None, None, int]) -> int:
    """Run until done or told to stop, which is a good end."""

    async def guarded() -> int:
        running = asyncio.ensure_future(work)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, running.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            return await running
        return 0

    # What goes wrong on the line is shown; a log on the same screen would spoil it.
    logging.getLogger("hardware").addHandler(logging.NullHandler())
    return asyncio.run(guarded())


# test


def _declare_test(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", required=True, help="a device, or socket://host:port")
    _add_line(parser)
    _add_options(parser)
    parser.add_argument("--first-cell", type=int, default=1, help="the number to begin with")
    parser.add_argument("--out", type=Path, required=True, help="the configuration to write")
    parser.add_argument("--force", action="store_true", help="write over an existing --out")
    parser.add_argument(
        "--open-within", type=_duration, default=OPEN_WITHIN_SECONDS, help="seconds to pull a door"
    )


def _test(args: argparse.Namespace) -> int:
    try:
        plan = _walk_plan(args)
        if plan.out.exists() and not (args.force or plan.progress_path.exists()):
            return _complain("test", f"{plan.out} is there already; --force writes over it", BAD)
        return _until_stopped(_walking(plan))
    except ValueError as error:
        return _complain("test", str(error), MISUSED)
    except PortError as error:
        return _port_error("test", error)
    except NoBoards as error:
        return _complain("test", f"{error}; `lanjian board probe` finds boards", BAD)
    except OSError as error:
        return _complain("test", f"{args.out}: {error.strerror}", BAD)


def _walk_plan(args: argparse.Namespace) -> WalkPlan:
    layout = _line_layout(args)
    check_cells(args.first_cell, layout.places)
    port = layout.ports[0]
    return WalkPlan(
        line=port.line,
        spec=port.spec,
        options=port.options[port.boards[0]],
        addresses=port.boards,
        out=args.out,
        first_cell=args.first_cell,
        open_within_seconds=args.open_within,
    )


async def _walking(plan: WalkPlan) -> int:
    await try_port(plan.line, open_port)
    if not os.access(plan.out.parent, os.W_OK):
        # Before a door opens, not after the first one was tested.
        raise PermissionError(errno.EACCES, "its folder is not there, or cannot be written to")
    lines = Lines(sys.stdin.fileno())
    walking = Walking(plan, open_port, lines, _say)
    return 0 if await walking.run() else BAD


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


# Options that several commands have


def _add_line(parser: argparse.ArgumentParser) -> None:
    _add_protocol(parser, is_required=False)
    parser.add_argument("--baud", type=_bauds, default=(), help="the protocol's usual speed")
    parser.add_argument(
        "--address",
        type=_numbers,
        default=(),
        metavar="1,2,5-8",
        help="boards; one, at the lowest, unless told",
    )


def _add_protocol(parser: argparse.ArgumentParser, *, is_required: bool) -> None:
    parser.add_argument(
        "--protocol", choices=list(PROTOCOLS), required=is_required, help="how the boards speak"
    )


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--option",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="how the board is built, as in its [[port.board]] table; may be repeated",
    )


def _numbers(text: str) -> tuple[int, ...]:
    """Read `1,2,5-8`."""
    found: list[int] = []
    for part in text.split(","):
        first, dash, last = part.partition("-")
        try:
            numbers = range(int(first), int(last if dash else first) + 1)
        except ValueError:
            numbers = range(0)
        if not 0 < len(numbers) <= MOST_NUMBERS:
            raise argparse.ArgumentTypeError(f"{part!r}: expected numbers such as 1,2,5-8")
        found += numbers
    return tuple(found)


def _duration(text: str) -> float:
    """Read seconds."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r}: expected seconds, more than 0")
    return seconds


# Output


def _print_json(value: object) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def _bad(command: str, words: str, value: dict[str, object]) -> int:
    """Say it to a program and to a person."""
    _print_json(value)
    return _complain(command, _more_words(words, value), BAD)


def _more_words(words: str, value: dict[str, object]) -> str:
    offset = value.get("offset")
    return f"{words} (in the frame that begins at byte {offset})" if offset else words


def _tell(text: str) -> None:
    """Say how it goes, out of the result's way."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def _port_error(command: str, error: PortError) -> int:
    """Say why the port cannot be used, and what a person does about it."""
    return _complain(command, f"{error}\n{hint(error)}".rstrip(), BAD)


def _complain(command: str, text: str, status: int) -> int:
    sys.stderr.write(f"lanjian board {command}: {text}\n")
    return status


_COMMANDS: tuple[tuple[str, str, Callable[[argparse.ArgumentParser], None], _Run], ...] = (
    ("decode", "say what bytes on the line mean", _declare_decode, _decode),
    ("encode", "make the bytes of an order; sends nothing", _declare_encode, _encode),
    ("probe", "find speed and protocol of a line; reads only", _declare_probe, _probe),
    ("watch", "show doors live in the terminal; reads only", _declare_watch, _watch),
    ("test", "walk door by door and write the configuration; opens doors", _declare_test, _test),
)
