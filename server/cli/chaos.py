"""`lanjian chaos claims|terminal|money`: things go wrong; what was promised holds all the same."""

from __future__ import annotations

import argparse
import asyncio
import logging
import tempfile
from pathlib import Path

from server.local.site import SitePlan, running_site
from server.proof import chaos, chaos_terminal, town
from server.proof.report import Report, progress, to_the_end


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "what",
        choices=["claims", "terminal", "money"],
        help="races with faults; agents that are killed; or money with wallets that fail",
    )
    parser.add_argument(
        "--runs", type=int, default=10, help="claims: races, one fault each; money: random lives"
    )
    parser.add_argument("--processes", type=int, default=2, help="money: how many play at once")
    parser.add_argument("--only", type=int, help="money: play the run of this number alone")
    parser.add_argument("--kills", type=int, default=200, help="terminal: kills of agents")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    parser.add_argument("--seed", type=int, default=1, help="repeats the faults and their moments")
    parser.add_argument("--var", type=Path, help="keep data and logs here (else thrown away)")


def run(args: argparse.Namespace) -> int:
    """Run the chaos; exit status 0 only when every check passed."""
    report = Report(f"chaos {args.what}", counts={"seed": args.seed})
    course = {"claims": _claims, "terminal": _terminal, "money": _money}[args.what]
    with tempfile.TemporaryDirectory(prefix="lanjian-") as scratch:
        asyncio.run(to_the_end(report, course(args, Path(scratch), report)))
    return report.show(as_json=args.json)


async def _claims(args: argparse.Namespace, scratch: Path, report: Report) -> None:
    # What Redis acknowledged must be on disk, so that a kill loses nothing by the rules.
    plan = SitePlan(servers=2, fsync="always", rules=town.CROWD_RULES)
    async with running_site(args.var or scratch / "var", plan, progress) as site:
        await chaos.claims(site, runs=args.runs, seed=args.seed, scratch=scratch, report=report)


async def _terminal(args: argparse.Namespace, scratch: Path, report: Report) -> None:
    plan = SitePlan(rules=chaos_terminal.RULES)
    async with running_site(args.var or scratch / "var", plan, progress) as site:
        await chaos_terminal.doors(site, kills=args.kills, seed=args.seed, report=report)


async def _money(args: argparse.Namespace, scratch: Path, report: Report) -> None:
    from server.cli.chaos_stand_in import started
    from server.proof import chaos_money

    logging.disable(logging.ERROR)  # every refusal and outage is one of the faults injected
    var_dir = args.var or scratch / "var"
    async with chaos_money.databases(var_dir) as (mongo_uri, redis_url):
        stage = chaos_money.Stage(
            mongo_uri=mongo_uri,
            redis_url=redis_url,
            var_dir=var_dir,
            start=started,
            seed=args.seed,
        )
        numbers = range(args.runs) if args.only is None else [args.only]
        await chaos_money.money(stage, numbers, args.processes, report)
