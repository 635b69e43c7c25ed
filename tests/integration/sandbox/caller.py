"""People, and whoever else talks to a sandbox: plain requests, signed by others or not at all."""

import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tornado.httpclient import AsyncHTTPClient

from server.sandbox.app import running
from server.sandbox.draw import draw_id
from server.sandbox.keys import SandboxKeys
from server.sandbox.parts import Settings
from tests.waiting import PATIENCE_SECONDS


@dataclass(kw_only=True)
class Answer:
    """A status and the JSON that came with it."""

    status: int
    body: dict[str, Any]

    @property
    def code(self) -> str:
        return str(self.body.get("code"))


@dataclass(kw_only=True)
class Caller:
    """Sends requests to one sandbox."""

    url: str

    async def send(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        *,
        raw: bytes | None = None,
        headers: dict[str, str] | None = None,
        timeout_seconds: float = PATIENCE_SECONDS,
    ) -> Answer:
        """Send as it is given."""
        data = raw if raw is not None else json.dumps(body or {}).encode()
        client = AsyncHTTPClient(force_instance=True)
        try:
            response = await client.fetch(
                f"{self.url}{path}",
                method=method,
                body=data if method in ("POST", "PUT") else None,
                headers=headers,
                raise_error=False,
                follow_redirects=False,
                request_timeout=timeout_seconds,
            )
        finally:
            client.close()
        return Answer(status=response.code, body=json.loads(response.body or b"{}"))


@asynccontextmanager
async def sandbox(
    data: Path,
    *,
    keys: SandboxKeys,
    notify_prefix: str = "http://127.0.0.1:9",
    kiosks: tuple[str, ...] = (),
    sms_report_url: str = "",
    sms_limits: bool = False,
    clock: Callable[[], float] = time.time,
) -> AsyncIterator[Caller]:
    """Run a sandbox in this process."""
    settings = Settings(
        data=data,
        public_url="",
        notify_prefixes=[notify_prefix],
        kiosks=kiosks,
        keys=keys,
        sms_report_url=sms_report_url,
        sms_limits=sms_limits,
    )
    async with running(settings, port=0, clock=clock, draw=draw_id) as port:
        yield Caller(url=f"http://127.0.0.1:{port}")
