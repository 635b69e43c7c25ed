"""`lanjian bench`: measure one thing beside what bounds it, on this machine.

lanjian bench doors    from a command to its lock's pulse, on one busy line (no database)
lanjian bench map      the staff map in a Chromium, while so many couriers ride
lanjian bench ocr      made-up ID cards and vehicle licences, read by the local recogniser
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from dataclasses import asdict
from pathlib import Path

from hardware.codecs.registry import PROTOCOLS
from server.proof import bench_doors, bench_map, bench_ocr
from server.proof.bench_doors import DoorsPlan
from server.proof.bench_map import MapPlan
from server.proof.bench_ocr import OcrPlan
from server.proof.report import Report, to_the_end


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the benches and their options."""
    benches = parser.add_subparsers(title="benches", dest="bench", metavar="BENCH", required=True)
    purpose = "command to pulse on one busy line, beside what the line itself needs"
    doors = benches.add_parser("doors", help=purpose, description=purpose)
    plan = DoorsPlan()
    doors.add_argument("--unlocks", type=int, default=plan.unlocks)
    doors.add_argument("--boards", type=int, default=plan.boards)
    doors.add_argument("--channels", type=int, default=plan.channels, help="of each board")
    doors.add_argument("--baud", type=int, default=plan.baud)
    doors.add_argument("--protocol", choices=list(PROTOCOLS), default=plan.protocol)
    doors.add_argument(
        "--poll-seconds",
        type=float,
        default=plan.poll_seconds,
        help="pause between two looks at a board; 0 keeps the line always busy",
    )
    doors.add_argument("--seed", type=int, default=plan.seed, help="repeats a run")
    doors.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    doors.add_argument(
        "--var", type=Path, help="keep spool and frame log here, a real disk's place"
    )
    _add_map(benches)
    _add_ocr(benches)


def _add_map(benches: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    purpose = "frames, bytes and main-thread time of the staff map in a real browser"
    drawn = benches.add_parser("map", help=purpose, description=purpose)
    plan = MapPlan()
    drawn.add_argument(
        "--couriers", type=int, default=plan.couriers, help="0: 200, 1000 and 5000 in one run"
    )
    drawn.add_argument("--seconds", type=float, default=plan.seconds, help="measured, of each run")
    drawn.add_argument("--seed", type=int, default=plan.seed, help="repeats a run")
    drawn.add_argument("--json", action="store_true", help="one JSON object instead of a table")


def _add_ocr(benches: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    purpose = "fields of made-up papers read right, with seconds, memory and the loop's lag"
    ocr = benches.add_parser("ocr", help=purpose, description=purpose)
    plan = OcrPlan()
    ocr.add_argument("--documents", type=int, default=plan.documents, help="half of each paper")
    ocr.add_argument("--seed", type=int, default=plan.seed, help="repeats a run")
    ocr.add_argument("--json", action="store_true", help="one JSON object instead of a table")


def run(args: argparse.Namespace) -> int:
    """Measure; exit status 0 only when every check passed."""
    runs = {"doors": _run_doors, "map": _run_map, "ocr": _run_ocr}
    return runs[args.bench](args)


def _run_map(args: argparse.Namespace) -> int:
    plan = MapPlan(couriers=args.couriers, seconds=args.seconds, seed=args.seed)
    report = Report("bench map", counts=bench_map.counts_of(plan))
    with tempfile.TemporaryDirectory(prefix="lanjian-") as scratch:
        asyncio.run(to_the_end(report, bench_map.play(plan, Path(scratch), report)))
    return report.show(as_json=args.json)


def _run_ocr(args: argparse.Namespace) -> int:
    plan = OcrPlan(documents=args.documents, seed=args.seed)
    report = Report("bench ocr", counts=asdict(plan))
    asyncio.run(to_the_end(report, bench_ocr.play(plan, report)))
    return report.show(as_json=args.json)


def _run_doors(args: argparse.Namespace) -> int:
    plan = DoorsPlan(
        unlocks=args.unlocks,
        seed=args.seed,
        boards=args.boards,
        channels=args.channels,
        baud=args.baud,
        protocol=args.protocol,
        poll_seconds=args.poll_seconds,
    )
    report = Report("bench doors", counts=asdict(plan))
    with tempfile.TemporaryDirectory(prefix="lanjian-") as scratch:
        directory = args.var or Path(scratch)
        directory.mkdir(parents=True, exist_ok=True)
        asyncio.run(to_the_end(report, bench_doors.play(plan, directory, report)))
    return report.show(as_json=args.json)
