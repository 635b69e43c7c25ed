"""`lanjian terminal`: the agent on a cabinet's machine, or beside a simulated cabinet.

Needs nothing of the server: it imports `hardware` only.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
import sys
from pathlib import Path
from urllib.parse import urlsplit

from hardware.agent import Agent, AgentSettings
from hardware.config import ConfigError, Layout, parse_layout, read_layout
from hardware.deploy import Unit, unit_text
from hardware.disk.spool import SpoolError
from hardware.disk.state import SPOOL_BYTES
from hardware.line.frame_file import FrameLogSettings
from hardware.link.device_key import DeviceKeyError, has_key, read_key
from hardware.link.link import LinkSettings
from hardware.logs import start_logging
from hardware.scanning.scanner import ScannerSettings
from hardware.service import Supervisor
from hardware.simulator.boards import PROTOCOLS
from hardware.simulator.cabinet import Plan, simulated
from hardware.simulator.knobs import Knobs, People

#: Where the server takes terminals, when only its base URL is given.
SOCKET_PATH = "/v1/terminal"
#: Environment variables, by option.
VARIABLES = {
    "server": "LANJIAN_TERMINAL_SERVER",
    "terminal": "LANJIAN_TERMINAL_ID",
    "token_file": "LANJIAN_TERMINAL_TOKEN_FILE",
    "data": "LANJIAN_TERMINAL_DATA",
    "config": "LANJIAN_TERMINAL_CONFIG",
    "frame_log": "LANJIAN_TERMINAL_FRAME_LOG",
    "kiosk_port": "LANJIAN_TERMINAL_KIOSK_PORT",
    "scanner": "LANJIAN_TERMINAL_SCANNER",
    "scanner_baud": "LANJIAN_TERMINAL_SCANNER_BAUD",
    "spool_bytes": "LANJIAN_TERMINAL_SPOOL_BYTES",
}
#: The token itself: from the environment or a file, never from the command line, where
#: everyone on the machine could read it.
TOKEN_VARIABLE = "LANJIAN_TERMINAL_TOKEN"


#: The name of systemd's credential that holds the token.
CREDENTIAL = "token"
#: Below, nothing of use would fit.
LEAST_SPOOL_BYTES = 1_000_000


class Misused(Exception):
    """An option is missing or wrong; the message names it."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options; each may also be given by its environment variable."""

    def option(name: str, purpose: str, default: str | None = None) -> None:
        variable = VARIABLES[name]
        parser.add_argument(
            "--" + name.replace("_", "-"),
            default=os.environ.get(variable, default),
            help=f"{purpose} [{variable}]",
        )

    option("server", "the server: http(s)://host:port, or the full ws(s):// URL")
    option("terminal", "this terminal's id")
    option("token_file", f"file with a one-time token to enrol with [or {TOKEN_VARIABLE} itself]")
    option("data", "directory of the spool and the device key", "var/terminal")
    option("spool_bytes", "most that the spool may take of the disk", str(SPOOL_BYTES))
    option("config", "board configuration (TOML)")
    option("frame_log", "directory of the frame logs [frames in --data]; 'off' writes none")
    option("kiosk_port", "loopback port of the kiosk page; 0 asks for a free one", "8787")
    option("scanner", "device of a serial scanner; one that types as a keyboard needs none")
    option("scanner_baud", "its speed", "9600")
    parser.add_argument(
        "--allow-origin",
        action="append",
        default=[],
        metavar="ORIGIN",
        help="page origin that may read GET /state; may be repeated",
    )
    parser.add_argument(
        "--show-key", action="store_true", help="print the device key's fingerprint and end"
    )
    parser.add_argument(
        "--print-unit",
        nargs="?",
        choices=[unit.value for unit in Unit],
        const=Unit.TERMINAL.value,
        help="print the systemd unit of the agent, or of the kiosk's screen, and end",
    )
    parser.add_argument(
        "--frame-log-bytes", type=int, default=4_000_000, help="size at which one is rotated"
    )
    parser.add_argument("--frame-log-files", type=int, default=5, help="files kept for a port")
    parser.add_argument("--log-level", default="info", choices=["debug", "info", "warning"])
    simulation = parser.add_argument_group("a simulated cabinet instead of --config")
    simulation.add_argument("--simulate", action="store_true", help="one on a pty")
    simulation.add_argument("--protocol", choices=PROTOCOLS, default="8a")
    simulation.add_argument("--people", choices=[p.value for p in People], default="auto")
    simulation.add_argument("--boards", type=int, default=1)
    simulation.add_argument("--channels", type=int, default=0, help="a board; 0: as usual")
    simulation.add_argument(
        "--simulator-port", type=int, default=0, help="loopback port of its control; 0: a free one"
    )


def run(args: argparse.Namespace) -> int:
    """Run until told to stop; 2 when misused, 1 when it cannot start."""
    start_logging(args.log_level)
    try:
        if (asked := _asked_only(args)) is not None:
            sys.stdout.write(asked)
        else:
            asyncio.run(_run(args))
    except Misused as error:
        return _complain(str(error), 2)
    except ConfigError as error:
        return _complain(f"board configuration: {error}", 2)
    except DeviceKeyError as error:
        return _complain(str(error), 1)
    except SpoolError as error:
        likely = "the disk is full" if error.is_full else "another agent on it?"
        return _complain(f"the spool cannot be used ({likely}): {error}", 1)
    except OSError as error:
        return _complain(f"cannot start: {error}", 1)
    except KeyboardInterrupt:
        return 130
    return 0


def _asked_only(args: argparse.Namespace) -> str | None:
    """Give what was asked for instead of a running agent."""
    if args.show_key:
        return read_key(Path(args.data)).fingerprint + "\n"
    return unit_text(Unit(args.print_unit)) if args.print_unit else None


async def _run(args: argparse.Namespace) -> None:
    if bool(args.simulate) == bool(args.config):
        raise Misused("give either --config or --simulate")
    if not args.simulate:
        await _run_agent(args, read_layout(Path(args.config)))
        return
    plan = _simulation(args)
    async with simulated(plan, args.simulator_port) as cabinet:
        _tell("simulator", f"device={cabinet.device} control=127.0.0.1:{cabinet.control_port}")
        toml = cabinet.board_config() + cabinet.columns_config()
        await _run_agent(args, parse_layout(toml.encode()))


def _simulation(args: argparse.Namespace) -> Plan:
    try:
        return Plan(
            boards=args.boards,
            channels=args.channels,
            protocol=args.protocol,
            knobs=Knobs(people=People(args.people)),
        )
    except ValueError as error:
        raise Misused(f"--simulate: {error}") from None


async def _run_agent(args: argparse.Namespace, layout: Layout) -> None:
    agent = Agent(_settings(args, layout))
    supervisor = Supervisor(os.environ, os.getpid())

    def ready(url: str) -> None:
        _tell("kiosk", url)
        supervisor.ready()

    running = asyncio.ensure_future(agent.run(ready))
    alive = asyncio.ensure_future(supervisor.keep_alive())
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, running.cancel)
    try:
        with contextlib.suppress(asyncio.CancelledError):
            await running
    finally:
        supervisor.stopping()
        alive.cancel()
        await asyncio.gather(alive, return_exceptions=True)


def _settings(args: argparse.Namespace, layout: Layout) -> AgentSettings:
    if not args.server:
        raise Misused("--server is missing")
    if not args.terminal:
        raise Misused("--terminal is missing")
    return AgentSettings(
        terminal_id=args.terminal,
        token=_token(args.token_file, Path(args.data)),
        data_dir=Path(args.data),
        layout=layout,
        link=LinkSettings(url=socket_url(args.server)),
        kiosk_port=_number(args.kiosk_port, "--kiosk-port", least=0, most=65_535),
        spool_bytes=_number(args.spool_bytes, "--spool-bytes", least=LEAST_SPOOL_BYTES),
        allow_origins=tuple(args.allow_origin),
        frame_log=_frame_log(args),
        scanner=_scanner(args),
    )


def _scanner(args: argparse.Namespace) -> ScannerSettings | None:
    try:
        baud = int(args.scanner_baud)
    except ValueError:
        baud = 0
    if not 300 <= baud <= 921_600:
        raise Misused("--scanner-baud: expected 300 to 921600")
    return ScannerSettings(args.scanner, baud) if args.scanner else None


def _number(text: str, option: str, *, least: int, most: int = 2**40) -> int:
    with contextlib.suppress(ValueError):
        if least <= int(text) <= most:
            return int(text)
    raise Misused(f"{option}: expected a number from {least} to {most}")


def _frame_log(args: argparse.Namespace) -> FrameLogSettings | None:
    if args.frame_log == "off":
        return None
    if args.frame_log_bytes < 10_000:
        raise Misused("--frame-log-bytes: expected 10000 at least")
    if not 1 <= args.frame_log_files <= 100:
        raise Misused("--frame-log-files: expected 1 to 100")
    directory = Path(args.frame_log) if args.frame_log else Path(args.data) / "frames"
    return FrameLogSettings(directory, args.frame_log_bytes, args.frame_log_files)


def socket_url(server: str) -> str:
    """Make the socket's URL of the server's: http becomes ws, an empty path the usual one.

    Raises:
        Misused: it is neither http(s) nor ws(s), or has no host.
    """
    parts = urlsplit(server)
    schemes = {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"}
    if parts.scheme not in schemes or not parts.netloc:
        raise Misused("--server: expected http(s)://host:port or ws(s)://host:port/path")
    path = parts.path if parts.path not in ("", "/") else SOCKET_PATH
    return f"{schemes[parts.scheme]}://{parts.netloc}{path}"


def _token(path: str | None, data_dir: Path) -> str | None:
    """Read the one-time token, if one was given; once there is a key, its file may be gone.

    Without an option, it is systemd's credential `token` (see `hardware/deploy`) if there is one.
    """
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if path is None and TOKEN_VARIABLE not in os.environ and folder is not None:
        path = str(Path(folder) / CREDENTIAL)
    try:
        token = Path(path).read_text().strip() if path else os.environ.get(TOKEN_VARIABLE, "")
    except FileNotFoundError:
        if not has_key(data_dir):
            raise Misused(f"--token-file: there is no {path}") from None
        token = ""
    if not token and not has_key(data_dir):
        raise Misused(
            "neither a device key nor a one-time token: have staff draw a token, then set"
            f" {TOKEN_VARIABLE} or give --token-file"
        )
    return token or None


def _tell(what: str, value: str) -> None:
    sys.stdout.write(f"{what} {value}\n")
    sys.stdout.flush()


def _complain(text: str, status: int) -> int:
    sys.stderr.write(f"lanjian terminal: {text}\n")
    return status
