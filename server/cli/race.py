"""`lanjian race`: many claim the same at once, on two servers; exactly one winner each place.

Couriers claim orders; with `--slots`, car owners claim the places of one slot while Redis and a
server are killed.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from pathlib import Path

from server.local.site import SitePlan, running_site
from server.proof import race, race_slots, town
from server.proof.report import Report, progress, to_the_end


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--orders", type=int, default=200)
    parser.add_argument("--couriers", type=int, default=200)
    parser.add_argument("--slots", action="store_true", help="clients race for places of a slot")
    parser.add_argument("--clients", type=int, default=500, help="of the race for slots")
    parser.add_argument("--places", type=int, default=20, help="of the slot")
    parser.add_argument("--hold-seconds", type=float, default=20, help="how long a hold lasts")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    parser.add_argument("--seed", type=int, default=1, help="repeats a run")
    parser.add_argument("--var", type=Path, help="keep data and logs here (else thrown away)")


def run(args: argparse.Namespace) -> int:
    """Race; exit status 0 only when every check passed."""
    who = {"clients": args.clients} if args.slots else {"couriers": args.couriers}
    report = Report("race", counts={**who, "seed": args.seed})
    play = _run_slots if args.slots else _run
    with tempfile.TemporaryDirectory(prefix="lanjian-") as scratch:
        asyncio.run(to_the_end(report, play(args, args.var or Path(scratch), report)))
    return report.show(as_json=args.json)


async def _run(args: argparse.Namespace, var_dir: Path, report: Report) -> None:
    plan = SitePlan(servers=2, rules=town.CROWD_RULES)
    async with running_site(var_dir, plan, progress) as site:
        await race.play(
            site, orders=args.orders, couriers=args.couriers, seed=args.seed, report=report
        )


async def _run_slots(args: argparse.Namespace, var_dir: Path, report: Report) -> None:
    plan = SitePlan(servers=2, rules=race_slots.rules(args.hold_seconds))
    async with running_site(var_dir, plan, progress) as site:
        await race_slots.play(
            site,
            clients=args.clients,
            places=args.places,
            seed=args.seed,
            hold_seconds=args.hold_seconds,
            report=report,
        )
