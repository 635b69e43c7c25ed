"""Everything that the sandbox's handlers work with, built in one place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from server.sandbox.alipay.signing import Keys as AlipayKeys
from server.sandbox.alipay.wire import AlipayWire
from server.sandbox.bell import Bell
from server.sandbox.clock import Clock
from server.sandbox.destinations import Destinations
from server.sandbox.draw import Draw
from server.sandbox.faults import Faults
from server.sandbox.inbox import Inbox
from server.sandbox.keys import SandboxKeys
from server.sandbox.kiosks import Kiosks
from server.sandbox.notices import NoticeQueue
from server.sandbox.payments import Payments
from server.sandbox.refunds import Refunds
from server.sandbox.sender import NoticeSender
from server.sandbox.sms.wire import ReportWire, of_aliyun, of_tencent
from server.sandbox.store import SandboxStore
from server.sandbox.transfers import Transfers
from server.sandbox.wechat.state import WeChat, build_wechat
from server.sandbox.wechatpay.signing import Seals
from server.sandbox.wechatpay.wire import WechatPayWire
from server.sandbox.wires import Wire

#: The one file under the data directory.
FILE = "sandbox.db"

#: [MEM] How long WeChat waits for a transfer's payee.
CONFIRM_SECONDS = 24 * 3600.0

#: What a wallet keeps of each payment for itself.
FEE_RATE = 0.006


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a sandbox is started with. `public_url` is how people's browsers reach it."""

    data: Path
    keys: SandboxKeys
    public_url: str
    notify_prefixes: Sequence[str]
    kiosks: Sequence[str] = ()
    confirm_seconds: float = CONFIRM_SECONDS  #: a transfer that waits longer has failed
    fee_rate: float = FEE_RATE
    durable: bool = True  #: what was answered survives a loss of power
    early_statements: bool = False  #: a day's bill can be had before the day is over
    sms_report_url: str = ""  #: where delivery reports go, with {vendor}; empty: nowhere
    sms_limits: bool = False  #: the SMS vendors' own limits per number hold
    asked_clock: Clock | None = None  #: judges requests' own time; None: the sandbox's clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The sandbox's collaborators."""

    settings: Settings
    keys: SandboxKeys
    clock: Clock
    asked_clock: Clock  #: another one where vendors' libraries cannot be told the time
    draw: Draw
    store: SandboxStore
    faults: Faults
    destinations: Destinations
    notices: NoticeQueue
    payments: Payments
    refunds: Refunds
    transfers: Transfers
    inbox: Inbox
    kiosks: Kiosks
    pages_bell: Bell
    wechat: WeChat
    sender: NoticeSender


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ground:
    """What everything else stands on."""

    settings: Settings
    clock: Clock
    draw: Draw
    store: SandboxStore
    faults: Faults
    notices: NoticeQueue

    def payments(self) -> Payments:
        return Payments(
            store=self.store,
            notices=self.notices,
            clock=self.clock,
            draw=self.draw,
            public_url=self.settings.public_url,
        )

    def refunds(self) -> Refunds:
        return Refunds(
            store=self.store,
            notices=self.notices,
            faults=self.faults,
            clock=self.clock,
            draw=self.draw,
        )

    def transfers(self) -> Transfers:
        return Transfers(
            store=self.store,
            notices=self.notices,
            faults=self.faults,
            clock=self.clock,
            draw=self.draw,
            public_url=self.settings.public_url,
            confirm_seconds=self.settings.confirm_seconds,
        )

    def wechat(self, pages_bell: Bell) -> WeChat:
        return build_wechat(
            self.settings.keys,
            store=self.store,
            notices=self.notices,
            clock=self.clock,
            draw=self.draw,
            public_url=self.settings.public_url,
            site_url=next(iter(self.settings.notify_prefixes), ""),
            rung=pages_bell.ring,
        )

    def wires(self, wechat: WeChat) -> dict[str, Wire]:
        keys, clock, draw = self.settings.keys, self.clock, self.draw
        return {
            "wechatpay": WechatPayWire(keys=keys, seals=Seals(keys), clock=clock, draw=draw),
            "alipay": AlipayWire(keys=AlipayKeys(keys), ids=keys, clock=clock, draw=draw),
            "aliyun": ReportWire(write=of_aliyun, taken="code", clock=clock, draw=draw),
            "tencent": ReportWire(write=of_tencent, taken="result", clock=clock, draw=draw),
            "wechat": wechat.wire,
        }


def build(settings: Settings, *, clock: Clock, draw: Draw) -> Parts:
    """Open the file and join the parts; nothing runs yet."""
    store = SandboxStore(settings.data / FILE, durable=settings.durable)
    faults = Faults(store)
    notices_bell, pages_bell = Bell(), Bell()
    notices = NoticeQueue(store=store, faults=faults, draw=draw, wake=notices_bell.ring)
    ground = _Ground(
        settings=settings, clock=clock, draw=draw, store=store, faults=faults, notices=notices
    )
    transfers, wechat = ground.transfers(), ground.wechat(pages_bell)
    sender = NoticeSender(
        queue=notices,
        wires=ground.wires(wechat),
        clock=clock,
        bell=notices_bell,
        before_each_look=transfers.expire_due,
    )
    return Parts(
        settings=settings,
        keys=settings.keys,
        clock=clock,
        asked_clock=settings.asked_clock or clock,
        draw=draw,
        store=store,
        faults=faults,
        destinations=Destinations(settings.notify_prefixes),
        notices=notices,
        payments=ground.payments(),
        refunds=ground.refunds(),
        transfers=transfers,
        inbox=Inbox(store=store, clock=clock, draw=draw),
        kiosks=Kiosks(settings.kiosks),
        pages_bell=pages_bell,
        wechat=wechat,
        sender=sender,
    )
