"""The hub: this process's sockets, bounded one by one, and what they hear."""

from realtime.hub.connection import Connection, Outlet
from realtime.hub.frames import text_frame
from realtime.hub.hub import Hub, Session
from realtime.hub.links import TerminalLink, TerminalLinks
from realtime.hub.rooms import Rooms, Subscription

__all__ = [
    "Connection",
    "Hub",
    "Outlet",
    "Rooms",
    "Session",
    "Subscription",
    "TerminalLink",
    "TerminalLinks",
    "text_frame",
]
