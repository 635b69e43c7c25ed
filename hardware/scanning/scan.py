"""What the scanner read: an offline grant, or something of the running visit.

One door for both scanners, the one that types into the kiosk's page and the serial one. A
grant's text is a key: it is neither shown nor logged; the grant's id is what logs name.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime

from hardware.cabinet.cabinet import Cabinet
from hardware.clock import ServerClock
from hardware.kiosk import local
from hardware.kiosk.screen import Screen
from hardware.link.link import LinkState
from hardware.scanning.grants import Bad, Here, Why, check, find_grant
from realtime.wire.envelope import Failure, Reply
from realtime.wire.grants import Grant
from realtime.wire.terminal import DoorEvent, DoorEventKind, KioskAction, KioskStep

log = logging.getLogger(__name__)

#: Longest text that is handed to the server.
MAX_SCAN = 256

Ask = Callable[[str, KioskAction, str | None], Awaitable[Reply | Failure]]

#: Said to the person, by reason: the grant's own, then those of the cabinet.
WORDS: dict[str, tuple[str, str]] = {
    Why.NOT_A_GRANT: ("看不懂这个离线码，请再扫一次", "This code cannot be read: scan it again"),
    Why.NO_KEYS: ("本终端还不能用离线码", "This terminal cannot take offline codes yet"),
    Why.BAD_SIGNATURE: ("离线码无效", "This offline code is not valid"),
    Why.OTHER_TERMINAL: ("这个离线码属于另一台终端", "This code belongs to another terminal"),
    Why.ONLINE: (
        "终端在线，请用手机开门；若手机提示终端离线，请一分钟后再试",
        "The terminal is online: open with your phone. If that fails, try again in a minute",
    ),
    Why.REPLACED: (
        "本终端已被替换，请联系客服",
        "This terminal was replaced: call customer service",
    ),
    Why.NO_CLOCK: (
        "终端重启后还没有联网，无法核对时间，请联系客服",
        "The terminal restarted without a link and cannot tell the time: call customer service",
    ),
    Why.NOT_YET: (
        "离线码尚未生效，请联系客服",
        "This code is not valid yet: call customer service",
    ),
    Why.LATE: ("离线码已过期，请联系客服", "This code has expired: please call customer service"),
    Why.FORGOTTEN: (
        "终端更换过存储，旧离线码不能再用，请联系客服",
        "The terminal's storage was replaced, older codes no longer count: call customer service",
    ),
    Why.UNKNOWN_CELL: (
        "本终端没有这个格口，请联系客服",
        "No such cell here: call customer service",
    ),
    "used": (
        "离线码已用过，请联系客服",
        "This code was used already: please call customer service",
    ),
    "withdrawn": ("离线码已作废", "This code was withdrawn"),
    "out_of_service": ("格口停用，请联系客服", "The cell is out of service: call customer service"),
    "disk": (
        "终端存储有故障，暂时不能开门",
        "The terminal cannot write to its disk: no door can be opened now",
    ),
    "busy": ("这扇门正在开，请稍候再试", "This door is at work: try again shortly"),
    "unreachable": (
        "锁控板没有应答，请稍后再试",
        "The lock board does not answer: try again shortly",
    ),
}
_NOT_NOW = ("暂时开不了门，请稍后再试", "The door cannot be opened now: try again shortly")

_STALE = Failure(code="stale", message="画面已更新，请再扫一次 Screen changed, scan again")
_NO_VISIT = Failure(
    code="nothing_to_scan",
    message="请先用微信扫屏幕上的码 First scan the screen's code with WeChat",
)
_TOO_LONG = Failure(code="not_a_waybill", message="这不是面单 This is not a waybill")


class Scanning:
    """Takes what was scanned; `heard` must be told of the cabinet's events."""

    def __init__(self, screen: Screen, cabinet: Cabinet, clock: ServerClock, ask: Ask) -> None:
        #: From when on the disk remembers used grants; None while it never met the server.
        self.remembers_since: datetime | None = None
        self._screen = screen
        self._cabinet = cabinet
        self._clock = clock
        self._ask = ask
        #: The grant whose door the screen shows; its code read again changes nothing.
        self._shown: Grant | None = None

    async def scan(self, text: str, visit_id: str | None = None) -> Failure | None:
        """Do what a scanned text asks for; a `Failure` tells the person why not.

        `visit_id` is the visit that was showing where the text was read: empty when none was,
        None when that is not known.
        """
        grant_text = find_grant(text)
        if grant_text is not None:
            return await self._use(grant_text)
        view = self._screen.view()
        if visit_id is not None and visit_id != (view.visit_id or ""):
            return _STALE
        if view.visit_id is None or KioskAction.SCAN not in view.actions:
            return _NO_VISIT
        if len(text) > MAX_SCAN:
            return _TOO_LONG
        answer = await self._ask(view.visit_id, KioskAction.SCAN, text)
        return answer if isinstance(answer, Failure) else None

    def heard(self, events: list[DoorEvent]) -> None:
        """Let the screen follow the grant's door."""
        for event in events:
            grant = self._shown
            if grant is None or event.command_id != grant.grant_id:
                continue
            shown = local.after(grant, event)
            if shown is not None:
                self._screen.show_local(shown)
            if event.kind is DoorEventKind.REFUSED:
                self._shown = None  # certainly not sent: it may be shown again

    async def _use(self, text: str) -> Failure | None:
        verdict = check(text, self._here())
        if isinstance(verdict, Bad):
            log.warning("grant refused", extra={"why": verdict.why})
            return self._refuse(verdict.why)
        grant = verdict.grant
        if self._is_showing(grant):
            return None  # a scanner reads a code that it still sees again and again
        # Shown first: the events of an intent come before its answer.
        before, self._shown = self._shown, grant
        refusal = await self._cabinet.take_grant(grant.grant_id, grant.cell, verdict.not_after)
        told = {"grant": grant.grant_id, "cell": grant.cell}
        if refusal is None:
            log.info("grant taken", extra=told)
            return None
        log.warning("grant refused", extra={"why": refusal.reason, **told})
        if self._shown is grant:
            self._shown = before
        return self._refuse(refusal.reason)

    def _is_showing(self, grant: Grant) -> bool:
        is_shown = self._shown is not None and self._shown.grant_id == grant.grant_id
        is_refusal = self._screen.view().step is KioskStep.FAILED
        return is_shown and self._screen.is_local and not is_refusal

    def _is_at_work(self) -> bool:
        """Tell whether a person is in the middle of a grant's opening."""
        step = self._screen.view().step
        return self._screen.is_local and step in (KioskStep.DOOR_OPENING, KioskStep.DOOR_OPEN)

    def _here(self) -> Here:
        config = self._screen.config
        error_seconds = self._clock.error_seconds()
        return Here(
            terminal_id=self._screen.terminal_id,
            keys=config.grant_keys if config is not None else (),
            cells=self._cabinet.cells,
            link=self._screen.link,
            now=self._clock.now() if error_seconds is not None else None,
            error_seconds=error_seconds or 0.0,
            remembers_since=self.remembers_since,
        )

    def _refuse(self, reason: str) -> Failure:
        """Say why: on the whole screen where nothing else is going on."""
        chinese, english = WORDS.get(reason, _NOT_NOW)
        if not self._is_at_work() and self._screen.link is not LinkState.UP:
            self._screen.show_local(local.refused(f"{chinese} / {english}"))
        return Failure(code=reason, message=f"{chinese} {english}")
