"""The ids of everything, as types of their own, and the factory that makes new ones."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NewType

PersonId = NewType("PersonId", str)
OrderId = NewType("OrderId", str)
TerminalId = NewType("TerminalId", str)
CellId = NewType("CellId", str)
CommandId = NewType("CommandId", str)
VisitId = NewType("VisitId", str)
PaymentId = NewType("PaymentId", str)
RefundId = NewType("RefundId", str)
PayoutId = NewType("PayoutId", str)
SessionId = NewType("SessionId", str)
PhotoId = NewType("PhotoId", str)
District = NewType("District", str)
EnterpriseId = NewType("EnterpriseId", str)
OutletId = NewType("OutletId", str)
SlotId = NewType("SlotId", str)
BookingId = NewType("BookingId", str)
VehicleId = NewType("VehicleId", str)
AddressId = NewType("AddressId", str)

#: Draws `n` characters; handed in, so that tests can repeat a run.
Draw = Callable[[int], str]

#: No I, L, O or U: nothing that is misread on a printed label (Crockford's base32).
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def order_id(now: datetime, draw: Draw) -> OrderId:
    """Make an order number: LJ, the UTC date, eight drawn characters; fits a short Code 128."""
    return OrderId(f"LJ{now:%y%m%d}{draw(8)}")


def command_id(draw: Draw) -> CommandId:
    """Make the id of one open of one door; an offline grant for it has the same."""
    return CommandId(f"C{draw(20)}")


def cell_id(terminal: TerminalId, cell: int) -> CellId:
    """Name one cell of one terminal."""
    return CellId(f"{terminal}:{cell}")
