"""The WebSocket handlers, and their routes."""

from __future__ import annotations

from handlers.application import Route
from handlers.sockets.base import SocketSettings
from handlers.sockets.person import PersonSocket, PersonSockets
from handlers.sockets.terminal import TerminalSocket, TerminalSockets

__all__ = [
    "PersonSocket",
    "PersonSockets",
    "SocketSettings",
    "TerminalSocket",
    "TerminalSockets",
    "routes",
]


def routes(people: PersonSockets, terminals: TerminalSockets) -> list[Route]:
    """List the sockets' routes."""
    return [
        (r"/v1/socket", PersonSocket, {"deps": people}),
        (r"/v1/terminal", TerminalSocket, {"deps": terminals}),
    ]
