"""`lanjian journey parcel|booking`: play the whole of either way and check each promise."""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from pathlib import Path

from server.local.errors import LocalError
from server.local.site import SitePlan, running_site
from server.proof import booking_cast, journey, journey_booking, journey_wechat, town
from server.proof.report import Report, progress, to_the_end


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("what", choices=["parcel", "booking"])
    parser.add_argument("--couriers", type=int, default=20, help="how many race for the order")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    parser.add_argument("--seed", type=int, default=1, help="repeats a run")
    parser.add_argument(
        "--providers",
        choices=["sandbox"],
        help="play it in the sandbox's WeChat with both its wallets",
    )
    running = parser.add_argument_group("on a site that runs already, instead of one of its own")
    running.add_argument("--url", action="append", help="of a server; once for each")
    running.add_argument("--sandbox", help="URL of the sandbox phone")
    running.add_argument("--kiosk", help="URL of a simulated cabinet's kiosk")
    running.add_argument("--staff-phone", default=town.STAFF_PHONE)
    parser.add_argument("--var", type=Path, help="keep data and logs here (else thrown away)")


def run(args: argparse.Namespace) -> int:
    """Play it; exit status 0 only when every check passed."""
    if args.url and not (args.sandbox and args.kiosk):
        raise LocalError("--url needs --sandbox and --kiosk too")
    if args.url and args.providers:
        raise LocalError("--providers plays on a site of its own: not with --url")
    is_booking = args.what == "booking"
    if is_booking and (args.url or args.providers):
        raise LocalError("a booking plays on a site of its own: not with --url or --providers")
    counts = {"seed": args.seed} if is_booking else {"couriers": args.couriers, "seed": args.seed}
    report = Report(f"journey {args.what}", counts=counts)
    with tempfile.TemporaryDirectory(prefix="lanjian-") as scratch:
        asyncio.run(to_the_end(report, _run(args, args.var or Path(scratch), report)))
    return report.show(as_json=args.json)


async def _run(args: argparse.Namespace, var_dir: Path, report: Report) -> None:
    if args.url:
        stage = town.RunningStage(
            server_urls=tuple(args.url),
            sandbox_url=args.sandbox,
            kiosk_url=args.kiosk,
            staff_phone=args.staff_phone,
        )
        await journey.play(stage, couriers=args.couriers, seed=args.seed, report=report)
        return
    if args.what == "booking":
        plan = SitePlan(servers=2, rules=booking_cast.RULES)
        async with running_site(var_dir, plan, progress) as site:
            await journey_booking.play(site, seed=args.seed, report=report)
        return
    plan = SitePlan(servers=2, rules=town.CROWD_RULES)
    async with running_site(var_dir, plan, progress) as site:
        if args.providers:
            await journey_wechat.play(site, couriers=args.couriers, seed=args.seed, report=report)
            return
        await journey.play(site, couriers=args.couriers, seed=args.seed, report=report)
