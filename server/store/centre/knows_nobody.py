"""Collections in which nobody is: the other half of the register."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

#: Collections in which nobody is, and why.
KNOWS_NOBODY: Mapping[str, str] = MappingProxyType(
    {
        "alerts": "about machines; names the staff who acknowledged, by id",
        "booking_seats": "slots by booking; a claimant is an id",
        "cells": "cells by order",
        "differences": "of statements, by payment; names the staff who resolved, by id",
        "door_events": "doors by command",
        "enterprise_pages": "texts about enterprises; names the staff who wrote, by id",
        "enterprises": "enterprises and outlets, businesses both",
        "fleet_watch": "what was seen of machines",
        "frame_logs": "bytes on lines; names the staff who asked, by id; deleted after a day",
        "notice_replays": "numbers of wallets' messages",
        "notice_rests": "channels that rest",
        "outlet_pins": "numbers of outlets",
        "outlets": "businesses",
        "pay_codes": "codes of orders",
        "photos.chunks": "sealed pictures, deleted with their files",
        "price_lists": "what parcels cost; names the staff who wrote, by id",
        "public_pictures": "pictures of pages; name the staff who brought them, by id",
        "refunds": "sums by payment; names the staff who decided, by id",
        "refused_notices": "counts",
        "repeats": "sealed answers under a digest, deleted after a day by themselves",
        "service_line": "a number of ours; names the staff who wrote, by id",
        "statement_lines": "lines of wallets' bills, by payment",
        "statements": "days of wallets' bills",
        "terminals": "machines",
        "text_reports": "carriers' reports by the vendor's number, deleted after 90 days",
    }
)
