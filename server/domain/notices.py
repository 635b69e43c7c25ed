"""By which one way a person hears of an event, and what a refusal of that way means. Pure.

A page that is open, and the page when it is opened next, show every notice but those of offers.
Beside that an event goes out by one channel: the first of its plan that takes it. The plan
follows from what the event is (`notice_kinds.py`) and from what the person can receive now
(`Can`). A try is written before it is made, so that nobody makes it twice; one whose outcome
nobody knows ends the telling.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import Literal

from server.domain.ids import BookingId, OrderId, PersonId, SlotId, TerminalId

#: What messages are about: which of our WeChat templates carries them.
Topic = Literal["order_state", "money", "offers", "decision", "payout", "booking"]


#: The rule of a try that was not made: what it costs was gone.
NONE_LEFT = "none_left"

#: Of the texts that one person may get in a day, so many are kept for what is vital.
TEXTS_KEPT = 2


class Channel(StrEnum):
    """The ways to a person."""

    TEMPLATE = "template"  #: the service account's template message, to followers
    SUBSCRIPTION = "subscription"  #: of the service account; each costs a credit
    MINI = "mini_subscription"  #: of the mini program; each costs a credit
    CUSTOMER = "customer_message"  #: inside a window that something they did has opened
    SMS = "sms"
    PAGE = "page"  #: the notice in their page, and nothing else


class Use(IntEnum):
    """How useful it is to hear of an event at once; the smaller the more."""

    VITAL = 1  #: they must do something, or it is about their money or their right to work
    WANTED = 2  #: they wait for it
    NICE = 3  #: they have just seen it, or will see it: an open page is enough


@dataclass(frozen=True, slots=True, kw_only=True)
class Can:
    """What a person can receive now, for one topic; a snapshot, to choose by."""

    page_open: bool = False
    template: bool = False  #: they follow, and the account has this topic's template
    credits: int = 0  #: subscriptions of this topic's template
    mini_credits: int = 0
    customer: int = 0  #: messages left in their windows
    texts: int = 0  #: SMS that may still be sent to them today


@dataclass(frozen=True, slots=True, kw_only=True)
class Wants:
    """What an event asks of its channel."""

    topic: Topic
    use: Use
    sms: bool = False  #: worth a text message if nothing in WeChat takes it
    keeps_last: bool = False  #: a more useful event of this topic exists: leave it one credit

    @property
    def reserve(self) -> int:
        """Give how many credits of the topic's template are not for this event."""
        return int(self.keeps_last)

    @property
    def kept_texts(self) -> int:
        """Give how many of the day's texts are not for this event."""
        return 0 if self.use is Use.VITAL else TEXTS_KEPT


def plan_of(
    wants: Wants, can: Can, refused: frozenset[Channel] = frozenset()
) -> tuple[Channel, ...]:
    """Order the ways that may be tried; the page is always the last.

    `refused` are those that certainly did not take this event, or rest.
    """
    ways: list[Channel] = []
    if not (can.page_open and wants.use is Use.NICE):
        if can.template:
            ways.append(Channel.TEMPLATE)
        if can.credits > wants.reserve:
            ways.append(Channel.SUBSCRIPTION)
        if can.mini_credits > wants.reserve:
            ways.append(Channel.MINI)
        if can.customer > 0:
            ways.append(Channel.CUSTOMER)
        if wants.sms and wants.topic != "offers" and can.texts > wants.kept_texts:
            ways.append(Channel.SMS)
    return (*(way for way in ways if way not in refused), Channel.PAGE)


class Outcome(StrEnum):
    """How one try ended, so far as anybody knows."""

    TRYING = "trying"  #: written, and perhaps sent
    SENT = "sent"  #: the provider took it
    DELIVERED = "delivered"  #: the provider said later that it is on the phone
    REFUSED = "refused"  #: it certainly was not sent; `rule` says why
    BLOCKED = "blocked"  #: the provider said later that the person blocks the account
    FAILED = "failed"  #: the provider said later that it could not deliver
    UNKNOWN = "unknown"  #: it may have been sent: it is not repeated


class State(StrEnum):
    """How far the telling of a notice is."""

    WAITING = "waiting"  #: for its first try, or for the next channel
    TRYING = "trying"
    SENT = "sent"
    DELIVERED = "delivered"
    PAGE = "page"  #: nothing else could take it
    UNKNOWN = "unknown"
    LATE = "late"  #: it would be old news: not sent
    GONE = "gone"  #: the offers it told of were gone: not sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """One try by one channel. `account` stands for an openid."""

    channel: Channel
    at: datetime
    outcome: Outcome = Outcome.TRYING
    rule: str | None = None  #: the provider's refusal in our words
    ended_at: datetime | None = None
    account: str | None = None
    template_id: str | None = None
    msgid: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredNotice:
    """One event as one person hears of it."""

    id: str  #: order, version and person; or person, step and its version
    kind: str
    person: PersonId
    order: OrderId | None
    zh: str  #: the words; a reason that staff typed may stand in them
    at: datetime
    en: str = ""
    hears: str = "person"
    state: State = State.PAGE
    plan: tuple[Channel, ...] = ()
    attempts: tuple[Try, ...] = ()
    terminal: TerminalId | None = None
    amount_fen: int | None = None
    offers: tuple[str, ...] = ()  #: `order:version` of each, of a notice of offers
    booking: BookingId | None = None
    slot: SlotId | None = None  #: that the booking had; with another it is old news


class Mark(StrEnum):
    """What a refusal teaches us about the person."""

    UNFOLLOWED = "unfollowed"
    NO_CREDIT = "no_credit"
    WINDOW_OVER = "window_over"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What follows from a certain refusal."""

    mark: Mark | None = None
    returns: bool = True  #: what was spent for the try comes back
    again: bool = False  #: the same channel may take it later
    rests: Literal["day", "while"] | None = None  #: the channel takes nothing of anybody
    refuses: frozenset[Channel] = frozenset()  #: further channels that would refuse it too


#: Everything that goes through the service account.
SERVICE = frozenset({Channel.TEMPLATE, Channel.SUBSCRIPTION, Channel.CUSTOMER})

#: By the provider's rule; every other certain refusal means: the next channel.
LESSONS: Mapping[str, Lesson] = MappingProxyType(
    {
        "unfollowed": Lesson(mark=Mark.UNFOLLOWED, refuses=frozenset({Channel.CUSTOMER})),
        "refused": Lesson(mark=Mark.NO_CREDIT, returns=False),
        "window_over": Lesson(mark=Mark.WINDOW_OVER, returns=False),
        "count_over": Lesson(mark=Mark.WINDOW_OVER, returns=False),
        "blocked": Lesson(refuses=SERVICE),
        "day_quota": Lesson(rests="day"),
        "busy": Lesson(again=True),
        "unavailable": Lesson(again=True),
        "minute_quota": Lesson(again=True),
        "token": Lesson(rests="while"),
        "app_id": Lesson(rests="while"),
        "secret": Lesson(rests="while"),
        "ip": Lesson(rests="while"),
        "not_authorised": Lesson(rests="while"),
        "banned": Lesson(rests="while"),
    }
)

#: WeChat knows the number of this very message: an earlier try did go out.
REPEATED = "repeated"

#: How often a channel that says "later" is asked again before the next one is.
MOST_AGAIN = 3


def lesson_of(rule: str | None, earlier: int) -> Lesson:
    """Say what a certain refusal means; `earlier` tries of the channel were refused before."""
    lesson = LESSONS.get(rule or "", Lesson())
    return Lesson() if lesson.again and earlier + 1 >= MOST_AGAIN else lesson


def refused_by(attempts: tuple[Try, ...]) -> frozenset[Channel]:
    """List the channels that certainly do not take a notice, by what was tried."""
    refused: set[Channel] = set()
    seen: dict[Channel, int] = {}
    for one in attempts:
        earlier = seen.get(one.channel, 0)
        seen[one.channel] = earlier + 1
        if one.outcome in (Outcome.BLOCKED, Outcome.FAILED):
            refused |= {one.channel} | (SERVICE if one.outcome is Outcome.BLOCKED else frozenset())
        elif one.outcome is Outcome.REFUSED:
            lesson = lesson_of(one.rule, earlier)
            refused |= lesson.refuses | (frozenset() if lesson.again else {one.channel})
    return frozenset(refused)
