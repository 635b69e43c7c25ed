"""Reads what kiosks show, so that the sandbox phone can scan their QR.

A kiosk answers `GET /state` with the JSON that its own page is drawn from. Only the fields named
here are read; a kiosk that does not answer is shown as such.
"""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import segno
from tornado.httpclient import AsyncHTTPClient, HTTPError

from server.sandbox.errors import Refused

TIMEOUT_SECONDS = 2.0


class Kiosks:
    """The kiosks named at the start, by their number in that list."""

    def __init__(self, urls: Sequence[str]) -> None:
        self._urls = [url.rstrip("/") for url in urls]

    async def all(self) -> list[dict[str, Any]]:
        """Read them all at once."""
        return list(await asyncio.gather(*(self.one(number) for number in range(len(self._urls)))))

    async def one(self, number: int) -> dict[str, Any]:
        """Read one: `{number, url, online, name?, terminal_id?, step?, qr_url?}`.

        Raises:
            Refused: 404 `no_such_kiosk`.
        """
        if not 0 <= number < len(self._urls):
            raise Refused(404, "no_such_kiosk", "no kiosk has this number")
        url = self._urls[number]
        seen = {"number": number, "url": url, "online": False}
        try:
            response = await AsyncHTTPClient().fetch(
                f"{url}/state", request_timeout=TIMEOUT_SECONDS, connect_timeout=TIMEOUT_SECONDS
            )
            return {**seen, "online": True, **_shown(json.loads(response.body))}
        except (OSError, HTTPError, ValueError) as error:
            return {**seen, "reason": type(error).__name__}

    async def scan(self, number: int) -> str:
        """Read the URL in a kiosk's QR as it is at this moment.

        Raises:
            Refused: 404 `no_such_kiosk`, 502 `kiosk_silent`.
        """
        link = (await self.one(number)).get("qr_url")
        if not isinstance(link, str) or urlsplit(link).scheme not in ("http", "https"):
            raise Refused(502, "kiosk_silent", "this kiosk shows no QR now")
        return link


def _shown(state: object) -> dict[str, Any]:
    if not isinstance(state, dict):
        raise ValueError("a kiosk's state is an object")
    view = state.get("view")
    step = view.get("step") if isinstance(view, dict) else state.get("step")
    names = ("terminal_id", "name", "qr_url")
    return {name: state.get(name) for name in names} | {"step": step}


def draw_qr(link: str) -> bytes:
    """Draw a QR as SVG."""
    out = io.BytesIO()
    segno.make(link, error="m").save(out, kind="svg", scale=4, border=2, xmldecl=False)
    return out.getvalue()
