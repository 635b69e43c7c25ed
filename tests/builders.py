"""Valid domain values with every field overridable by keyword."""

from datetime import UTC, datetime, timedelta
from typing import Any

from server.domain.changes import Context
from server.domain.custody import Custody
from server.domain.grants import Grant
from server.domain.ids import CommandId, OrderId, PersonId, TerminalId
from server.domain.money import Charge, Fen, Payout
from server.domain.orders import Consent, Order, OrderEvent, Waybill
from server.domain.prices import Size, Zone
from server.domain.rules import Rules
from server.domain.terminals import Purpose

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
CUSTOMER = PersonId("customer-1")


def order(**fields: Any) -> Order:
    """Build an order just placed."""
    defaults: dict[str, Any] = {
        "id": OrderId("LJ261122TESTTEST"),
        "version": 1,
        "customer": CUSTOMER,
        "custody": Custody.PLACED,
        "custody_since": NOON,
        "charge": Charge.UNPAID,
        "payout": Payout.NONE,
        "size": Size.M,
        "zone": Zone.OTHER,
        "origin_region": "440305",
        "destination_region": "110105",
        "price_fen": Fen(2000),
        "fee_fen": Fen(200),
        "pay_fen": Fen(1800),
        "consent": Consent(locker_version="2026-11", no_prohibited_goods=True, at=NOON),
        "created_at": NOON,
    }
    return Order(**(defaults | fields))


def waybill(**fields: Any) -> Waybill:
    """Build a waybill of invented people."""
    defaults: dict[str, Any] = {
        "sender_name": "张三",
        "recipient_name": "李四",
        "recipient_phone": "13800000002",
        "region": "110105",
        "address": "某路 1 号 2 单元",
        "description": "书",
    }
    return Waybill(**(defaults | fields))


def context(**fields: Any) -> Context:
    """Build who changes an order and when."""
    defaults: dict[str, Any] = {"actor": CUSTOMER, "at": NOON, "rules": Rules()}
    return Context(**(defaults | fields))


def grant(**fields: Any) -> Grant:
    """Build a courier's grant for cell 3, good for two hours."""
    defaults: dict[str, Any] = {
        "id": CommandId("CGRANT"),
        "purpose": Purpose.COLLECT,
        "holder": PersonId("courier-1"),
        "terminal": TerminalId("SZ-0001"),
        "cell": 3,
        "issued_at": NOON,
        "deadline": NOON + timedelta(hours=2),
    }
    return Grant(**(defaults | fields))


def placed_event(of: Order) -> OrderEvent:
    """Build the first event of an order."""
    return OrderEvent(
        version=of.version,
        step="placed",
        at=NOON,
        actor=of.customer,
        custody=of.custody,
        charge=of.charge,
    )
