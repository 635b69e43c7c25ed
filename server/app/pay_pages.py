"""Wiring of pay pages, whose ways to pay follow from what is set up, and of confirmations."""

from __future__ import annotations

from handlers.pay_pages import PayServices
from realtime.limits import Limits
from server.app.process import Process
from server.domain.payments import PayWay
from server.services.money.pay_pages import PayPages
from server.services.wechat.handles import WeChatHandles
from server.settings import ProviderSettings


def build_pay_pages(process: Process, handles: WeChatHandles) -> PayServices:
    """Build them."""
    bases, stores, wallets = process.bases, process.stores, process.wallets
    money = process.orders.money
    return PayServices(
        codes=money.pay_codes,
        pages=PayPages(
            codes=stores.pay_codes,
            orders=stores.orders,
            terminals=stores.terminals,
            payments=money.payments,
            ways=[way for way in PayWay if _is_offered(way, process)],
            handles=handles,
            signer=wallets.wechat,
            limits=Limits(bases.redis, clock=bases.clock),
            index=bases.index,
            clock=bases.clock,
        ),
        confirmations=money.confirmations,
    )


def _is_offered(way: PayWay, process: Process) -> bool:
    if way is PayWay.JSAPI and not _pays_by_our_openids(process.bases.settings.providers):
        return False
    return way.wallet in process.wallets.pay


def _pays_by_our_openids(given: ProviderSettings) -> bool:
    """Tell whether log-ins of the service account give the openids that the merchant knows."""
    if given.wechat is None or given.wechatpay is None:
        return False
    return given.wechat.app.app_id == given.wechatpay.app_id
