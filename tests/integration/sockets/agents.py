"""Agents as the sockets' tests play them: how they boot and prove themselves."""

from datetime import UTC, datetime

from realtime.wire.terminal import KioskStep, KioskView, OpenDoor
from server.domain.ids import TerminalId
from tests.integration.sockets.plain import proof_of

T1 = TerminalId("t1")


TERMINAL = "/v1/terminal"


BOOT = {
    "protocol": 2,
    "terminal_id": "t1",
    "agent_version": "0.1.0",
    "boot_id": "b1",
    "spool_id": "sp1",
    "doors": [{"cell": 1, "state": "closed"}],
}


EVENT = {
    "number": 1,
    "cell": 1,
    "kind": "sensed_open",
    "at": "2026-11-22T04:00:00Z",
    "state": "open",
}


def open_door(request="o1") -> OpenDoor:
    return OpenDoor(id=request, command_id="cmd1", cell=1, deadline=datetime.now(UTC))


def kiosk(version=1) -> KioskView:
    return KioskView(version=version, step=KioskStep.WELCOME)


ENROL = {
    "protocol": 2,
    "terminal_id": "t1",
    "token": "right",
    "public_key": "k" * 43,
    "signature": "s" * 86,
}


async def boot(agent, **other):
    answer = await try_boot(agent, **other)
    assert answer["type"] == "boot_accepted", answer
    return answer


async def try_boot(agent, **other):
    """Boot and prove, as a right agent does; give the last answer."""
    challenge = await agent.ask(type="boot", **{**BOOT, **other})
    if challenge["type"] != "boot_challenge":
        return challenge
    return await prove(agent, challenge)


async def prove(agent, challenge, **other):
    proof = {"id": challenge["id"], "signature": proof_of(challenge["nonce"])}
    return await agent.ask(type="boot_proof", **{**proof, **other})
