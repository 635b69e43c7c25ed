"""Offers to couriers on duty: who sees which, live."""

from realtime.offers.board import OfferBoard, Whereabouts

__all__ = ["OfferBoard", "Whereabouts"]
