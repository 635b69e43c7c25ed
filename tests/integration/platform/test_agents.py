"""Agents on a real server process: enrolled over the API, fenced, replaced, cut off half-way."""

import asyncio
import contextlib
import json
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from websockets.asyncio.client import connect

from hardware.link.device_key import open_key
from hardware.simulator.cabinet import Plan, simulated
from realtime.wire.devices import enrol_text, to_text
from realtime.wire.envelope import CloseCode
from tests.integration.hardware.rig import QUICK, Rig, quick_knobs, running_agent
from tests.integration.platform.programs import Program, program, site
from tests.waiting import eventually

pytestmark = pytest.mark.slow

BOSS = "13800000009"
TERMINAL = "T-1"
#: Takes its turn again at once, so that two agents with one identity flap within the test.
PUSHY = replace(QUICK, replaced_seconds=0.5, refused_seconds=30.0)


@dataclass
class House:
    """A server, a terminal on it, and staff."""

    server: Program
    staff: str
    token: str
    tmp_path: Path

    @property
    def url(self) -> str:
        return self.server.url.replace("http", "ws", 1) + "/v1/terminal"

    async def detail(self) -> dict[str, Any]:
        status, found = await self.server.ask("GET", f"/v1/terminals/{TERMINAL}", token=self.staff)
        assert status == 200, found
        return dict(found)

    async def online(self) -> bool:
        return bool((await self.detail())["terminal"]["online"])

    @contextlib.asynccontextmanager
    async def agent(self, name: str, token: str | None, **more: Any) -> AsyncIterator[Rig]:
        """Run an agent with a simulated cabinet of its own; its disk is `tmp_path / name`."""
        async with simulated(Plan(channels=4, baud=115200, knobs=quick_knobs())) as cabinet:
            made = Rig(self, cabinet)  # type: ignore[arg-type]
            toml, data = cabinet.board_config(), self.tmp_path / name
            link = {"backoff": PUSHY, "answer_seconds": 5.0, **more}
            async with running_agent(made, data, toml, terminal_id=TERMINAL, token=token, **link):
                yield made


@contextlib.asynccontextmanager
async def house(
    tmp_path: Path, mongo_uri: str, database: str, redis_url: str, **settings: str
) -> AsyncIterator[House]:
    async with site(tmp_path, mongo_uri, database, redis_url, **settings) as here:
        done = here.run("staff", "add", "--phone", BOSS, "--role", "operator")
        assert done.returncode == 0, done.stderr
        async with program(here, "serve") as server:
            staff = (await server.log_in(here, BOSS))["access_token"]
            cells = [{"cell": number, "size": "M"} for number in range(1, 5)]
            asked = {"name": "一号柜", "lat": 22.5, "lon": 114.0, "region": "440304"}
            status, made = await server.ask(
                "POST", "/v1/terminals", {"terminal_id": TERMINAL, "cells": cells, **asked}, staff
            )
            assert status == 201, made
            yield House(server, staff, made["token"], tmp_path)


async def test_a_machine_is_replaced_by_another_with_a_new_token(
    tmp_path, mongo_uri, mongo_db_name, redis_url
):
    async with (
        house(tmp_path, mongo_uri, mongo_db_name, redis_url) as here,
        here.agent("old", here.token) as old,
    ):
        await old.until_state(link="up")
        await eventually(here.online)  # the agent hears of its boot before staff do
        assert (await here.detail())["agent"]["fingerprint"] == open_key(
            tmp_path / "old"
        ).fingerprint
        path = f"/v1/staff/terminals/{TERMINAL}/token"
        status, drawn = await here.server.ask("POST", path, token=here.staff)
        assert (status, drawn["terminal_id"]) == (201, TERMINAL)
        assert (await here.detail())["agent"]["token_expires_at"] == drawn["expires_at"]
        assert await here.online()  # the old machine serves on
        async with here.agent("new", drawn["token"]) as new:
            await new.until_state(link="up")

            async def is_told() -> bool:
                return "本机密钥未被认可" in (await old.state())["link_message"]

            assert await eventually(is_told)
            assert (await old.state())["link"] == "replaced"  # and takes no offline codes
            agent = (await here.detail())["agent"]
            assert agent["fingerprint"] == open_key(tmp_path / "new").fingerprint
            assert agent["token_expires_at"] is None
            async with here.agent("thief", drawn["token"]) as thief:
                state = await thief.until_state(link="refused")
                assert "令牌已被使用" in state["link_message"]
            await new.until_state(link="up")


async def test_a_copied_disk_is_two_agents_and_staff_are_told(
    tmp_path, mongo_uri, mongo_db_name, redis_url
):
    async with (
        house(tmp_path, mongo_uri, mongo_db_name, redis_url) as here,
        here.agent("one", here.token) as one,
        staff_feed(here) as facts,
    ):
        await one.until_state(link="up")
        (tmp_path / "two").mkdir()
        for name in ("device.key", "enrolled.json"):
            shutil.copy(tmp_path / "one" / name, tmp_path / "two" / name)
        async with here.agent("two", None) as two:
            # Each is replaced in its turn, and comes back after its pause.
            for agent in (one, two, one, two):
                await agent.until_state(link="replaced")
            await eventually(lambda: [fact for fact in facts if fact["kind"] == "two_agents"])
        await one.until_state(link="up")
        await eventually(here.online)


@contextlib.asynccontextmanager
async def staff_feed(here: House) -> AsyncIterator[list[dict[str, Any]]]:
    """Collect the facts that staff see live."""
    facts: list[dict[str, Any]] = []
    url = here.server.url.replace("http", "ws", 1) + "/v1/socket"
    async with connect(url, proxy=None) as socket:

        async def listen() -> None:
            async for text in socket:
                frame = json.loads(text)
                if frame["type"] == "push" and frame["event"]["type"] == "fact":
                    facts.append(frame["event"])

        await socket.send(json.dumps({"type": "hello", "id": "1", "token": here.staff}))
        assert json.loads(await socket.recv())["type"] == "welcome"
        await socket.send(json.dumps({"type": "subscribe", "id": "2", "channel": "staff"}))
        assert json.loads(await socket.recv())["type"] == "subscribed"
        listening = asyncio.create_task(listen())
        try:
            yield facts
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)


class HalfOpenLine:
    """A line to the server that stops carrying anything, without closing: neither end is told."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._target = (parts.hostname or "", parts.port or 0)
        self._dead: asyncio.Event = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._ends: list[asyncio.StreamWriter] = []

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[str]:
        server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        try:
            yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1/terminal"
        finally:
            server.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            for end in self._ends:
                end.transport.abort()
                with contextlib.suppress(OSError):
                    await end.wait_closed()
            await server.wait_closed()

    def go_silent(self) -> None:
        """Carry nothing more on what is open; new connections are carried."""
        self._dead.set()
        self._dead = asyncio.Event()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(*self._target)
        self._ends += [writer, back]
        for source, target in ((reader, back), (there, writer)):
            task = asyncio.create_task(self._pump(source, target, self._dead))
            self._tasks.add(task)

    async def _pump(
        self, source: asyncio.StreamReader, target: asyncio.StreamWriter, dead: asyncio.Event
    ) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(65536):
                if dead.is_set():
                    await asyncio.Event().wait()  # until the test ends
                target.write(data)
                await target.drain()
        if not dead.is_set():
            target.close()


async def test_a_half_open_line_is_found_out_by_both_ends(
    tmp_path, mongo_uri, mongo_db_name, redis_url
):
    async with house(tmp_path, mongo_uri, mongo_db_name, redis_url, PING_SECONDS="0.5") as here:
        line = HalfOpenLine(here.server.url)
        async with line.open() as url:
            async with here.agent("one", here.token, url=url) as agent:
                first = (await agent.until_state(link="up"))["epoch"]
                line.go_silent()
                agent.cabinet.doors.move(2, True)

                async def is_back() -> bool:
                    state = await agent.state()
                    return state["link"] == "up" and state["epoch"] > first and not state["spooled"]

                await eventually(is_back)

                async def is_shown() -> bool:
                    shown = await here.detail()
                    doors = {cell["cell"]: cell["door"] for cell in shown["cells"]}
                    return (shown["terminal"]["online"], doors[2]) == (True, "open")

                await eventually(is_shown)
                line.go_silent()
            # The agent has ended, and nobody told the server.

            async def is_offline() -> bool:
                return not await here.online()

            await eventually(is_offline)


async def test_guesses_are_counted_for_each_terminal(tmp_path, mongo_uri, mongo_db_name, redis_url):
    key = Ed25519PrivateKey.from_private_bytes(b"g" * 32)
    public = to_text(key.public_key().public_bytes_raw())

    async def guess(here: House, token: str) -> tuple[dict[str, Any], int | None]:
        text = enrol_text(TERMINAL, token, public)
        frame = {
            **{"type": "enrol", "id": "1", "protocol": 2, "terminal_id": TERMINAL},
            **{"token": token, "public_key": public, "signature": to_text(key.sign(text))},
        }
        async with connect(here.url, proxy=None) as socket:
            await socket.send(json.dumps(frame))
            answer = json.loads(await socket.recv())
            if answer.get("code") == "agent_refused":
                await socket.wait_closed()
            return answer, socket.close_code

    limits = {"ENROLS_PER_TERMINAL_HOUR": "3"}
    async with house(tmp_path, mongo_uri, mongo_db_name, redis_url, **limits) as here:
        for number in range(3):
            answer, code = await guess(here, f"a guess {number}")
            assert (answer["field"], answer["rule"]) == ("token", "of_this_terminal")
            assert code == CloseCode.UNAUTHORIZED
        answer, _ = await guess(here, "a guess 3")
        assert (answer["code"], answer["field"]) == ("limited", "terminal")
        assert 0 < answer["details"]["retry_after_seconds"] <= 3600
        assert (await here.detail())["agent"]["fingerprint"] is None
        # Strangers who guess do not keep the right agent out. Its socket stays open for a boot.
        text = enrol_text(TERMINAL, here.token, public)
        frame = {
            **{"type": "enrol", "id": "1", "protocol": 2, "terminal_id": TERMINAL},
            **{"token": here.token, "public_key": public, "signature": to_text(key.sign(text))},
        }
        async with connect(here.url, proxy=None) as socket:
            await socket.send(json.dumps(frame))
            assert json.loads(await socket.recv())["type"] == "enrolled"
