"""The wallets' stand-in of `lanjian chaos money`: the sandbox in this process, on a turned clock.

Only the command line knows the sandbox, so it is made here and handed to the proof.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from server.proof.people import Refused
from server.sandbox import errors as sandbox
from server.sandbox.app import running_parts
from server.sandbox.bodies import ArmFault
from server.sandbox.draw import draw_id
from server.sandbox.keys import load
from server.sandbox.parts import FILE, Parts, Settings


@dataclass(frozen=True, slots=True)
class SandboxStandIn:
    """Implements `StandIn`."""

    url: str
    books: Path
    parts: Parts

    def wake(self) -> None:
        """Look at the notices now."""
        self.parts.sender.wake()

    def arm(self, kind: str, on: str, times: int, seconds: float) -> None:
        """Let something go wrong the next times."""
        told = {"kind": kind, "on": on, "times": times, "seconds": seconds}
        self.parts.faults.arm(msgspec.convert(told, ArmFault))

    def disarm(self) -> None:
        """Let everything go right again."""
        self.parts.faults.disarm()

    def scan(self, reference: str) -> None:
        """Look at what a QR asks for."""
        payments = self.parts.payments
        with _told():
            payments.scan(payments.number_of(reference))

    def tap(self, number: str, tap: str) -> None:
        """Do what a person's thumb does."""
        with _told():
            if tap == "pay":
                self.parts.payments.pay(number)
            elif tap == "expire":
                self.parts.transfers.expire(number)
            else:
                state = {"confirm": "SUCCESS", "decline": "FAIL"}[tap]
                self.parts.transfers.settle(number, state)


@contextmanager
def _told() -> Iterator[None]:
    """Tell a refusal of the sandbox's as the proof knows them."""
    try:
        yield
    except sandbox.Refused as refusal:
        raise Refused(refusal.status, {"code": refusal.code}) from refusal


@asynccontextmanager
async def started(
    data: Path, keys: Path, notify_prefix: str, clock: Callable[[], float]
) -> AsyncIterator[SandboxStandIn]:
    """Run a sandbox on a free port for as long as the block lasts."""
    settings = Settings(
        data=data,
        durable=False,  # it ends with its run, and nobody pulls its plug
        public_url="",
        notify_prefixes=[notify_prefix],
        keys=load(keys),
        asked_clock=time.time,  # the library stamps requests by the machine's clock
    )
    async with running_parts(settings, port=0, clock=clock, draw=draw_id) as (port, parts):
        yield SandboxStandIn(f"http://127.0.0.1:{port}", data / FILE, parts)
