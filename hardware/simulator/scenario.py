"""A scripted course of events: steps with times and conditions, out of one file.

TOML, or JSON lines (the first line may be the head). All that is drawn is drawn by the seed.

    protocol = "8a"                      # head: what is simulated, all optional
    boards = 1
    channels = 8
    seed = 7
    knobs = { people = "manual", open_after = 0.05 }

    [[step]]
    wait = { looks = 3 }                 # a board answered so many looks since the step before
    do = { open = 3 }                    # any order, see `orders`

    [[step]]
    after = 0.2                          # seconds after the step before ...
    spread = 0.3                         # ... and up to so many more, drawn
    do = { close = 3 }
    repeat = 2                           # the whole step, so often

    [[step]]
    at = 4.0                             # seconds after the start, not before
    wait = { cell = 5, pulses = 1 }      # or { cell = 5, is = "open" }; within = 10 seconds
    expect = { cell = 3, is = "closed" } # or { cell = 3, pulses = 0 }: counted if not so

The first step whose wait is in vain ends the course.
"""

from __future__ import annotations

import asyncio
import random
from pathlib import Path
from typing import Annotated, Any

import msgspec

from hardware.simulator.boards import Wiring
from hardware.simulator.cabinet import Plan, SimulatedCabinet
from hardware.simulator.knobs import Knobs, Seconds
from hardware.simulator.orders import Order

#: How often a condition on looks is looked at.
_LOOK_SECONDS = 0.005

Often = Annotated[int, msgspec.Meta(ge=1, le=10_000)]


class ScenarioError(ValueError):
    """The file is not a scenario; the message names the place."""


class Condition(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Something that is so, or is waited for."""

    cell: int | None = None
    is_: str | None = msgspec.field(default=None, name="is")
    pulses: int | None = None
    looks: int | None = None
    within: Seconds = 10.0

    def __post_init__(self) -> None:
        """Refuse what says nothing, or two things."""
        if sum(said is not None for said in (self.is_, self.pulses, self.looks)) != 1:
            raise ValueError("say one of is, pulses, looks")
        if self.looks is None and self.cell is None:
            raise ValueError("say which cell")
        if self.is_ not in (None, "open", "closed"):
            raise ValueError("is: expected open or closed")


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One step: when, what, and what must be so afterwards."""

    at: Seconds | None = None
    after: Seconds = 0.0
    spread: Seconds = 0.0
    wait: Condition | None = None
    do: Order | None = None
    expect: Condition | None = None
    repeat: Often = 1


class Head(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is simulated."""

    protocol: str = "8a"
    boards: Annotated[int, msgspec.Meta(ge=1, le=32)] = 1
    channels: int = 0
    baud: int = 0
    seed: int = 1
    knobs: Knobs = msgspec.field(default_factory=Knobs)
    wiring: Wiring = msgspec.field(default_factory=Wiring)


class Scenario(Head, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A head and its steps."""

    step: tuple[Step, ...] = ()

    def plan(self, **more: Any) -> Plan:
        """Make the plan of the cabinet that it plays on.

        Raises:
            ValueError: no such protocol or boards.
        """
        names = ("protocol", "boards", "channels", "baud", "seed", "knobs", "wiring")
        return Plan(**{**{name: getattr(self, name) for name in names}, **more})


def read_scenario(path: Path) -> Scenario:
    """Read a scenario file: `.toml`, or JSON lines.

    Raises:
        ScenarioError: it cannot be read, or is none.
    """
    try:
        text = path.read_bytes()
        if path.suffix == ".toml":
            return msgspec.toml.decode(text, type=Scenario)
        return _of_lines(text)
    except OSError as error:
        raise ScenarioError(f"{path}: {error.strerror}") from error
    except (msgspec.DecodeError, ValueError) as error:
        raise ScenarioError(f"{path}: {error}") from error


def _of_lines(text: bytes) -> Scenario:
    lines = [msgspec.json.decode(line) for line in text.splitlines() if line.strip()]
    head = lines.pop(0) if lines and not set(lines[0]) & set(Step.__struct_fields__) else {}
    return msgspec.convert({**head, "step": lines}, Scenario)


class Course:
    """One scenario being played on one cabinet."""

    def __init__(self, scenario: Scenario, cabinet: SimulatedCabinet) -> None:
        self._scenario = scenario
        self._cabinet = cabinet
        self._rng = random.Random(scenario.seed)
        self._began = 0.0
        self._looks = 0
        self._told: list[dict[str, Any]] = []

    async def play(self) -> dict[str, Any]:
        """Play all steps; report them, and all that truly happened, as JSON values."""
        loop = asyncio.get_running_loop()
        self._began = loop.time()
        for number, step in enumerate(self._scenario.step, 1):
            for _ in range(step.repeat):
                if not await self._play(number, step):
                    return self._report()
        return self._report()

    async def _play(self, number: int, step: Step) -> bool:
        """Play one step; False when its wait was in vain or its order refused."""
        problem = ""
        try:
            await self._until_due(step)
            self._looks = len(self._cabinet.line.looks)
            if step.do is not None:
                await self._cabinet.orders.carry_out(step.do)
            if step.expect is not None and not self._is_so(step.expect):
                problem = "not as expected"
        except TimeoutError:
            problem = "waited in vain"
        except ValueError as error:
            problem = str(error)
        at = asyncio.get_running_loop().time() - self._began
        self._told.append({"step": number, "at": round(at, 3), "problem": problem or None})
        return problem in ("", "not as expected")

    async def _until_due(self, step: Step) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(step.after + self._rng.uniform(0.0, step.spread))
        if step.at is not None:
            await asyncio.sleep(max(0.0, self._began + step.at - loop.time()))
        if step.wait is not None:
            async with asyncio.timeout(step.wait.within):
                await self._wait(step.wait)

    async def _wait(self, condition: Condition) -> None:
        doors = self._cabinet.doors
        if condition.cell is not None and not doors.knows(condition.cell):
            raise ValueError(f"there is no cell {condition.cell}")
        if condition.is_ is not None and condition.cell is not None:
            await doors.wait(condition.cell, condition.is_)
        elif condition.pulses is not None and condition.cell is not None:
            await doors.wait_pulses(condition.cell, condition.pulses)
        else:
            while not self._is_so(condition):  # noqa: ASYNC110 - looks make no event
                await asyncio.sleep(_LOOK_SECONDS)

    def _is_so(self, condition: Condition) -> bool:
        doors = self._cabinet.doors
        if condition.looks is not None:
            return len(self._cabinet.line.looks) - self._looks >= condition.looks
        assert condition.cell is not None
        if not doors.knows(condition.cell):
            raise ValueError(f"there is no cell {condition.cell}")
        if condition.pulses is not None:
            return doors.pulses[condition.cell] == condition.pulses
        return doors.states()[condition.cell] == condition.is_

    def _report(self) -> dict[str, Any]:
        bad = [told for told in self._told if told["problem"]]
        played = {told["step"] for told in self._told}
        return {
            "ok": not bad and len(played) == len(self._scenario.step),
            "steps": self._told,
            "pulses": {str(k): v for k, v in self._cabinet.doors.pulses.items() if v},
            "history": [
                {**msgspec.to_builtins(one), "at": round(one.at - self._began, 3)}
                for one in self._cabinet.doors.history
            ],
        }
