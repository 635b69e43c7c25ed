"""Bodies and answers of a person's address book."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from realtime.wire.requests import Body, Recipient, Text
from realtime.wire.views import View


class AddAddress(Recipient, frozen=True, kw_only=True):
    """POST /v1/me/addresses."""


class ChangeAddress(Body, frozen=True, kw_only=True):
    """PUT /v1/me/addresses/{id}: the whole entry over the version that was read."""

    version: int
    name: Text
    phone: Text
    region: Annotated[str, msgspec.Meta(max_length=6)]
    address: Text


class ReadAddress(Body, frozen=True, kw_only=True):
    """POST /v1/me/addresses/{id}/read: `waybill` makes it the one used last."""

    purpose: Literal["waybill", "edit"]


class AddressView(View, frozen=True, kw_only=True):
    """One entry, masked."""

    address_id: str
    masked_name: str
    masked_phone: str
    region: str
    masked_address: str
    used_at: datetime
    version: int


class AddressesView(View, frozen=True, kw_only=True):
    """GET /v1/me/addresses: used last first."""

    addresses: tuple[AddressView, ...]
    most: int


class FullAddress(View, frozen=True, kw_only=True):
    """One entry in full; recorded."""

    address_id: str
    name: str
    phone: str
    region: str
    address: str
    version: int
