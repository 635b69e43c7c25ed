"""Reads what kiosks show, so that the sandbox phone can scan their QR.

A kiosk answers `GET /state` with the JSON that its own page is drawn from. Only the fields named
here are read; a kiosk that does not answer is shown as such.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import segno
from tornado.httpclient import AsyncHTTPClient, HTTPError

from server.sandbox.errors import Refused

TIMEOUT_SECONDS = 5.0


class Kiosks:
    """The kiosks named at the start, by their number in that list."""

    def __init__(self, urls: Sequence[str]) -> None:
        self._urls = [url.rstrip("/") for url in urls]

    async def all(self) -> list[dict[str, Any]]:
        """Read them all at once."""
        return list(await asyncio.gather(*(self.one(number) for number in range(len(self._urls)))))

    async def one(self, number: int) -> dict[str, Any]:
        """Read one: `{number, url, online}`, and what `_shown` adds when it answers.

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
    view, link = state.get("view"), state.get("qr_url")
    return {
        "terminal_id": state.get("terminal_id"),
        "name": state.get("name"),
        "step": view.get("step") if isinstance(view, dict) else None,
        "qr_url": link,
        "qr_image": segno.make_qr(link, error="m").svg_data_uri(border=2) if link else None,
    }
