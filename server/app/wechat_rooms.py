"""Wiring of WeChat: its callback and conversation, log-ins, links, pages; optional, as a whole."""

from __future__ import annotations

from dataclasses import dataclass

from realtime.limits import Limits
from server.app.process import Process
from server.app.wechat import build_wechat
from server.providers.wechat.callback import Callback
from server.providers.wechat.menu import KEY_MY_ORDERS
from server.providers.wechat.ports import WeChatMessages
from server.services.money.payee_desk import WaitingPay
from server.services.refused import RefusedDesk
from server.services.wechat.conversation import Conversation
from server.services.wechat.handles import WeChatHandles
from server.services.wechat.inbox import WeChatInbox
from server.services.wechat.link_news import LinksTold
from server.services.wechat.links import WeChatLinks
from server.services.wechat.log_in import WeChatLogIns
from server.services.wechat.pages import WeChatPages
from server.services.wechat.strangers import Strangers
from server.services.wechat.work import Places, WeChatWork


@dataclass(frozen=True, slots=True, kw_only=True)
class WeChatRooms:
    """The services around WeChat; without an inbox the service account is not set up."""

    handles: WeChatHandles
    inbox: WeChatInbox | None
    log_ins: WeChatLogIns
    links: WeChatLinks
    pages: WeChatPages
    refused: RefusedDesk
    strangers: Strangers


def build_wechat_rooms(process: Process, places: Places | None) -> WeChatRooms:
    """Build them; `places` takes couriers' places, where this process has the feed for them."""
    bases, stores = process.bases, process.stores
    given, base_url = bases.settings.providers, bases.settings.http.base_url
    clients = build_wechat(
        given, redis=bases.redis, http=bases.http, clock=bases.clock, draw=bases.draw
    )
    handles = WeChatHandles(
        logins=stores.wechat_logins,
        accounts=stores.wechat_accounts,
        index=bases.index,
        clock=bases.clock,
        draw=bases.draw,
    )
    links = WeChatLinks(
        accounts=stores.wechat_accounts,
        news=stores.wechat_news,
        handles=handles,
        people=process.accounts.accounts,
        told=LinksTold(news=stores.wechat_news, teller=process.orders.notices.notices),
        pay=WaitingPay(payouts=stores.payouts, clock=bases.clock),
        clock=bases.clock,
        draw=bases.draw,
    )
    return WeChatRooms(
        handles=handles,
        inbox=(
            None
            if clients.client is None or clients.callback is None
            else _inbox(process, clients.callback, clients.client, places)
        ),
        log_ins=WeChatLogIns(
            service=clients.client,
            mini=clients.mini,
            accounts=stores.wechat_accounts,
            handles=handles,
            links=links,
            people=process.accounts.accounts,
            limits=Limits(bases.redis, clock=bases.clock),
            index=bases.index,
            base_url=base_url,
            clock=bases.clock,
        ),
        links=links,
        pages=WeChatPages(
            service=clients.client,
            has_mini=clients.mini is not None,
            accounts=stores.wechat_accounts,
            windows=stores.wechat_windows,
            visits=stores.visits,
            base_url=base_url,
            jssdk_url=given.wechat.jssdk_url if given.wechat else "",
            clock=bases.clock,
        ),
        refused=RefusedDesk(
            refused=stores.refused_notices, rules=bases.settings.rules, clock=bases.clock
        ),
        strangers=Strangers(
            accounts=stores.wechat_accounts, rules=bases.settings.rules, clock=bases.clock
        ),
    )


def _inbox(
    process: Process, callback: Callback, messages: WeChatMessages, places: Places | None
) -> WeChatInbox:
    bases, stores, doors = process.bases, process.stores, process.orders.doors
    base_url, given = bases.settings.http.base_url, bases.settings.providers.wechat
    return WeChatInbox(
        callback=callback,
        accounts=stores.wechat_accounts,
        events=stores.wechat_events,
        windows=stores.wechat_windows,
        refused=stores.refused_notices,
        work=WeChatWork(
            accounts=stores.wechat_accounts,
            windows=stores.wechat_windows,
            deliveries=stores.wechat_deliveries,
            people=stores.people,
            places=places,
            clock=bases.clock,
        ),
        talk=Conversation(
            accounts=stores.wechat_accounts,
            people=stores.people,
            orders=stores.orders,
            visits=stores.visits,
            starts=doors.visits,
            base_url=base_url,
            my_orders_key=KEY_MY_ORDERS,
            clock=bases.clock,
        ),
        messages=messages,
        base_url=base_url,
        keeps_places=given is not None and given.location,
        tasks=bases.tasks,
        clock=bases.clock,
    )
