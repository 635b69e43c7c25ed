"""Run a simulated cabinet as a program of its own: `python -m hardware.simulator`.

So it outlives an agent that is killed and started again. Prints one JSON line when it is
ready: {"device": ..., "control_port": ...}.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import signal
import sys
from pathlib import Path

from hardware.simulator.cabinet import Plan, simulated
from hardware.simulator.knobs import Knobs, People


def main(argv: list[str] | None = None) -> int:
    """Run until told to stop."""
    parser = argparse.ArgumentParser(prog="hardware.simulator", description=__doc__)
    parser.add_argument("--boards", type=int, default=1)
    parser.add_argument("--channels", type=int, default=24)
    parser.add_argument("--baud", type=int, default=9600)
    parser.add_argument("--people", choices=[p.value for p in People], default="auto")
    parser.add_argument("--control-port", type=int, default=0)
    parser.add_argument("--link", type=Path, help="symbolic link to make to the device")
    parser.add_argument("--config", type=Path, help="write the agent's TOML here")
    parser.add_argument("--seed", type=int, default=1)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_run(parser.parse_args(argv)))
    return 0


async def _run(args: argparse.Namespace) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    plan = Plan(
        boards=args.boards,
        channels=args.channels,
        baud=args.baud,
        knobs=Knobs(people=People(args.people)),
        seed=args.seed,
    )
    async with simulated(plan, args.control_port, args.link) as cabinet:
        device = str(args.link) if args.link else cabinet.device
        if args.config:
            args.config.write_text(cabinet.board_config(device))
        ready = {"device": device, "control_port": cabinet.control_port}
        sys.stdout.write(json.dumps(ready) + "\n")
        sys.stdout.flush()
        await stop.wait()


if __name__ == "__main__":
    sys.exit(main())
