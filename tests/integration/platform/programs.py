"""Server programs as children of a test: started as people start them, read by what they print."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tornado.httpclient import AsyncHTTPClient, HTTPRequest

from server.domain.rules import Rules
from server.settings import new_secrets
from tests.integration.sandbox.caller import Caller, sandbox
from tests.sms import ids, sms_environment

PROGRAM = [sys.executable, "-m", "server.cli"]
READY_SECONDS = 60
END_SECONDS = 30


@dataclass(kw_only=True)
class Site:
    """The settings of one site, and its sandbox phone."""

    environment: dict[str, str]
    phone: Caller

    async def code(self, phone: str) -> str:
        state = await self.phone.send("GET", f"/phone/{phone}/state")
        (message,) = state.body["messages"]
        return message["text"].split("验证码 ")[1][:6]

    def run(self, *words: str) -> subprocess.CompletedProcess:
        """Run a command to its end."""
        return subprocess.run(
            [*PROGRAM, *words],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=READY_SECONDS,
        )


@asynccontextmanager
async def site(
    tmp_path: Path, mongo_uri: str, database: str, redis_url: str, **settings: str
) -> AsyncIterator[Site]:
    async with sandbox(tmp_path, keys=ids()) as phone:
        environment = {
            **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
            **new_secrets(),
            **sms_environment(phone.url),
            "LANJIAN_MONGODB_URI": mongo_uri,
            "LANJIAN_DATABASE": database,
            "LANJIAN_REDIS_URL": redis_url,
            "LANJIAN_BASE_URL": "https://lanjian.example",
            "LANJIAN_SANDBOX": "1",
            "LANJIAN_PORT": "0",
            "LANJIAN_DRAIN_SECONDS": "3",
            **{f"LANJIAN_{name}": value for name, value in settings.items()},
        }
        yield Site(environment=environment, phone=phone)


class Program:
    """One running command; `url` is what it said when it was ready."""

    def __init__(self, process: asyncio.subprocess.Process, url: str) -> None:
        self.process = process
        self.url = url

    async def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        if self.process.returncode is None:
            self.process.send_signal(number)
        return await asyncio.wait_for(self.process.wait(), END_SECONDS)

    async def ask(
        self, method: str, path: str, body: Any = None, token: str | None = None
    ) -> tuple[int, Any]:
        """Ask over HTTP; give the status and the JSON."""
        http = AsyncHTTPClient(force_instance=True)
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        request = HTTPRequest(
            f"{self.url}{path}",
            method=method,
            headers=headers,
            body=None if body is None else json.dumps(body),
            allow_nonstandard_methods=True,
        )
        try:
            response = await http.fetch(request, raise_error=False)
        finally:
            http.close()
        return response.code, json.loads(response.body or b"null")

    async def log_in(self, site: Site, phone: str) -> dict[str, Any]:
        status, answer = await self.ask("POST", "/v1/codes", {"phone": phone, "device": "d"})
        assert status == 200, answer
        form = {
            "phone": phone,
            "code": await site.code(phone),
            "device": "d",
            "agreement_version": Rules().agreement_version,
        }
        status, answer = await self.ask("POST", "/v1/sessions", form)
        assert status == 201, answer
        return answer


@asynccontextmanager
async def program(site: Site, *words: str) -> AsyncIterator[Program]:
    """Run a long-running command for as long as the block lasts."""
    process = await asyncio.create_subprocess_exec(
        *PROGRAM, *words, env=site.environment, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        line = await asyncio.wait_for(process.stdout.readline(), READY_SECONDS)
        assert line.startswith(b"ready "), line
        running = Program(process, line.split()[1].decode())
        yield running
        await running.end()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
