"""What people at the cabinet are told when the link is not up: what is wrong, and who mends it.

Chinese first, English second. The log has the same with its cause.
"""

from __future__ import annotations

import errno
import socket
import ssl

from websockets.exceptions import InvalidMessage, InvalidStatus, InvalidURI

from realtime.wire.envelope import Failure

OFFLINE = "离线 Offline"

#: By the field and rule of the server's refusal.
_REFUSALS = {
    (
        "token",
        "unused",
    ): "令牌已被使用，请工作人员重新生成 The token was used: staff draw a new one",
    (
        "token",
        "unexpired",
    ): "令牌已过期，请工作人员重新生成 The token expired: staff draw a new one",
    ("token", "of_this_terminal"): "令牌与终端不符 The token is not this terminal's",
    ("terminal_id", "enrolled"): (
        "终端未登记，请提供一次性令牌 Not enrolled: a one-time token is needed"
    ),
    ("signature", "of_the_enrolled_key"): (
        "本机密钥未被认可，请提供新令牌 Another machine is enrolled: a new token is needed"
    ),
    ("protocol", "accepted"): "程序版本不符，请升级 The server does not speak this version",
}

_UNREACHABLE = frozenset((errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.ENONET))


def of_refusal(failure: Failure) -> str:
    """Say why the server refused, and what helps where that is known."""
    return _REFUSALS.get((failure.field or "", failure.rule or ""), failure.message)


def of_error(error: BaseException) -> str:
    """Say why the server was not reached."""
    for kind, text in _TEXTS:
        if isinstance(error, kind):
            return text
    if isinstance(error, InvalidStatus):
        status = error.response.status_code
        return f"服务器地址有误或服务器故障 Wrong server address or fault (HTTP {status})"
    if isinstance(error, OSError) and error.errno in _UNREACHABLE:
        return "网络不通 No network"
    return OFFLINE


def cause(error: BaseException) -> str:
    """Describe an error for the log."""
    return f"{type(error).__name__}: {error}"


_TEXTS: tuple[tuple[type[BaseException], str], ...] = (
    (socket.gaierror, "找不到服务器域名 Server name not found (DNS)"),
    (
        ssl.SSLCertVerificationError,
        "服务器证书无效，请检查地址与本机时间 Certificate not valid: check address and clock",
    ),
    (ssl.SSLError, "加密连接失败 TLS failed"),
    (ConnectionRefusedError, "服务器拒绝连接 Nothing listens at the server's address"),
    (TimeoutError, "连接服务器超时 The server did not answer in time"),
    (InvalidURI, "服务器地址有误 Wrong server address"),
    (InvalidMessage, "对方不是揽件服务器 What answers there is no Lanjian server"),
)
