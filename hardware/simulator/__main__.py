"""Run a simulated cabinet as a program of its own: `python -m hardware.simulator`.

So it outlives an agent that is killed and started again. Prints one JSON line when it is
ready: {"device": ..., "control_port": ...}. With --scenario it plays that file, prints its
report as a second line and ends: 0 when all was as the file expects, else 1.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import signal
import sys
from pathlib import Path
from typing import Any

from hardware.simulator.boards import PROTOCOLS, Wiring
from hardware.simulator.cabinet import Plan, SimulatedCabinet, simulated
from hardware.simulator.knobs import Knobs, People
from hardware.simulator.scenario import Course, Scenario, ScenarioError, read_scenario


def main(argv: list[str] | None = None) -> int:
    """Run until told to stop, or until the scenario ended; 2 when misused."""
    parser = argparse.ArgumentParser(prog="hardware.simulator", description=__doc__)
    parser.add_argument("--protocol", choices=PROTOCOLS, default="8a")
    parser.add_argument("--boards", type=int, default=1)
    parser.add_argument("--channels", type=int, default=0, help="a board; 0: as usual")
    parser.add_argument("--baud", type=int, default=0, help="0: the protocol's usual speed")
    parser.add_argument("--one-is-open", action="store_true", help="wire contacts that way")
    parser.add_argument("--low-first", action="store_true", help="8a: order of status bytes")
    parser.add_argument("--people", choices=[p.value for p in People], default="auto")
    parser.add_argument("--control-port", type=int, default=0)
    parser.add_argument("--link", type=Path, help="symbolic link to make to the device")
    parser.add_argument("--tcp", type=int, metavar="PORT", help="be a TCP bridge, not a pty")
    parser.add_argument("--config", type=Path, help="write the agent's TOML here")
    parser.add_argument("--poll-seconds", type=float, help="write this into the TOML")
    parser.add_argument("--scenario", type=Path, help="play this file, report, end")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args(argv)
    try:
        scenario = read_scenario(args.scenario) if args.scenario else None
        plan = _plan(args, scenario)
    except ScenarioError as error:
        parser.error(f"--scenario: {error}")
    except ValueError as error:
        parser.error(str(error))
    with contextlib.suppress(KeyboardInterrupt):
        return asyncio.run(_run(args, plan, scenario))
    return 130


def _plan(args: argparse.Namespace, scenario: Scenario | None) -> Plan:
    here: dict[str, Any] = {"tcp_port": args.tcp, "poll_seconds": args.poll_seconds}
    if scenario is not None:
        return scenario.plan(**here)
    return Plan(
        boards=args.boards,
        channels=args.channels,
        baud=args.baud,
        knobs=Knobs(people=People(args.people)),
        seed=args.seed,
        protocol=args.protocol,
        wiring=Wiring(one_is_open=args.one_is_open, low_first=args.low_first),
        **here,
    )


async def _run(args: argparse.Namespace, plan: Plan, scenario: Scenario | None) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with simulated(plan, args.control_port, args.link) as cabinet:
        if args.config:
            args.config.write_text(cabinet.board_config() + cabinet.columns_config())
        _tell({"device": cabinet.device, "control_port": cabinet.control_port})
        if scenario is None:
            await stop.wait()
            return 0
        return await _play(scenario, cabinet, stop)


async def _play(scenario: Scenario, cabinet: SimulatedCabinet, stop: asyncio.Event) -> int:
    playing = asyncio.create_task(Course(scenario, cabinet).play(), name="scenario")
    stopping = asyncio.create_task(stop.wait(), name="stop")
    await asyncio.wait([playing, stopping], return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not playing.done():
        playing.cancel()
        return 1
    report = playing.result()
    _tell(report)
    return 0 if report["ok"] else 1


def _tell(value: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
