"""What WeChat's messages to us say, as values of our own."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscribed:
    """They follow the account now; by a scene's QR if there is a scene."""

    scene: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanned:
    """They scanned a scene's QR and were followers before."""

    scene: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsubscribed:
    """They follow the account no more: nothing reaches them, not even a reply."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """Where they are, in degrees; WGS-84, which no account has confirmed to us yet."""

    latitude: float
    longitude: float
    precision_metres: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Clicked:
    """They pressed a key of the menu."""

    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewed:
    """They opened a link of the menu."""

    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanResult:
    """They scanned something with a button of the menu.

    `text` is as WeChat tells it: `CODE_128,SF...` for a bar code, the bare text for a QR.
    `waits` says that they look at a notice until we answer.
    """

    key: str
    text: str
    kind: str  #: `qrcode` or `barcode`
    waits: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateDone:
    """How a template message ended."""

    msgid: str
    status: Literal["delivered", "blocked", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What they answered for one template; a yes is one credit."""

    template_id: str
    accepted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionChoice:
    """They were asked for subscriptions, or (`changed`) altered them in their settings."""

    choices: tuple[Choice, ...]
    changed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """How one subscription message ended; `code` is WeChat's, 0 when it arrived."""

    template_id: str
    msgid: str
    code: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionSent:
    """How subscription messages ended."""

    results: tuple[Sent, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TextMessage:
    """They wrote something."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """Something we have no use for: a message's type (`image`), or an event's name."""

    kind: str
    is_event: bool


Event = (
    Subscribed
    | Scanned
    | Unsubscribed
    | Located
    | Clicked
    | Viewed
    | ScanResult
    | TemplateDone
    | SubscriptionChoice
    | SubscriptionSent
    | TextMessage
    | Unknown
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """One message of WeChat's, verified, fresh and read.

    WeChat sends a message up to three times: `key` is the same each time. `nonce` is this
    delivery's: the same nonce with another key is a forgery (in mode plain, the only sign of
    one). Both are digests, so that they may be kept anywhere.
    """

    openid: str = field(repr=False)
    account: str
    created_at: datetime
    key: str
    nonce: str
    encrypted: bool
    event: Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """A card with a link; WeChat shows one in a reply."""

    title: str
    description: str
    url: str
    picture_url: str = ""
