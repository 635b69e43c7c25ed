"""WeChat's error codes in our words.

Sources: wechatpy's constants 1.8.18 and WeChat's documents; `memory` marks what no document that
we could read confirms.
"""

from __future__ import annotations

from collections.abc import Mapping

from server.domain.errors import ProviderFailed
from server.providers.wechat.ports import WeChatRule

#: The token was refused and the call not made: renew it and try once more.
TOKEN_REFUSED = frozenset({40001, 40014, 42001})

#: Of a menu: nobody made one yet.
NO_MENU = 46003

RULES: Mapping[int, WeChatRule] = {
    -1: "busy",
    -1000: "busy",
    40001: "token",
    40002: "argument",
    40003: "openid",
    40013: "app_id",
    40014: "token",
    **dict.fromkeys(range(40015, 40029), "menu"),
    40029: "code",
    40033: "argument",
    40035: "argument",
    40037: "template",
    40038: "argument",
    40039: "argument",
    40048: "argument",
    40053: "scene",
    40054: "menu",
    40055: "menu",
    40097: "argument",  # memory
    40119: "menu",
    40120: "menu",
    40125: "secret",
    40163: "code",
    40164: "ip",  # memory
    40226: "limited",  # memory: a log-in of an account that WeChat thinks risky
    41001: "token",
    41002: "app_id",
    41004: "secret",
    41008: "code",
    41009: "openid",
    41030: "page",
    42001: "token",
    42003: "code",
    43001: "argument",
    43002: "argument",
    43003: "argument",
    43004: "unfollowed",
    43019: "blocked",
    43101: "refused",
    44002: "argument",
    44004: "content",
    45002: "content",
    45005: "argument",
    45009: "day_quota",
    45011: "minute_quota",
    45015: "window_over",
    45026: "template",
    45027: "template",
    45047: "count_over",
    45064: "menu",
    45065: "repeated",
    45067: "argument",
    45166: "content",
    NO_MENU: "menu",
    46004: "openid",
    47001: "argument",
    47003: "argument",
    48001: "not_authorised",
    48002: "blocked",
    48003: "not_authorised",
    48004: "banned",
    48006: "day_quota",
    48008: "not_authorised",
    50001: "not_authorised",
    50002: "limited",
    50005: "unfollowed",  # memory
    65316: "menu",
    87014: "content",
}


def refusal(errcode: int) -> ProviderFailed:
    """Say WeChat's refusal in our words; its `errmsg` may name people and is not kept."""
    return ProviderFailed(rule=RULES.get(errcode, "other"), errcode=errcode)
