"""The agent's own screens, while an offline grant opens a door: no server is asked.

Pure: what happened at the door in, the view to show and for how long out. The steps are the
server's own (`KioskStep`), so the page draws them as it always does; a message is
"中文 / English".
"""

from __future__ import annotations

from dataclasses import dataclass

from realtime.wire.grants import Grant
from realtime.wire.terminal import DoorEvent, DoorEventKind, DoorState, KioskStep, KioskView

#: How long a screen stays when nothing more happens, seconds.
OPENING_SECONDS = 30.0
OPEN_SECONDS = 180.0
JAMMED_SECONDS = 45.0
DONE_SECONDS = 8.0
REFUSED_SECONDS = 12.0

_DONE = "完成，谢谢！联网后自动上报 / Done, thank you. It is reported when the link is back"
_LEFT_OPEN = "门还开着，请关好门 / The door is still open: please close it"
_JAMMED = (
    "门没有打开。离线码只能用一次，请联系客服"
    " / The door did not open. The code counts once only: please call customer service"
)
_NOT_SENT = (
    "没有开门，请再出示一次离线码 / The door was not opened: please show your offline code again"
)

K = DoorEventKind


@dataclass(frozen=True, slots=True)
class LocalScreen:
    """A view of the agent's own, and how long it stays."""

    view: KioskView
    seconds: float


def refused(message: str) -> LocalScreen:
    """Show why a scanned code opens nothing."""
    return LocalScreen(
        KioskView(version=0, step=KioskStep.FAILED, message=message), REFUSED_SECONDS
    )


def after(grant: Grant, event: DoorEvent) -> LocalScreen | None:
    """Tell what to show after an event of the grant's command; None when nothing changes."""
    match event.kind:
        case K.ASKED:
            return _screen(grant, KioskStep.DOOR_OPENING, OPENING_SECONDS)
        case K.SENSED_OPEN:
            return _open(grant)
        case K.CHANGED_DURING_OUTAGE:
            return _open(grant) if event.state is DoorState.OPEN else _done(grant)
        case K.LEFT_OPEN:
            return _screen(grant, KioskStep.DOOR_OPEN, OPEN_SECONDS, _LEFT_OPEN)
        case K.SENSED_CLOSED:
            return _done(grant)
        case K.JAMMED:
            return _screen(grant, KioskStep.DOOR_JAMMED, JAMMED_SECONDS, _JAMMED)
        case K.REFUSED:
            return _screen(grant, KioskStep.FAILED, REFUSED_SECONDS, _NOT_SENT)
        case _:
            return None


def _open(grant: Grant) -> LocalScreen:
    return _screen(grant, KioskStep.DOOR_OPEN, OPEN_SECONDS)


def _done(grant: Grant) -> LocalScreen:
    return _screen(grant, KioskStep.DONE, DONE_SECONDS, _DONE)


def _screen(
    grant: Grant, step: KioskStep, seconds: float, message: str | None = None
) -> LocalScreen:
    role = "deposit" if grant.purpose == "deposit" else "pickup"
    view = KioskView(version=0, step=step, role=role, message=message, cell=grant.cell)
    return LocalScreen(view, seconds)
