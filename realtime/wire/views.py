"""What people see of things: the only shapes that leave the server about orders and doors.

Which of these a person gets is decided in one place (`server/services/orders/views.py`).
Money is integer fen, times are RFC 3339 with a zone, places are WGS-84 degrees.
"""

from __future__ import annotations

from datetime import datetime

import msgspec


class View(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=False):
    """The root of all views."""


class OfferView(View, frozen=True, kw_only=True):
    """An order before it is won: the same bytes for every courier, nothing personal in them."""

    order_id: str
    offer_version: int
    terminal_id: str
    terminal_name: str
    lat: float
    lon: float
    destination_region: str
    size: str
    pay_fen: int
    ring_metres: int
    opened_at: datetime


class PlacementView(View, frozen=True, kw_only=True):
    """Where the parcel lies and how its door stands."""

    terminal_id: str
    terminal_name: str
    cell: int
    opened: bool
    closed: bool
    opens_left: int
    held_until: datetime | None = None


class EventView(View, frozen=True, kw_only=True):
    """One line of an order's timeline."""

    version: int
    step: str
    at: datetime
    custody: str
    charge: str


class OrderView(View, frozen=True, kw_only=True):
    """One order as its customer, its winner or staff see it; masked texts only.

    The winner's full waybill is a read of its own (`FullWaybill`), recorded.
    """

    order_id: str
    version: int
    custody: str
    charge: str
    payout: str
    size: str
    zone: str
    destination_region: str
    price_fen: int
    created_at: datetime
    updated_at: datetime
    pay_fen: int | None = None  #: the courier's pay; not shown to the customer
    refunded_fen: int | None = None  #: asked back so far of what was paid; not told to couriers
    recipient_masked: str | None = None  #: not in pushes, which carry nothing personal
    placement: PlacementView | None = None
    pickup_until: datetime | None = None
    carrier_waybill: str | None = None
    rejection: str | None = None
    refusal: str | None = None
    offer_version: int | None = None
    waits_for_terminal: bool = False  #: an offline grant is asked back: nothing else goes on
    grant_id: str | None = None  #: the live offline grant; told to staff
    price_version: int | None = None  #: of the list that priced it; told to staff
    customer_id: str | None = None  #: told to staff
    courier_id: str | None = None  #: who claimed it; told to staff
    timeline: tuple[EventView, ...] = ()


class FullWaybill(View, frozen=True, kw_only=True):
    """The unmasked waybill: to the winner before settlement, to the customer, to staff."""

    order_id: str
    sender_name: str
    recipient_name: str
    recipient_phone: str
    region: str
    address: str
    description: str


class PersonView(View, frozen=True, kw_only=True):
    """The signed-in person."""

    person_id: str
    roles: tuple[str, ...]
    masked_phone: str
    certification: str
    active_orders: int


class TerminalView(View, frozen=True, kw_only=True):
    """A terminal as customers choose one: live free cells by size."""

    terminal_id: str
    name: str
    lat: float
    lon: float
    region: str
    online: bool
    free: dict[str, int]
    metres: int | None = None


class PulseTestView(View, frozen=True, kw_only=True):
    """A test of a cell out of service: `asked`, `opened`, `passed` or `failed` with a reason."""

    command_id: str
    state: str
    at: datetime
    until: datetime
    reason: str | None = None


class CellView(View, frozen=True, kw_only=True):
    """A cell as staff see it."""

    cell: int
    size: str
    state: str
    door: str
    stale: bool
    door_at: datetime | None = None  #: when the door was sensed to be as it is
    stale_at: datetime | None = None  #: since when its board says nothing
    order_id: str | None = None
    held_until: datetime | None = None
    faults: int = 0
    test: PulseTestView | None = None  #: the last one


class PaymentView(View, frozen=True, kw_only=True):
    """A payment to be made: the URL to pay at, or WeChat's prepaid order, and its end.

    `way` is `wechat_native`, `wechat_jsapi` or `alipay_precreate`.
    """

    payment_id: str
    order_id: str
    amount_fen: int
    pay_url: str
    expires_at: datetime
    state: str
    way: str = "wechat_native"
    prepay_id: str | None = None


class PayLinkView(View, frozen=True, kw_only=True):
    """The page at which anyone who has its URL may pay an order, until `expires_at`."""

    url: str
    code: str  #: the end of the URL; also names it at /v1/pay/{code}
    amount_fen: int
    expires_at: datetime


class VisitView(View, frozen=True, kw_only=True):
    """A visit at a kiosk and what the person has to do next.

    `next` is one of: `log_in`, `bind_phone`, `choose_role`, `fill_waybill`,
    `choose_order`, `deposit`, `pay`, `take_back`, `certify`, `pickup`, `done`.
    `door` is, of the current order: `opening`, `open`, `closed`, `failed`, or missing.
    """

    visit_id: str
    terminal_id: str
    terminal_name: str
    next: str
    expires_at: datetime
    role: str | None = None
    roles: tuple[str, ...] = ()
    orders: tuple[OrderView, ...] = ()
    current: OrderView | None = None
    pay: PayLinkView | None = None
    door: str | None = None
