"""Cookies that bind a log-in at a provider to the browser that began it; no script reads them.

Over https the name begins with `__Host-`: browsers take such a cookie from this very host alone,
over https and for all paths, so that no other host of the domain can plant one.
"""

from __future__ import annotations

from handlers.base import ApiHandler

LIFE_SECONDS = 1200

#: Longer than what we draw.
MOST_CHARACTERS = 64

#: Over plain http, in development: these routes alone get it.
PLAIN_PATH = "/v1/"


def browser_of(handler: ApiHandler, name: str) -> str:
    """Give the cookie's value; empty without one, which no handle is bound to."""
    value = handler.get_cookie(_named(handler, name)) or ""
    fits = value.isascii() and value.isalnum() and len(value) <= MOST_CHARACTERS
    return value if fits else ""


def bind_browser(handler: ApiHandler, name: str, value: str) -> None:
    """Give a browser its cookie."""
    secure = _is_secure(handler)
    handler.set_cookie(
        _named(handler, name),
        value,
        path="/" if secure else PLAIN_PATH,
        max_age=LIFE_SECONDS,
        httponly=True,
        secure=secure,
        samesite="Lax",
    )


def _named(handler: ApiHandler, name: str) -> str:
    return f"__Host-{name}" if _is_secure(handler) else name


def _is_secure(handler: ApiHandler) -> bool:
    """Tell whether people reach the platform by https, whatever a proxy speaks to us."""
    return bool(handler.settings["is_https"])
