"""The routes of WeChat's stand-in."""

from __future__ import annotations

from typing import Any

from server.sandbox.parts import Parts
from server.sandbox.people_handlers import PageHandler
from server.sandbox.wechat import phone_handlers as phone
from server.sandbox.wechat.api_handlers import CALLS, ApiHandler

OPENID = r"([A-Za-z0-9_-]{6,64})"
ACTS = "follow|unfollow|scan|scan-url|text|location|subscribe|menu-scan|block|mini-code|phone-code"


def routes(parts: Parts) -> list[tuple[str, Any, dict[str, Any]]]:
    """Lay them out."""
    given: dict[str, Any] = {"parts": parts}
    calls: list[tuple[str, Any, dict[str, Any]]] = [
        (path, ApiHandler, {**given, "method": method, "needs": needs, "act": act})
        for path, method, needs, act in CALLS
    ]
    return [
        *calls,
        (r"/cgi-bin/showqrcode", phone.SceneRoute, given),
        (r"/connect/oauth2/authorize", phone.AuthorizeRoute, given),
        (r"/wechat", PageHandler, {**given, "page": "wechat.html"}),
        (r"/wechat/people", phone.PeopleRoute, given),
        (r"/wechat/console", phone.ConsoleRoute, given),
        (r"/wechat/expire-tokens", phone.ExpireRoute, given),
        (r"/wechat/page-check", phone.PageCheckRoute, given),
        (rf"/wechat/{OPENID}/chat", phone.ChatRoute, given),
        (rf"/wechat/{OPENID}/menu/([\w.:/%?=&-]{{1,256}})", phone.MenuRoute, given),
        (rf"/wechat/{OPENID}/({ACTS})", phone.ActRoute, given),
    ]
