"""`lanjian up`: the whole platform on one machine, for development and for a first look."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import signal
import sys
import time
from pathlib import Path

from server.local.errors import LocalError
from server.local.site import Site, SitePlan, running_site
from server.proof import example_outlets, town
from server.proof.wechat_account import set_up_account

TERMINAL = "T-DEMO-1"
DEFAULT_PORT = 8000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--var", type=Path, default=Path("var"), help="where data and logs go")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="port of the first server")
    parser.add_argument("--servers", type=int, default=2, help="how many serve processes")
    parser.add_argument("--demo", action="store_true", help="keep a small city moving")
    parser.add_argument("--seed", type=int, default=1, help="of the demo city")


def run(args: argparse.Namespace) -> int:
    """Run until Ctrl-C; every child stops with it."""
    try:
        return asyncio.run(_run(args))
    except LocalError as error:
        sys.stderr.write(f"\n{error}\n")
        return 1
    except KeyboardInterrupt:
        return 130


async def _run(args: argparse.Namespace) -> int:
    began = time.monotonic()
    stopping = _stop_event()
    plan = SitePlan(servers=args.servers, kiosks=1, port=args.port, rules=town.LOCAL_RULES)

    def tell(text: str) -> None:
        sys.stdout.write(f"  {time.monotonic() - began:5.1f} s  {text}\n")
        sys.stdout.flush()

    sys.stdout.write("揽件 Lanjian is starting\n")
    async with running_site(args.var, plan, tell) as site:
        tell("people and cabinet")
        kiosk_url = await _furnish(site)
        tell("WeChat menu and templates")
        await set_up_account(site)
        _announce(site, kiosk_url, args)
        await _until(stopping, site, args)
        sys.stdout.write("\nstopping every child ...\n")
    sys.stdout.write("stopped\n")
    return 0


def _stop_event() -> asyncio.Event:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    return stopping


async def _furnish(site: Site) -> str:
    """Make staff, the demo terminal and a certified courier; a second start finds them."""
    kept = site.var_dir / "terminal-tokens.json"
    tokens: dict[str, str] = {}
    with contextlib.suppress(FileNotFoundError):
        tokens = json.loads(kept.read_text())
    if TERMINAL not in tokens:
        tokens[TERMINAL] = await _first_furnish(site)
        kept.touch(mode=0o600)
        kept.write_text(json.dumps(tokens))
    elif not await example_outlets.any_enterprise(site.base_url):
        # A version without outlets made this site.
        staff = await town.staff_member(site)
        await example_outlets.furnish(site.base_url, staff)
        staff.close()
    return await site.start_cabinet(TERMINAL, tokens[TERMINAL])


async def _first_furnish(site: Site) -> str:
    """Make what a new site lacks; answers the terminal's token."""
    staff = await town.staff_member(site)
    person = await town.courier(site, 0, staff)
    token = await town.register_terminal(staff, TERMINAL)
    await example_outlets.furnish(site.base_url, staff)
    person.close()
    staff.close()
    return token


def _announce(site: Site, kiosk_url: str, args: argparse.Namespace) -> None:
    rows = [
        ("顾客 customer", f"{site.base_url}/customer", town.CUSTOMER_PHONE),
        ("企业与网点 outlets", f"{site.base_url}/e", ""),
        ("揽件员 courier", f"{site.base_url}/courier", str(town.COURIER_PHONE)),
        ("工作人员 staff", f"{site.base_url}/staff", town.STAFF_PHONE),
        ("终端 kiosk", kiosk_url, ""),
        ("沙盒手机 sandbox phone", site.sandbox_url, "短信验证码在此 codes arrive here"),
        ("沙盒微信 sandbox WeChat", f"{site.sandbox_url}/wechat", "关注、绑定、收通知 notices"),
    ]
    lines = [f"    {name:<24}{url:<36}{who}" for name, url, who in rows]
    more = "" if args.demo else "    lanjian up --demo keeps a small city moving\n"
    sys.stdout.write(
        "\nup. Log in with the phone on the right; its code arrives on the sandbox phone.\n"
        + "\n".join(lines)
        + f"\n    lanjian watch shows it live in a terminal; logs in {site.var_dir / 'log'}\n{more}"
        + "    Ctrl-C stops everything\n"
    )
    sys.stdout.flush()


async def _until(stopping: asyncio.Event, site: Site, args: argparse.Namespace) -> None:
    """Wait for Ctrl-C, or for a child that ends on its own, which is told."""
    waiting = asyncio.create_task(stopping.wait())
    tasks = {waiting, asyncio.create_task(_first_loss(site))}
    if args.demo:
        from server.proof.city import keep_moving

        tasks.add(asyncio.create_task(keep_moving(site, seed=args.seed)))
    done, others = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    for task in done - {waiting}:
        task.result()


async def _first_loss(site: Site) -> None:
    """Raise as soon as a child has ended by itself."""
    children = [*site.servers, *site.cabinets.values(), site.worker, site.sandbox]
    while True:
        for child in children:
            if child and not child.running:
                raise child.failure(f"ended with status {child.exit_status}")
        await asyncio.sleep(0.5)
