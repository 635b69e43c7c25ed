"""An agent with grants' keys, its kiosk page open, whose server is taken away."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from realtime.wire.envelope import Failure
from realtime.wire.terminal import (
    DoorEventKind,
)
from tests.integration.hardware.grants import config
from tests.integration.hardware.played_server import PlayedServer
from tests.integration.hardware.rig import (
    Page,
    Rig,
    kiosk_page,
    rig,
)

K = DoorEventKind


GOING = Failure(code="going_away", message="服务器暂停 Server away")


def with_keys(**more: Any) -> PlayedServer:
    server = PlayedServer()
    server.config = config(**more)
    return server


@contextlib.asynccontextmanager
async def cabinet(
    tmp_path: Path, server: PlayedServer | None = None, **more: Any
) -> AsyncIterator[tuple[Rig, Page]]:
    """Run an agent that has met its server, with its kiosk page open."""
    async with rig(tmp_path, server=server or with_keys(), **more) as r:
        await r.until_state(link="up", spooled=0)
        async with kiosk_page(r.kiosk_url) as page:
            yield r, page


async def cut(r: Rig) -> None:
    """Take the server away: every new connection is turned away until `back`."""
    r.server.boot_answer = lambda _boot: (GOING, 4000)
    assert r.server.socket is not None
    await r.server.socket.close(4000)
    await r.until_state(link="down")


async def back(r: Rig) -> None:
    r.server.boot_answer = lambda _boot: None
    await r.until_state(link="up")


async def scan(page: Page, text: str) -> dict[str, Any]:
    return await page.ask({"type": "scan", "value": text})


async def code(page: Page, text: str) -> str | None:
    answer = await scan(page, text)
    assert answer["ok"] is (answer["code"] is None)
    return answer["code"]
