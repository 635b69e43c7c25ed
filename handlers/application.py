"""The Tornado application: routes, and what every handler finds in its settings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from tornado.web import Application, RequestHandler

from handlers.base import DROPPED_BYTES, Gate, log_access
from handlers.no_page import NoPage
from handlers.pages import policy
from server.domain.errors import DomainError
from server.services.repeats import Repeats

#: Pattern of the whole path, handler, and the services that its `initialize` takes by keyword.
Route = tuple[str, type[RequestHandler], dict[str, Any]]

#: For the HTTP server that carries the application (see `server/app.py` and the tests).
SERVER_OPTIONS: dict[str, Any] = {
    "max_body_size": DROPPED_BYTES,
    "max_header_size": 16 * 1024,
    "body_timeout": 60.0,
    "idle_connection_timeout": 120.0,
}


class RunningRequests:
    """How many requests are at work in this process."""

    def __init__(self) -> None:
        self.count = 0

    def entered(self) -> None:
        """One more."""
        self.count += 1

    def left(self) -> None:
        """One less."""
        self.count -= 1


def application(
    routes: Sequence[Route],
    *,
    gate: Gate,
    repeats: Repeats,
    running: RunningRequests,
    base_url: str,
    scripts: Iterable[str] = (),
    images: Iterable[str] = (),
    trusted_proxies: Iterable[str] = (),
    refusal_of: Callable[[BaseException | None], DomainError | None] = lambda _: None,
    **more: Any,
) -> Application:
    """Build the application.

    `scripts` are URLs of scripts of other hosts that pages may load, `images` origins of pictures.
    `refusal_of` tells which errors of the libraries below are outages, to be answered as such;
    `more` is for settings of Tornado's own.
    """
    return Application(
        list(routes),
        default_handler_class=NoPage,
        log_function=log_access,
        gate=gate,
        repeats=repeats,
        running=running,
        content_policy=policy(base_url, scripts, images),
        is_https=base_url.startswith("https:"),
        refusal_of=refusal_of,
        trusted_proxies=frozenset(trusted_proxies),
        serve_traceback=False,
        **more,
    )
