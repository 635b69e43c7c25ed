"""Messages of the platform to people: template, subscription, customer service."""

from __future__ import annotations

from typing import Any

import msgspec

from server.sandbox.clock import Clock
from server.sandbox.store import SandboxStore
from server.sandbox.wechat.people import People
from server.sandbox.wechat.pushes import Pushes
from server.sandbox.wechat.refusals import WeChatRefused
from server.sandbox.wechat.templates import Templates

Row = dict[str, Any]

#: How long a `client_msg_id` is remembered. [MEM], as is that its repetition answers the same.
CLIENT_ID_SECONDS = 600.0


class TemplateMessage(msgspec.Struct, frozen=True):
    """message/template/send."""

    touser: str
    template_id: str
    data: dict[str, dict[str, Any]]
    url: str | None = None
    client_msg_id: str | None = None


class SubscriptionMessage(msgspec.Struct, frozen=True):
    """message/subscribe/bizsend and message/subscribe/send."""

    touser: str
    template_id: str
    data: dict[str, dict[str, Any]]
    page: str | None = None


class Content(msgspec.Struct, frozen=True):
    """Inside `CustomerMessage`."""

    content: str


class CustomerMessage(msgspec.Struct, frozen=True):
    """message/custom/send of a text."""

    touser: str
    msgtype: str
    text: Content | None = None


class Messages:
    """Judges and delivers them."""

    def __init__(
        self,
        *,
        store: SandboxStore,
        people: People,
        templates: Templates,
        pushes: Pushes,
        clock: Clock,
    ) -> None:
        self._store = store
        self._people = people
        self._templates = templates
        self._pushes = pushes
        self._clock = clock

    def send_template(self, body: TemplateMessage) -> Row:
        """Send to a follower; how it went is pushed later.

        Raises:
            WeChatRefused: 40003, 40037, 43004 or 47003.
        """
        person = self._people.known(body.touser)
        if not person["follows"]:
            raise WeChatRefused(43004, "require subscribe")
        filled = self._templates.filled("template", body.template_id, body.data)
        earlier = self._earlier(body)
        if earlier is not None:
            return {"msgid": earlier}
        msgid = self._new_id(body.touser, body.client_msg_id)
        if not person["blocks"]:
            self._people.say(
                body.touser, "template", filled["text"], title=filled["title"], url=body.url
            )
        status = "failed:user block" if person["blocks"] else "success"
        self._pushes.event(
            body.touser, "TEMPLATESENDJOBFINISH", {"MsgID": str(msgid), "Status": status}
        )
        return {"msgid": msgid}

    def send_subscription(self, body: SubscriptionMessage) -> Row:
        """Spend a subscription of the service account.

        Raises:
            WeChatRefused: 40003, 40037, 43101 or 47003.
        """
        person = self._people.known(body.touser)
        return self._spend("subscription", person["openid"], body)

    def send_mini(self, body: SubscriptionMessage) -> Row:
        """Spend a subscription of the mini program.

        Raises:
            WeChatRefused: see `send_subscription`.
        """
        person = self._people.known_mini(body.touser)
        return self._spend("mini", person["openid"], body)

    def send_customer(self, body: CustomerMessage) -> Row:
        """Send a text inside a window.

        Raises:
            WeChatRefused: 40003, 40008, 44004, 45002, 45015 or 45047.
        """
        person = self._people.known(body.touser)
        if body.msgtype != "text":
            raise WeChatRefused(40008, "invalid message type")
        text = body.text.content if body.text else ""
        if not text:
            raise WeChatRefused(44004, "empty content")
        if len(text.encode()) > 2048:
            raise WeChatRefused(45002, "content size out of limit")
        if not person["follows"]:
            raise WeChatRefused(45015, "response out of time limit or subscription is canceled")
        self._people.spend_window(body.touser)
        self._people.say(body.touser, "customer", text)
        return {}

    def subscribe(self, openid: str, template_id: str, *, accepts: bool, asked: bool) -> None:
        """Let someone answer for one subscription; a yes is one credit, a no takes them all."""
        if accepts:
            self._store.change(
                "INSERT INTO wx_credits VALUES (?, ?, 1) ON CONFLICT (openid, template_id)"
                " DO UPDATE SET left = left + 1",
                *(openid, template_id),
            )
        elif not asked:
            self._store.change(
                "DELETE FROM wx_credits WHERE openid = ? AND template_id = ?", openid, template_id
            )
        if self._templates.kind_of(template_id) == "mini":
            return  # the mini program has no callback here
        name = "Popup" if asked else "Change"
        chosen = {
            "TemplateId": template_id,
            "SubscribeStatusString": "accept" if accepts else "reject",
        }
        self._pushes.event(
            openid,
            f"subscribe_msg_{name.lower()}_event",
            {f"SubscribeMsg{name}Event": {"List": chosen | ({"PopupScene": "1"} if asked else {})}},
        )

    def credits(self, openid: str) -> list[Row]:
        """List someone's credits."""
        return self._store.all(
            "SELECT template_id, left FROM wx_credits WHERE openid = ? AND left > 0", openid
        )

    def _spend(self, kind: Any, openid: str, body: SubscriptionMessage) -> Row:
        filled = self._templates.filled(kind, body.template_id, body.data)
        if not self._store.change(
            "UPDATE wx_credits SET left = left - 1"
            " WHERE openid = ? AND template_id = ? AND left > 0",
            *(openid, body.template_id),
        ):
            raise WeChatRefused(43101, "user refuse to accept the msg")
        msgid = self._new_id(openid, None)
        self._people.say(
            openid, "subscription", filled["text"], title=filled["title"], url=body.page
        )
        sent = {
            "TemplateId": body.template_id,
            "MsgID": str(msgid),
            "ErrorCode": "0",
            "ErrorStatus": "success",
        }
        if kind == "subscription":
            self._pushes.event(
                openid, "subscribe_msg_sent_event", {"SubscribeMsgSentEvent": {"List": sent}}
            )
        return {}

    def _earlier(self, body: TemplateMessage) -> int | None:
        if body.client_msg_id is None:
            return None
        row = self._store.one(
            "SELECT msgid FROM wx_sent WHERE openid = ? AND client_msg_id = ? AND at > ?",
            *(body.touser, body.client_msg_id, self._clock() - CLIENT_ID_SECONDS),
        )
        return int(row["msgid"]) if row else None

    def _new_id(self, openid: str, client_msg_id: str | None) -> int:
        self._store.change(
            "INSERT INTO wx_sent (openid, client_msg_id, at) VALUES (?, ?, ?)",
            *(openid, client_msg_id, self._clock()),
        )
        row = self._store.one("SELECT last_insert_rowid() AS msgid")
        return int(row["msgid"]) if row else 0
