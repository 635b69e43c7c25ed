"""What the kiosk shows now: the server's view, the turning QR, the link, the role wanted.

Time is passed in by the clock it is given; nothing here opens a socket. Those who show the
screen subscribe, and are woken when it changed.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

import segno

from hardware.clock import ServerClock
from hardware.kiosk.local import LocalScreen
from hardware.link.link import LinkState
from hardware.scanning.grants import takes_grants
from realtime.wire.kiosk import kiosk_path, kiosk_step
from realtime.wire.terminal import KioskAction, KioskStep, KioskView, TerminalConfig

#: How long what a person should know of a scan is shown, seconds.
NOTICE_SECONDS = 6.0
#: How long a pressed 寄件 or 揽件 is remembered while nobody has scanned yet.
ROLE_KEPT_SECONDS = 120.0

_WELCOME = KioskView(version=0, step=KioskStep.WELCOME)


class Role(StrEnum):
    """What the person came for."""

    DEPOSIT = "deposit"  #: 寄件
    PICKUP = "pickup"  #: 揽件


@dataclass(frozen=True, slots=True)
class KioskQr:
    """The QR of one step, as URL and as an SVG data URI."""

    url: str
    image: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Notice:
    """A word to the person that no page asked for; a newer one has a higher number."""

    number: int
    message: str


class Screen:
    """The state of the kiosk."""

    def __init__(self, terminal_id: str, clock: ServerClock) -> None:
        self.terminal_id = terminal_id
        self.config: TerminalConfig | None = None
        self.link = LinkState.DOWN
        self.link_message = ""
        #: What is wrong with the machine, for people; the worst first.
        self.troubles: tuple[str, ...] = ()
        #: Shown instead of the welcome while no door can be opened at all.
        self._closed: KioskView | None = None
        self._clock = clock
        self._view = _WELCOME
        #: Views of an older server connection are not compared by version.
        self._takes_any_version = True
        #: The agent's own screen, and until when (monotonic) it outranks the server's.
        self._local: KioskView | None = None
        self._local_until = 0.0
        self._notice: Notice | None = None
        self._notice_until = 0.0
        self._role: Role | None = None
        self._role_until = 0.0
        self._watchers: set[asyncio.Event] = set()
        #: The QR of the step it was drawn for: drawing takes milliseconds.
        self._drawn: tuple[str, KioskQr] | None = None
        #: The payment QR last drawn, by its text.
        self._drawn_pay: tuple[str, str] = ("", "")

    # What happened

    def configure(self, config: TerminalConfig) -> None:
        """Take a newer configuration."""
        self.config = config
        self.changed()

    def set_link(self, state: LinkState, message: str) -> None:
        """Take the link's state; a new connection may count its views from the start."""
        if state is LinkState.UP:
            self._takes_any_version = True
            if self._local is not None and self._local.step is KioskStep.FAILED:
                self._local = None  # it said why nothing works offline
        self.link = state
        self.link_message = message
        self.changed()

    def set_troubles(self, troubles: tuple[str, ...], *, is_closed: bool) -> None:
        """Take what is wrong with the machine now; when closed, nobody new is invited."""
        self.troubles = troubles
        self._closed = None
        if is_closed and troubles:
            self._closed = KioskView(version=0, step=KioskStep.FAILED, message=troubles[0])
        self.changed()

    def show(self, view: KioskView) -> None:
        """Take a view from the server; an older one changes nothing."""
        if not self._takes_any_version and view.version <= self._view.version:
            return
        self._takes_any_version = False
        ended = self._view.visit_id is not None and view.visit_id is None
        if ended:
            self._role = None
        if view.visit_id is not None:
            self._local = None
        self._view = view
        self.changed()

    def show_local(self, shown: LocalScreen) -> None:
        """Show the agent's own view for its time, until the server shows one of a visit."""
        self._local = shown.view
        self._local_until = self._clock.monotonic() + shown.seconds
        self.changed()

    def notify(self, message: str) -> None:
        """Tell the person something beside the view, for a while."""
        number = self._notice.number + 1 if self._notice is not None else 1
        self._notice = Notice(number, message)
        self._notice_until = self._clock.monotonic() + NOTICE_SECONDS
        self.changed()

    def want(self, role: Role | None) -> None:
        """Remember what the person came for, until a visit runs."""
        self._role = role
        self._role_until = self._clock.monotonic() + ROLE_KEPT_SECONDS
        self.changed()

    def choice_to_send(self) -> Role | None:
        """Hand over the remembered role, once, when the running visit asks for it."""
        view = self.view()
        role = self.role_wanted()
        if role is None or view.visit_id is None or KioskAction.CHOOSE_ROLE not in view.actions:
            return None
        self._role = None
        return role

    # What is shown

    def view(self) -> KioskView:
        """Tell what to show now: the agent's own, the server's, or the welcome once it expired."""
        if self._local is not None and self.is_local:
            return self._local
        expires_at = self._view.expires_at
        is_over = expires_at is not None and self._clock.now() >= expires_at
        shown = _WELCOME if is_over else self._view
        if self._closed is not None and shown.visit_id is None:
            return self._closed
        return shown

    @property
    def is_local(self) -> bool:
        """Tell whether the agent's own view is showing."""
        return self._local is not None and self._clock.monotonic() < self._local_until

    @property
    def takes_grants(self) -> bool:
        """Tell whether an offline code would be looked at now."""
        has_keys = self.config is not None and bool(self.config.grant_keys)
        return has_keys and self._clock.is_measured and takes_grants(self.link)

    def notice(self) -> Notice | None:
        """Tell what was said last, while it still is."""
        return self._notice if self._clock.monotonic() < self._notice_until else None

    def role_wanted(self) -> Role | None:
        """Tell the remembered role."""
        if self._clock.monotonic() >= self._role_until:
            self._role = None
        return self._role

    def qr(self) -> KioskQr | None:
        """Draw the QR of the present step; None while there is no usable configuration."""
        config = self.config
        key = _key(config.kiosk_key) if config else b""
        if config is None or not key or config.kiosk_step_seconds <= 0:
            return None
        step = kiosk_step(self._clock.now().timestamp(), config.kiosk_step_seconds)
        url = config.kiosk_url + kiosk_path(key, self.terminal_id, step)
        if self._drawn is None or self._drawn[0] != url:
            ends = datetime.fromtimestamp((step + 1) * config.kiosk_step_seconds, UTC)
            self._drawn = (url, KioskQr(url, qr_image(url), ends))
        return self._drawn[1]

    def pay_image(self) -> str | None:
        """Draw the payment QR of the present view, if it has one."""
        pay_url = self.view().pay_url
        if not pay_url:
            return None
        if self._drawn_pay[0] != pay_url:
            self._drawn_pay = (pay_url, qr_image(pay_url))
        return self._drawn_pay[1]

    def seconds_to_change(self) -> float:
        """Tell when time alone will change what is shown: a new step, an expired view."""
        now = self._clock.now()
        ends = [now.timestamp() + 60.0]
        qr = self.qr()
        if qr is not None:
            ends.append(qr.expires_at.timestamp())
        if self._view.expires_at is not None and self._view.expires_at > now:
            ends.append(self._view.expires_at.timestamp())
        untils = [self._role_until] if self._role is not None else []
        if self._local is not None and self.is_local:
            untils.append(self._local_until)
        ends += [now.timestamp() + until - self._clock.monotonic() for until in untils]
        return max(0.01, min(ends) - now.timestamp())

    # Subscribers

    @contextmanager
    def watched(self) -> Iterator[asyncio.Event]:
        """Give an event that is set whenever the screen changed, while the block runs."""
        event = asyncio.Event()
        self._watchers.add(event)
        try:
            yield event
        finally:
            self._watchers.discard(event)

    def changed(self) -> None:
        """Wake everyone who shows the screen."""
        for event in self._watchers:
            event.set()


def qr_image(text: str) -> str:
    """Draw a QR code as an SVG data URI."""
    return str(segno.make_qr(text, error="m").svg_data_uri(border=2))


def _key(text: str) -> bytes:
    """Decode base64url, padded or not; empty when it is not that."""
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return b""
