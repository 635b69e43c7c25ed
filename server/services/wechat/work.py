"""What WeChat's messages do to what we know: follows, windows, credits, outcomes, places.

Each may be applied again, and in any order: see `server/store/wechat_windows.py`. Only what is of
use is kept of a message: no text that a person wrote, no scanned text that is nothing of ours,
no place.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Protocol

from server.domain.errors import Unavailable
from server.domain.geo import Place
from server.domain.ids import PersonId
from server.domain.people import Certification, Person, Role
from server.domain.scanned import KioskCode, WaybillNumber, read_scan
from server.domain.wechat import WeChatAccountId, WindowKind
from server.providers.wechat import events as told
from server.store.wechat_accounts import MongoWeChatAccounts
from server.store.wechat_deliveries import Delivery, MongoWeChatDeliveries
from server.store.wechat_events import StoredEvent
from server.store.wechat_windows import MongoWeChatWindows

log = logging.getLogger(__name__)

#: Only who follows the account can do these.
OF_FOLLOWERS = frozenset(
    {"subscribed", "scanned", "clicked", "viewed", "scan_result", "wrote", "located"}
)
#: These are answered; the rest has no words for the person.
ANSWERED = frozenset({"subscribed", "scanned", "clicked", "scan_result", "wrote"})

#: Touches open the short window; what a person wrote or sent the long one.
TOUCHES = frozenset({"subscribed", "scanned", "clicked", "scan_result"})

#: A place older than this says nothing of where a courier is.
PLACE_FRESH_SECONDS = 120.0


class Places(Protocol):
    """Where couriers on duty are; `realtime.offers.OfferFeed`."""

    async def report(self, courier: PersonId, place: Place, at: datetime) -> bool:
        """Take a place; False when off duty. Raises: Unavailable."""


class People(Protocol):
    """Accounts."""

    async def get(self, person: PersonId) -> Person:
        """Read one person."""


def reduced(
    incoming: told.Incoming, account: WeChatAccountId, now: datetime, *, base_url: str
) -> StoredEvent:
    """Say what of a message is kept; what happened did so at the latest now."""
    kind, fields = _kept(incoming.event, base_url)
    at = min(incoming.created_at, now)
    return StoredEvent(key=incoming.key, account=account, kind=kind, fields=fields, at=at)


def _kept(event: told.Event, base_url: str) -> tuple[str, dict[str, Any]]:
    match event:
        case told.ScanResult(text=text):
            return "scan_result", _scan(text, base_url)
        case told.SubscriptionChoice(choices=choices, changed=changed):
            chosen = [[one.template_id, one.accepted] for one in choices]
            return "choice", {"choices": chosen, "changed": changed}
        case told.SubscriptionSent(results=results):
            return "sent", {"results": [[one.template_id, one.msgid, one.code] for one in results]}
        case told.Unknown(is_event=is_event):
            return ("unknown" if is_event else "wrote"), {}
        case _:
            kind, names = _PLAIN[type(event)]
            return kind, {name: getattr(event, name) for name in names}


#: Under which word an event is kept, and which of its fields.
_PLAIN: dict[type, tuple[str, tuple[str, ...]]] = {
    told.Subscribed: ("subscribed", ("scene",)),
    told.Scanned: ("scanned", ("scene",)),
    told.Unsubscribed: ("unsubscribed", ()),
    told.Clicked: ("clicked", ("key",)),
    told.Viewed: ("viewed", ()),
    told.Located: ("located", ()),
    told.TemplateDone: ("template_done", ("msgid", "status")),
    told.TextMessage: ("wrote", ()),
}


def _scan(text: str, base_url: str) -> dict[str, Any]:
    match read_scan(text, base_url):
        case KioskCode(code):
            return {"kiosk": code}
        case WaybillNumber(number):
            return {"waybill": number}
        case _:
            return {}


class WeChatWork:
    """Apply messages."""

    def __init__(
        self,
        *,
        accounts: MongoWeChatAccounts,
        windows: MongoWeChatWindows,
        deliveries: MongoWeChatDeliveries,
        people: People,
        places: Places | None,
        clock: Callable[[], datetime],
    ) -> None:
        self._accounts = accounts
        self._windows = windows
        self._deliveries = deliveries
        self._people = people
        self._places = places
        self._clock = clock
        self._own: dict[str, Callable[[StoredEvent], Awaitable[None]]] = {
            "unsubscribed": self._left,
            "choice": self._chose,
            "sent": self._was_sent,
            "template_done": self._template_done,
        }

    async def apply(self, event: StoredEvent) -> None:
        """Let a message have its effect."""
        if event.kind in OF_FOLLOWERS:
            await self._windows.follow(event.account, event.at)
        if event.kind in TOUCHES:
            await self._windows.open_window(event.account, WindowKind.TOUCH, event.at)
        if event.kind == "wrote":
            await self._windows.open_window(event.account, WindowKind.MESSAGE, event.at)
        if own := self._own.get(event.kind):
            await own(event)

    async def _left(self, event: StoredEvent) -> None:
        await self._windows.unfollow(event.account, event.at)

    async def _chose(self, event: StoredEvent) -> None:
        """Count what was accepted when we asked; a switch turned off in the settings ends all."""
        changed = bool(event.fields["changed"])
        accepted: dict[str, int] = {}
        for template, yes in event.fields["choices"]:
            if yes and not changed:
                accepted[template] = accepted.get(template, 0) + 1
            elif changed and not yes:
                await self._windows.void_credits(event.account, template)
        if accepted:
            await self._windows.add_credits(event.account, accepted, event.key)

    async def _was_sent(self, event: StoredEvent) -> None:
        for template, msgid, code in event.fields["results"]:
            await self._deliveries.put(
                Delivery(
                    msgid=msgid,
                    account=event.account,
                    outcome="delivered" if code == 0 else "failed",
                    at=event.at,
                    template_id=template,
                    code=code,
                )
            )

    async def _template_done(self, event: StoredEvent) -> None:
        delivery = Delivery(
            msgid=event.fields["msgid"],
            account=event.account,
            outcome=event.fields["status"],
            at=event.at,
        )
        await self._deliveries.put(delivery)

    async def place(self, account: WeChatAccountId, told_place: told.Located, at: datetime) -> None:
        """Take the place of a courier on duty, and of nobody else; it is kept nowhere else.

        WeChat tells it while the person looks at the chat: it is no tracker, and is not made one.
        """
        if self._places is None or (self._clock() - at).total_seconds() > PLACE_FRESH_SECONDS:
            return
        known = await self._accounts.get(account)
        if known is None or known.person is None:
            return
        person = await self._people.get(known.person)
        if Role.COURIER not in person.roles or person.certification is not Certification.CERTIFIED:
            return
        place = Place(lat=told_place.latitude, lon=told_place.longitude)
        try:
            await self._places.report(known.person, place, at)
        except Unavailable:
            log.warning("a place told by WeChat was not taken")
