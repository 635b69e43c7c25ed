"""Offers to couriers on duty: who sees which, live."""

from realtime.offers.asleep import AsleepCouriers
from realtime.offers.board import OfferBoard, Whereabouts
from realtime.offers.feed import (
    CourierMoved,
    OfferFeed,
    district_channel,
    gone_payload,
    opened_payload,
)

__all__ = [
    "AsleepCouriers",
    "CourierMoved",
    "OfferBoard",
    "OfferFeed",
    "Whereabouts",
    "district_channel",
    "gone_payload",
    "opened_payload",
]
