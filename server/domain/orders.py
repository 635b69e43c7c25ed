"""The order: one parcel from waybill to settlement, as a value, and the events of its life.

An `Order` is what the store holds, without the personal data: the waybill's names, phone and
address are sealed in the store and come out only by a recorded read.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from server.domain.custody import Custody, Step
from server.domain.documents import person_name, phone, region
from server.domain.errors import InvalidInput
from server.domain.grants import Grant
from server.domain.ids import CommandId, OrderId, PaymentId, PersonId, PhotoId, TerminalId
from server.domain.money import NO_FEN, Charge, Fen, Payout
from server.domain.prices import Size, Zone

MAX_ADDRESS = 120
MAX_DESCRIPTION = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Waybill:
    """What the customer fills in; personal data, sealed at rest."""

    sender_name: str
    recipient_name: str
    recipient_phone: str
    region: str  #: six-digit code of the recipient's district
    address: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What the customer agreed to, and when."""

    locker_version: str
    no_prohibited_goods: bool
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where the parcel lies, or a cell is held for it, and how its door stands."""

    terminal: TerminalId
    cell: int
    command: CommandId | None = None  #: the last open command for this order
    opened: bool = False  #: sensed open since that command
    closed: bool = False  #: sensed closed after it was sensed open
    opens: int = 0  #: commands so far in this phase (deposit, collect or return)
    used: bool = False  #: an earlier command of this phase opened it: something may lie inside
    held_until: datetime | None = None  #: only while depositing
    item: bool | None = None  #: what lay inside by the cell's own sensor when its door closed
    doubted: bool = False  #: that sensor denied the person's word, who was told so


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """The order as the race knows it: every return to open raises the version."""

    version: int
    ring: int  #: index into Rules.ring_metres
    opened_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Pickup:
    """The winner and how far the pickup is."""

    courier: PersonId
    claimed_at: datetime
    until: datetime  #: the claim expires unless bound by then
    request: str | None = None  #: the claim's request id, so that its repeat hears the same
    carrier: str | None = None  #: whose number it is: as named, or as its form tells
    carrier_waybill: str | None = None
    refusal: str | None = None  #: the reason, once the courier refused and puts the parcel back
    refusal_photo: PhotoId | None = None


class Match(StrEnum):
    """Whether a photo shows the bound number."""

    MATCH = "match"
    MISMATCH = "mismatch"  #: it shows other numbers only
    UNREADABLE = "unreadable"  #: it shows none, or there was no time


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was read off the photo of a finished waybill, and how it compares."""

    match: Match
    numbers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """The first of two approvals of a finished waybill."""

    reviewer: PersonId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedWaybill:
    """What the courier uploaded that is no personal data; the rest is sealed."""

    carrier: str
    number: str
    weight_grams: int
    postage_fen: Fen
    posted_on: str
    photo: PhotoId
    uploaded_at: datetime
    rejection: str | None = None
    reading: Reading | None = None  #: None of those handed in before photos were read
    approval: Approval | None = None  #: the first, where two are needed


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderEvent:
    """One fact of an order's life, written with the change itself.

    `version` is the order's version after the change. `data` holds ids and numbers only.
    """

    version: int
    step: str
    at: datetime
    actor: PersonId
    custody: Custody
    charge: Charge
    data: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One order as the store holds it."""

    id: OrderId
    version: int
    customer: PersonId
    custody: Custody
    custody_since: datetime
    charge: Charge
    payout: Payout
    size: Size
    zone: Zone
    origin_region: str
    destination_region: str
    price_fen: Fen
    fee_fen: Fen
    pay_fen: Fen
    consent: Consent
    created_at: datetime
    price_version: int = 1  #: of the list that priced it; what is older than lists, by the first
    placement: Placement | None = None
    payment: PaymentId | None = None  #: the one that paid it, or else the latest
    refund_asked_fen: Fen = NO_FEN  #: of that payment, so far
    refund_done_fen: Fen = NO_FEN
    offer: Offer | None = None
    pickup: Pickup | None = None
    finished: FinishedWaybill | None = None
    grant: Grant | None = None  #: the last offline grant for this order's door
    fired: tuple[str, ...] = ()  #: one-time timers that already acted in this custody state
    due_at: datetime | None = None  #: when the next timer acts


def check_waybill(waybill: Waybill) -> Waybill:
    """Give the waybill in normal form.

    Raises:
        InvalidInput: names the first field that breaks its rule.
    """
    address = " ".join(waybill.address.split())
    description = " ".join(waybill.description.split())
    if not 4 <= len(address) <= MAX_ADDRESS:
        raise InvalidInput(field="recipient.address", rule="4_to_120_characters")
    if not 1 <= len(description) <= MAX_DESCRIPTION:
        raise InvalidInput(field="description", rule="1_to_60_characters")
    return Waybill(
        sender_name=person_name(waybill.sender_name, field="sender_name"),
        recipient_name=person_name(waybill.recipient_name, field="recipient.name"),
        recipient_phone=phone(waybill.recipient_phone, field="recipient.phone"),
        region=region(waybill.region, field="recipient.region"),
        address=address,
        description=description,
    )


def read_against(bound: str, numbers: tuple[str, ...]) -> Reading:
    """Compare what was read off a photo with the bound carrier number."""
    if not numbers:
        return Reading(match=Match.UNREADABLE)
    found = Match.MATCH if bound in numbers else Match.MISMATCH
    return Reading(match=found, numbers=numbers)


#: Steps after which couriers must no longer see the offer.
CLOSES_OFFER = frozenset({Step.CLAIM, Step.ASSIGN, Step.TAKE_BACK, Step.NO_TAKER})
#: Steps that put an order on offer under a new version.
OPENS_OFFER = frozenset({Step.OFFER, Step.HAND_BACK, Step.EXPIRE_CLAIM, Step.UNASSIGN})
