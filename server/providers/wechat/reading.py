"""From what wechatpy parsed to our events; anything of another shape is a ValueError.

Of the three subscription events, for which wechatpy has no class, two are read as WeChat's page
of pushes of subscription notices shows them; that a message was sent, from memory.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from wechatpy import events, messages

from server.providers.wechat.events import (
    Choice,
    Clicked,
    Event,
    Located,
    Scanned,
    ScanResult,
    Sent,
    Subscribed,
    SubscriptionChoice,
    SubscriptionSent,
    TemplateDone,
    TextMessage,
    Unknown,
    Unsubscribed,
    Viewed,
)

MAX_SCENE = 64
MAX_KEY = 128
MAX_URL = 1024
MAX_TEXT = 20_000
MAX_ID = 64

#: Templates that one subscription event may name.
MAX_LISTED = 20

#: Where the three subscription events have what they tell.
_LISTS = ("SubscribeMsgPopupEvent", "SubscribeMsgChangeEvent", "SubscribeMsgSentEvent")

#: The two longitudes and latitudes that bound the world.
_LATITUDE, _LONGITUDE = 90.0, 180.0


def text_of(data: Mapping[str, Any], name: str, most: int, *, default: str | None = None) -> str:
    """Read one field as text.

    Raises:
        ValueError: it is missing, no text, or longer than `most` characters.
    """
    value = data.get(name)
    if value is None and default is not None:
        return default
    if not isinstance(value, str) or len(value) > most:
        raise ValueError(f"{name} is no text of up to {most} characters")
    return value


def listed_texts(data: Mapping[str, Any]) -> list[str]:
    """Give what tells two subscription events of one person and second apart.

    Raises:
        ValueError: a list in it is none.
    """
    return [
        text_of(one, field, 128, default="")
        for name in _LISTS
        if name in data
        for one in _listed(data, name)
        for field in ("TemplateId", "MsgID", "SubscribeStatusString", "ErrorCode")
    ]


def event_of(message: Any) -> Event:
    """Read what a parsed message says.

    Raises:
        ValueError: a field is missing or wrong.
    """
    read = _READERS.get(type(message), _other)
    return read(message._data)


def _located(data: Mapping[str, Any]) -> Located:
    latitude, longitude = _number(data, "Latitude"), _number(data, "Longitude")
    precision = _number(data, "Precision")
    if abs(latitude) > _LATITUDE or abs(longitude) > _LONGITUDE or precision < 0:
        raise ValueError("not on Earth")
    return Located(latitude=latitude, longitude=longitude, precision_metres=precision)


def _number(data: Mapping[str, Any], name: str) -> float:
    value = float(text_of(data, name, 32))
    if not math.isfinite(value):
        raise ValueError(f"{name} is no number")
    return value


def _scan_result(data: Mapping[str, Any], *, waits: bool) -> ScanResult:
    info = data.get("ScanCodeInfo")
    if not isinstance(info, Mapping):
        raise ValueError("no scan in it")
    return ScanResult(
        key=text_of(data, "EventKey", MAX_KEY, default=""),
        text=text_of(info, "ScanResult", MAX_URL),
        kind=text_of(info, "ScanType", 32),
        waits=waits,
    )


def _template_done(data: Mapping[str, Any]) -> TemplateDone:
    msgid, status = text_of(data, "MsgID", MAX_ID), text_of(data, "Status", 128)
    if status == "success":
        return TemplateDone(msgid=msgid, status="delivered")
    blocked = status.replace(" ", "") == "failed:userblock"
    return TemplateDone(msgid=msgid, status="blocked" if blocked else "failed")


def _other(data: Mapping[str, Any]) -> Event:
    """Read what wechatpy has no class for; the subscription events are among these."""
    kind = text_of(data, "MsgType", 64).lower()
    if kind != "event":
        return Unknown(kind=kind, is_event=False)
    name = text_of(data, "Event", 64).lower()
    match name:
        case "subscribe_msg_popup_event":
            return _choice(data, "SubscribeMsgPopupEvent", changed=False)
        case "subscribe_msg_change_event":
            return _choice(data, "SubscribeMsgChangeEvent", changed=True)
        case "subscribe_msg_sent_event":
            return SubscriptionSent(
                results=tuple(_sent(one) for one in _listed(data, "SubscribeMsgSentEvent"))
            )
        case _:
            return Unknown(kind=name, is_event=True)


def _choice(data: Mapping[str, Any], name: str, *, changed: bool) -> SubscriptionChoice:
    choices = tuple(
        Choice(
            template_id=text_of(one, "TemplateId", MAX_ID),
            accepted=text_of(one, "SubscribeStatusString", 32) == "accept",
        )
        for one in _listed(data, name)
    )
    return SubscriptionChoice(choices=choices, changed=changed)


def _sent(one: Mapping[str, Any]) -> Sent:
    return Sent(
        template_id=text_of(one, "TemplateId", MAX_ID),
        msgid=text_of(one, "MsgID", MAX_ID),
        code=int(text_of(one, "ErrorCode", 10)),
    )


def _listed(data: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """Read a `List` that is one element or several."""
    outer = data.get(name)
    listed = outer.get("List") if isinstance(outer, Mapping) else None
    found = listed if isinstance(listed, list) else [listed]
    read = [one for one in found if isinstance(one, Mapping)]
    if len(read) != len(found) or len(read) > MAX_LISTED:
        raise ValueError(f"{name} has no list of templates")
    return read


#: How each class of wechatpy's is read; what is not here goes to `_other`.
_READERS: Mapping[type, Callable[[Mapping[str, Any]], Event]] = {
    events.SubscribeEvent: lambda data: Subscribed(),
    events.SubscribeScanProductEvent: lambda data: Subscribed(),  # by an article's bar code
    events.SubscribeScanEvent: lambda data: Subscribed(scene=text_of(data, "EventKey", MAX_SCENE)),
    events.UnsubscribeEvent: lambda data: Unsubscribed(),
    events.ScanEvent: lambda data: Scanned(scene=text_of(data, "EventKey", MAX_SCENE)),
    events.LocationEvent: _located,
    events.ClickEvent: lambda data: Clicked(key=text_of(data, "EventKey", MAX_KEY)),
    events.ViewEvent: lambda data: Viewed(url=text_of(data, "EventKey", MAX_URL, default="")),
    events.ScanCodeWaitMsgEvent: partial(_scan_result, waits=True),
    events.ScanCodePushEvent: partial(_scan_result, waits=False),
    events.TemplateSendJobFinishEvent: _template_done,
    messages.TextMessage: lambda data: TextMessage(
        text=text_of(data, "Content", MAX_TEXT, default="")
    ),
}
