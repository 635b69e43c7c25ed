"""WeChat's stand-in as one thing, joined from its parts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from server.sandbox.clock import Clock
from server.sandbox.keys import SandboxKeys
from server.sandbox.notices import NoticeQueue
from server.sandbox.store import SandboxStore
from server.sandbox.wechat.logins import Logins
from server.sandbox.wechat.messages import Messages
from server.sandbox.wechat.people import People
from server.sandbox.wechat.pushes import CALLBACK_PATH, Pushes
from server.sandbox.wechat.scenes import Menu, Scenes
from server.sandbox.wechat.templates import LIBRARY, Templates
from server.sandbox.wechat.tokens import Tokens
from server.sandbox.wechat.wire import WeChatWire


@dataclass(frozen=True, slots=True, kw_only=True)
class WeChat:
    """The service account and the mini program."""

    keys: SandboxKeys
    tokens: Tokens
    people: People
    logins: Logins
    scenes: Scenes
    menu: Menu
    templates: Templates
    messages: Messages
    pushes: Pushes
    wire: WeChatWire


def build_wechat(
    keys: SandboxKeys,
    *,
    store: SandboxStore,
    notices: NoticeQueue,
    clock: Clock,
    draw: Callable[[], str],
    public_url: str,
    site_url: str,
    rung: Callable[[], None],
) -> WeChat:
    """Join the parts; subscription templates of the library are there from the start."""
    people = People(store=store, clock=clock, draw=draw)
    templates = Templates(store=store, draw=draw)
    pushes = Pushes(
        store=store,
        notices=notices,
        clock=clock,
        draw=draw,
        callback_url=site_url.rstrip("/") + CALLBACK_PATH,
    )
    for short_id in LIBRARY:
        templates.add("subscription", short_id)
        templates.add("mini", short_id)
    secrets = {
        keys.wechat_app_id: keys.wechat_app_secret,
        keys.mini_app_id: keys.mini_app_secret,
    }
    return WeChat(
        keys=keys,
        tokens=Tokens(store=store, secrets=secrets, clock=clock, draw=draw),
        people=people,
        logins=Logins(
            store=store, people=people, clock=clock, draw=draw, mini_app_id=keys.mini_app_id
        ),
        scenes=Scenes(store=store, clock=clock, draw=draw, public_url=public_url),
        menu=Menu(store),
        templates=templates,
        messages=Messages(
            store=store, people=people, templates=templates, pushes=pushes, clock=clock
        ),
        pushes=pushes,
        wire=WeChatWire(
            keys=keys,
            people=people,
            mode=lambda: pushes.console()["mode"],
            clock=clock,
            draw=draw,
            rung=rung,
        ),
    )
