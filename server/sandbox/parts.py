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
from server.sandbox.wires import SignedWire, Wire

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
    key: bytes
    public_url: str
    notify_prefixes: Sequence[str]
    kiosks: Sequence[str] = ()
    keys: SandboxKeys | None = None  #: None: only the first sandbox's signed JSON is spoken
    confirm_seconds: float = CONFIRM_SECONDS  #: a transfer that waits longer has failed
    fee_rate: float = FEE_RATE
    early_statements: bool = False  #: a day's bill can be had before the day is over
    sms_report_url: str = ""  #: where delivery reports go, with {vendor}; empty: nowhere
    sms_limits: bool = False  #: the SMS vendors' own limits per number hold
    asked_clock: Clock | None = None  #: judges requests' own time; None: the sandbox's clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The sandbox's collaborators."""

    key: bytes
    keys: SandboxKeys | None
    clock: Clock
    asked_clock: Clock  #: another one where vendors' libraries cannot be told the time
    draw: Draw
    public_url: str
    fee_rate: float
    early_statements: bool
    sms_report_url: str
    sms_limits: bool
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
    wechat: WeChat | None
    sender: NoticeSender


def build(settings: Settings, *, clock: Clock, draw: Draw) -> Parts:
    """Open the file and join the parts; nothing runs yet."""
    store = SandboxStore(settings.data / FILE)
    faults = Faults(store)
    notices_bell = Bell()
    notices = NoticeQueue(store=store, faults=faults, draw=draw, wake=notices_bell.ring)
    payments = Payments(
        store=store, notices=notices, clock=clock, draw=draw, public_url=settings.public_url
    )
    refunds = Refunds(store=store, notices=notices, faults=faults, clock=clock, draw=draw)
    transfers = Transfers(
        store=store,
        notices=notices,
        faults=faults,
        clock=clock,
        draw=draw,
        public_url=settings.public_url,
        confirm_seconds=settings.confirm_seconds,
    )
    pages_bell = Bell()
    wechat = None
    if settings.keys is not None:
        wechat = build_wechat(
            settings.keys,
            store=store,
            notices=notices,
            clock=clock,
            draw=draw,
            public_url=settings.public_url,
            site_url=next(iter(settings.notify_prefixes), ""),
            rung=pages_bell.ring,
        )
    return Parts(
        key=settings.key,
        keys=settings.keys,
        clock=clock,
        asked_clock=settings.asked_clock or clock,
        draw=draw,
        public_url=settings.public_url,
        fee_rate=settings.fee_rate,
        early_statements=settings.early_statements,
        sms_report_url=settings.sms_report_url,
        sms_limits=settings.sms_limits,
        store=store,
        faults=faults,
        destinations=Destinations(settings.notify_prefixes),
        notices=notices,
        payments=payments,
        refunds=refunds,
        transfers=transfers,
        inbox=Inbox(store=store, clock=clock, draw=draw),
        kiosks=Kiosks(settings.kiosks),
        pages_bell=pages_bell,
        wechat=wechat,
        sender=NoticeSender(
            queue=notices,
            wires=_wires(settings, wechat, clock, draw),
            clock=clock,
            bell=notices_bell,
            before_each_look=transfers.expire_due,
        ),
    )


def _wires(settings: Settings, wechat: WeChat | None, clock: Clock, draw: Draw) -> dict[str, Wire]:
    wires: dict[str, Wire] = {"signed": SignedWire(key=settings.key, clock=clock, draw=draw)}
    if settings.keys is not None:
        ids = settings.keys
        seals = Seals(ids)
        wires["wechatpay"] = WechatPayWire(keys=ids, seals=seals, clock=clock, draw=draw)
        wires["alipay"] = AlipayWire(keys=AlipayKeys(ids), ids=ids, clock=clock, draw=draw)
    wires["aliyun"] = ReportWire(write=of_aliyun, taken="code", clock=clock, draw=draw)
    wires["tencent"] = ReportWire(write=of_tencent, taken="result", clock=clock, draw=draw)
    if wechat is not None:
        wires["wechat"] = wechat.wire
    return wires
