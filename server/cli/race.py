"""`lanjian race`: many couriers, many orders, two servers; exactly one winner each."""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from pathlib import Path

from server.local.site import SitePlan, running_site
from server.proof import race, town
from server.proof.report import Report, progress, to_the_end


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--orders", type=int, default=200)
    parser.add_argument("--couriers", type=int, default=200)
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    parser.add_argument("--seed", type=int, default=1, help="repeats a run")
    parser.add_argument("--var", type=Path, help="keep data and logs here (else thrown away)")


def run(args: argparse.Namespace) -> int:
    """Race; exit status 0 only when every check passed."""
    report = Report("race", counts={"couriers": args.couriers, "seed": args.seed})
    with tempfile.TemporaryDirectory(prefix="lanjian-") as scratch:
        asyncio.run(to_the_end(report, _run(args, args.var or Path(scratch), report)))
    return report.show(as_json=args.json)


async def _run(args: argparse.Namespace, var_dir: Path, report: Report) -> None:
    plan = SitePlan(servers=2, rules=town.CROWD_RULES)
    async with running_site(var_dir, plan, progress) as site:
        await race.play(
            site, orders=args.orders, couriers=args.couriers, seed=args.seed, report=report
        )
