"""Every route of the HTTP API as the code declares it: for documents, and for tests that walk all.

A route's contract is the docstring of its method: what it reads, what it answers.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import web
from handlers.access import METHODS, Access, Who, access_of
from handlers.base import ApiHandler
from handlers.routes import Services, all_routes
from handlers.sockets.base import SocketHandler

PLACEHOLDER = re.compile(r"\(\?P<(\w+)>(?:\[[^]]*\])?[^)]*\)")

CALLERS = {
    Who.ANYONE: "anyone",
    Who.MAYBE_PERSON: "anyone; signed in if a token is sent",
    Who.PERSON: "signed in",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiRoute:
    """One verb of one path."""

    verb: str
    path: str  #: with `{name}` where a part is chosen
    access: Access
    contract: str
    handler: type[ApiHandler]

    @property
    def who(self) -> str:
        """Say who may call it."""
        if isinstance(self.access.who, Who):
            return CALLERS[self.access.who]
        return "staff: " + ", ".join(sorted({*self.access.who, "admin"}))


def api_routes() -> tuple[ApiRoute, ...]:
    """List all methods of all routes in the table's order."""
    return tuple(
        ApiRoute(
            verb=name.upper(),
            path=path,
            access=access,
            contract=_contract(getattr(handler, name)),
            handler=handler,
        )
        for path, handler in _listed()
        if issubclass(handler, ApiHandler)
        for name in METHODS
        if (access := access_of(getattr(handler, name))) is not None
    )


def route_table() -> str:
    """Write the routes as a Markdown table; ↻ marks those that take an `Idempotency-Key`."""
    lines = ["| route | who | what |", "|---|---|---|"]
    for route in api_routes():
        again = " ↻" if route.access.idempotent else ""
        lines.append(f"| `{route.verb} {route.path}`{again} | {route.who} | {route.contract} |")
    for path, handler in _listed():
        if issubclass(handler, SocketHandler):
            what = _contract(handler).partition(": ")[2]
            lines.append(f"| `WS {path}` | its first frame tells | {what} |")
    return "\n".join(lines)


def _listed() -> Iterator[tuple[str, type]]:
    # Services are handed through to handlers, and untouched while routes are listed.
    untouched: dict[str, Any] = {field.name: None for field in fields(Services)}
    for pattern, handler, *_ in all_routes(Services(**untouched), Path(web.__file__).parent):
        yield PLACEHOLDER.sub(r"{\1}", pattern).replace(r"\.", "."), handler


def _contract(documented: object) -> str:
    first = (inspect.getdoc(documented) or "").split("\n\n")[0]
    return first.replace("\n", " ").replace("|", "\\|")
