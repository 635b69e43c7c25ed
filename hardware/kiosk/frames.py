"""What the kiosk page and the agent say to each other, and GET /state. Loopback only."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from hardware.kiosk.screen import Notice, Role, Screen
from realtime.wire.cabinets import CabinetLayout
from realtime.wire.envelope import Failure
from realtime.wire.health import BoardHealth
from realtime.wire.terminal import DoorReading, KioskAction, KioskView

#: Longest text of one scan.
MAX_SCAN_TEXT = 512


class PageInput(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag="input",
    tag_field="type",
):
    """A button or a scan, within the visit and view that the page was showing."""

    visit_id: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    action: KioskAction
    value: Annotated[str, msgspec.Meta(max_length=256)] | None = None


class PageWish(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag="want",
    tag_field="type",
):
    """寄件 or 揽件 on the welcome screen; null takes it back."""

    role: Role | None


class PageScan(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag="scan",
    tag_field="type",
):
    """What a scanner typed, and the visit that was showing; a text for this agent's eyes only."""

    value: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_SCAN_TEXT)]
    visit_id: Annotated[str, msgspec.Meta(max_length=64)] | None = None

    def __repr__(self) -> str:
        """Leave the text out: it may be a key."""
        return f"PageScan({len(self.value)} characters)"


FromPage = PageInput | PageWish | PageScan


class PageAnswer(msgspec.Struct, frozen=True, kw_only=True, tag="answer", tag_field="type"):
    """What became of an input; `message` is for the person, unless the page words its `rule`."""

    ok: bool
    code: str | None = None
    message: str | None = None
    rule: str | None = None


class QrState(msgspec.Struct, frozen=True, kw_only=True):
    """The turning QR: where it leads and until when."""

    url: str
    expires_at: datetime
    image: str


class PageScreen(msgspec.Struct, frozen=True, kw_only=True, tag="screen", tag_field="type"):
    """All that the page shows; the newest replaces everything before."""

    terminal_id: str
    name: str
    link: str
    link_message: str
    view: KioskView
    expires_in_seconds: float | None
    qr: QrState | None
    pay_image: str | None
    role_wanted: Role | None
    #: The view is the agent's own.
    local: bool
    #: The terminal is offline, and an offline code would open its door.
    takes_grants: bool
    #: What the person should know of a scan that no page sent.
    notice: Notice | None
    #: What is wrong with the machine: disk, ports, clock.
    troubles: tuple[str, ...]


class PortState(msgspec.Struct, frozen=True, kw_only=True):
    """One port in GET /state: whether it can be used, and what it went through so far."""

    device: str
    state: str
    #: Why it is not ready, for people.
    why: str | None
    openings: int
    losses: int
    exchanges: int
    silences: int
    dropped_bytes: int
    checksum_errors: int
    is_echoing: bool


class Frames(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to GET /frames: the last lines of one port's frame log, the newest last."""

    port: int
    device: str
    lines: tuple[str, ...]
    type: Literal["frames"] = "frames"


class DrawnDoor(msgspec.Struct, frozen=True, kw_only=True):
    """Where one door lies as one stands before it: columns from the left, rows from the top."""

    cell: int
    column: int
    row: int
    height: float


class DrawnCabinet(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to GET /cabinet: how the doors lie."""

    cells: tuple[DrawnDoor, ...]
    #: The configuration says so; a guess is not drawn, since it would send people to wrong doors.
    is_drawn: bool


class State(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to GET /state."""

    terminal_id: str
    name: str
    agent_version: str
    link: str
    link_message: str
    epoch: int | None
    server_time: datetime
    view: KioskView
    #: What the QR shown now leads to; a phone is sent there by scanning it.
    qr_url: str | None
    qr_expires_at: datetime | None
    role_wanted: Role | None
    doors: tuple[DoorReading, ...]
    ports: tuple[str, ...]
    lines: tuple[PortState, ...]
    #: Each board of each port: whether it answers, and what it refuses with.
    boards: tuple[BoardHealth, ...]
    spool_id: str
    spooled: int
    #: What the spool's file system has left; null where it cannot be asked.
    disk_free_bytes: int | None
    #: The disk: "ready", "low", or why no door is opened: "spool_full", "full", "fault".
    disk: str
    #: What is wrong with the machine, as the kiosk's page shows it.
    troubles: tuple[str, ...]
    #: An offline code would be looked at now.
    takes_grants: bool
    #: The serial scanner: "ready", or why it is not; null where there is none.
    scanner: str | None
    #: How far the machine's wall clock is ahead of the server's; null while that is not known.
    clock_off_by_seconds: float | None
    #: Since the agent's start.
    uptime_seconds: float
    type: Literal["state"] = "state"


def drawn_cabinet(layout: CabinetLayout) -> DrawnCabinet:
    """Take from a layout what the page draws."""
    return DrawnCabinet(
        cells=tuple(
            DrawnDoor(cell=one.cell, column=one.column, row=one.row, height=one.height)
            for one in layout.cells
        ),
        is_drawn=layout.is_drawn,
    )


def page_screen(screen: Screen, now: datetime) -> PageScreen:
    """Make the frame that shows the screen as it is now."""
    view = screen.view()
    qr = screen.qr()
    left = None
    if view.expires_at is not None:
        left = max(0.0, (view.expires_at - now).total_seconds())
    return PageScreen(
        terminal_id=screen.terminal_id,
        name=screen.config.name if screen.config else screen.terminal_id,
        link=screen.link,
        link_message=screen.link_message,
        view=view,
        expires_in_seconds=left,
        qr=QrState(url=qr.url, expires_at=qr.expires_at, image=qr.image) if qr else None,
        pay_image=screen.pay_image(),
        role_wanted=screen.role_wanted(),
        local=screen.is_local,
        takes_grants=screen.takes_grants,
        notice=screen.notice(),
        troubles=screen.troubles,
    )


def page_answer(failure: Failure | None) -> PageAnswer:
    """Make the frame that tells the page what became of its input."""
    if failure is None:
        return PageAnswer(ok=True)
    return PageAnswer(ok=False, code=failure.code, message=failure.message, rule=failure.rule)
