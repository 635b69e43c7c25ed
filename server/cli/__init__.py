"""The lanjian console script: one table of commands, each imported only when it runs.

A command is a module of this package with `add_arguments(parser)` and `run(arguments) -> int`.
Only the chosen one is imported, so that `lanjian terminal` starts on a cabinet's small machine
where the server's libraries are not installed, and `lanjian --help` is quick.
"""

import argparse
import importlib
import signal
import sys
from collections.abc import Sequence
from typing import NoReturn, Protocol, cast

from server.cli.loading import loading
from server.local.errors import LocalError
from server.settings_reader import SettingsError

# Name → what it does. The module is server.cli.NAME.
COMMANDS: dict[str, str] = {
    "up": "run everything on this machine; --demo keeps a small city moving",
    "serve": "run one server process: HTTP API, sockets, pages",
    "worker": "run one worker process: timers, outbox, reconciliation, payouts",
    "staff": "give staff roles to an account, such as the first admin's",
    "secrets": "print fresh values for a new site's secret variables",
    "ledger": "prove that the books balance, or name the first entry that is wrong",
    "watch": "show a running site live in the terminal",
    "journey": "play a parcel's whole way and check each promise",
    "race": "let many couriers race for many orders, on two servers",
    "chaos": "race while parts are killed",
    "bench": "measure one thing beside what bounds it: doors",
    "terminal": "run a cabinet's agent, or a simulated cabinet with its agent",
    "board": "speak with lock boards by hand: decode, encode, probe, watch, test",
    "sandbox": "stand in for SMS, payment and push providers, with a phone to look at",
    "wechat": "put the account's menu and templates as the code has them, or check them",
    "docs": "write the parts of docs/ that are made from the code",
}

STOPPED_BY_PERSON = 128 + signal.SIGINT
MISUSED = 2


class Command(Protocol):
    """What a command's module offers."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the command's own options."""

    def run(self, arguments: argparse.Namespace) -> int:
        """Do it, and return the exit status."""


class _TellVersion(argparse.Action):
    """Look the version up only when it is asked for: that takes longer than most of a start."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        from importlib import metadata

        print(f"lanjian {metadata.version('lanjian')}")
        parser.exit()


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command named on the command line and return its exit status.

    What a person can put right (LocalError, SettingsError) is told without a traceback.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    command = _load(words[0]) if words and words[0] in COMMANDS else None
    arguments = _parser(words[0] if command else "", command).parse_args(words)
    if command is None:
        _parser("", None).print_help()
        return MISUSED
    try:
        return command.run(arguments)
    except (LocalError, SettingsError) as error:
        print(f"lanjian {words[0]}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return STOPPED_BY_PERSON


def _load(name: str) -> Command:
    with loading():
        return cast("Command", importlib.import_module(f"{__name__}.{name}"))


def _parser(chosen: str, command: Command | None) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="lanjian",
        description="Lanjian (揽件): realtime dispatch of parcels and bookings.",
        epilog="lanjian COMMAND --help tells a command's options.",
    )
    parser.add_argument("--version", action=_TellVersion, nargs=0, help="show it and exit")
    listed = parser.add_subparsers(title="commands", metavar="COMMAND")
    for name, purpose in COMMANDS.items():
        sub = listed.add_parser(
            name, help=purpose, description=f"{purpose[0].upper()}{purpose[1:]}."
        )
        if command is not None and name == chosen:
            command.add_arguments(sub)
    return parser
