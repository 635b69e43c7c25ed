"""`lanjian watch`: a running site, live in the terminal.

Orders by state, claims as they are won, doors, sockets, events a second; and the fleet, worst
first (`f` and `o` switch between them). On a development site it logs in by itself with the
sandbox phone; elsewhere it asks for the SMS code.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import termios
import time
import tty
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from server.cli.watch_fleet import fleet_page
from server.domain.custody import Custody
from server.proof.people import JsonObject, LiveSocket, Refused, Visitor
from server.proof.town import STAFF_PHONE

#: The window over which events a second are counted.
RATE_SECONDS = 10.0
LOOK_SECONDS = 2.0
KEPT_LINES = 12
FRAMES_A_SECOND = 4

#: Which page a key shows: whether it is the fleet.
KEYS = {"f": True, "o": False}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--var", type=Path, default=Path("var"), help="of the `lanjian up` to watch"
    )
    parser.add_argument("--url", help="of a server, instead of the local one")
    parser.add_argument("--phone", default=STAFF_PHONE, help="of a member of staff")
    parser.add_argument("--fleet", action="store_true", help="begin with the terminals")
    parser.add_argument("--seconds", type=float, help="stop by itself after so long")


def run(args: argparse.Namespace) -> int:
    """Watch until Ctrl-C."""
    try:
        return asyncio.run(_run(args))
    except KeyboardInterrupt:
        return 0
    except (ConnectionError, OSError, Refused) as trouble:
        sys.stderr.write(f"lanjian watch: {trouble}\nIs `lanjian up` running?\n")
        return 1


@dataclass(slots=True)
class Picture:
    """What is known of the site now."""

    summary: JsonObject = field(default_factory=dict)
    fleet: JsonObject = field(default_factory=dict)
    alerts: JsonObject = field(default_factory=dict)
    shows_fleet: bool = False
    claims: deque[str] = field(default_factory=lambda: deque(maxlen=KEPT_LINES))
    doors: deque[str] = field(default_factory=lambda: deque(maxlen=KEPT_LINES))
    arrivals: deque[float] = field(default_factory=lambda: deque(maxlen=10_000))
    states: dict[str, str] = field(default_factory=dict)
    link: str = "connecting"

    def take(self, event: JsonObject) -> None:
        """Count an event of the staff channel and keep what is worth a line."""
        self.arrivals.append(time.monotonic())
        stamp = time.strftime("%H:%M:%S")
        if event["type"] == "order_changed" and event["step"] == "claimed":
            order = event["order"]
            pay = f"{order['pay_fen'] / 100:.2f} 元" if order.get("pay_fen") else ""
            self.claims.appendleft(f"{stamp}  {order['order_id']}  {order['size']}  {pay}")
        elif event["type"] == "fact" and event["kind"] == "door":
            self._take_door(stamp, str(event["key"]), str(event["data"].get("state")))

    def _take_door(self, stamp: str, key: str, state: str) -> None:
        """Keep a door's line when its state is another than before."""
        if self.states.get(key) != state:
            self.states[key] = state
            self.doors.appendleft(f"{stamp}  {key.removeprefix('door:')}  {state}")

    def rate(self) -> float:
        """Give the events a second over the last window."""
        since = time.monotonic() - RATE_SECONDS
        return sum(at > since for at in self.arrivals) / RATE_SECONDS


async def _run(args: argparse.Namespace) -> int:
    url, sandbox = _addresses(args)
    staff = Visitor(url, sandbox, args.phone)
    await staff.log_in()
    picture = Picture(shows_fleet=args.fleet)
    with _keys(picture), suppress(TimeoutError):
        async with asyncio.timeout(args.seconds):
            await asyncio.gather(
                _follow(staff, picture), _count(staff, picture), _draw(picture, url)
            )
    return 0


@contextmanager
def _keys(picture: Picture) -> Iterator[None]:
    """Let keys switch the page while the terminal is ours; without a terminal none do."""
    if not sys.stdin.isatty():
        yield
        return
    loop, stdin = asyncio.get_running_loop(), sys.stdin.fileno()
    before = termios.tcgetattr(stdin)

    def pressed() -> None:
        for key in os.read(stdin, 64).decode("ascii", "ignore").lower():
            if key in KEYS:
                picture.shows_fleet = KEYS[key]

    tty.setcbreak(stdin)  # keys at once; Ctrl-C as ever
    loop.add_reader(stdin, pressed)
    try:
        yield
    finally:
        loop.remove_reader(stdin)
        termios.tcsetattr(stdin, termios.TCSADRAIN, before)


def _addresses(args: argparse.Namespace) -> tuple[str, str]:
    """Find the local site's addresses in the file that it keeps while it runs."""
    kept: JsonObject = {}
    with suppress(FileNotFoundError):
        kept = json.loads((args.var / "site.json").read_text())
    url = args.url or kept.get("base_url")
    if not url:
        raise ConnectionError(f"no site runs in {args.var}; name one with --url")
    return str(url), str(kept.get("sandbox_url", ""))


async def _follow(staff: Visitor, picture: Picture) -> None:
    """Keep the staff channel, coming back after every break."""
    while True:
        try:
            async with staff.live("staff") as socket:
                picture.link = "live"
                await _take_pushes(socket, picture)
        except (ConnectionError, OSError):
            picture.link = "reconnecting"
        await asyncio.sleep(1)
        with suppress(Refused):
            await staff.renew()


async def _take_pushes(socket: LiveSocket, picture: Picture) -> None:
    while socket.close_code is None:
        await socket.settled()
        for push in socket.take_pushes():
            picture.take(push["event"])


async def _count(staff: Visitor, picture: Picture) -> None:
    while True:
        with suppress(Refused, OSError):
            if picture.shows_fleet:
                picture.alerts = await staff.ask("GET", "/v1/staff/alerts")
                picture.fleet = await staff.ask("GET", "/v1/staff/fleet?limit=100")
            else:
                picture.summary = await staff.ask("GET", "/v1/staff/summary")
        await asyncio.sleep(LOOK_SECONDS)


async def _draw(picture: Picture, url: str) -> None:
    with Live(console=Console(), refresh_per_second=FRAMES_A_SECOND, screen=True) as live:
        while True:
            live.update(_page(picture, url, live.console))
            await asyncio.sleep(1 / FRAMES_A_SECOND)


def _page(picture: Picture, url: str, screen: Console) -> Group:
    head = Text(f" 揽件 Lanjian  {url}  {picture.link}  {picture.rate():.1f} events/s")
    head.stylize("bold")
    if picture.shows_fleet:
        foot = Text(" o 订单 orders · Ctrl-C leaves; the site goes on", style="dim")
        size = {"width": screen.width, "height": screen.height}
        return Group(head, fleet_page(picture.fleet, picture.alerts, **size), foot)
    columns = Table.grid(expand=True)
    for _ in range(3):
        columns.add_column(ratio=1)
    columns.add_row(
        Panel(_states(picture), title="订单 orders"),
        Panel("\n".join(picture.claims) or "—", title="抢单 claims"),
        Panel("\n".join(picture.doors) or "—", title="格口 doors"),
    )
    return Group(
        head, columns, Text(" f 终端 fleet · Ctrl-C leaves; the site goes on", style="dim")
    )


def _states(picture: Picture) -> Table:
    table = Table.grid(padding=(0, 2))
    counts = picture.summary.get("custody", {})
    for state in Custody:
        table.add_row(state.value, str(counts.get(state.value, 0)))
    for name in ("sockets", "terminals_online", "couriers_on_duty"):
        if name in picture.summary:
            table.add_row(name.replace("_", " "), str(picture.summary[name]))
    return table
