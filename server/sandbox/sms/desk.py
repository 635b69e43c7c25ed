"""What both vendors do with a text that was asked for rightly: limits, the phone, the report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from server.sandbox.bodies import SendSms
from server.sandbox.parts import Parts

Vendor = Literal["aliyun", "tencent"]

MINUTE, HOUR, DAY = 60, 3600, 24 * 3600

#: How many texts of one sign name a number gets within so many seconds, window by window.
LIMITS: Mapping[Vendor, tuple[tuple[str, int, int], ...]] = {
    "aliyun": (("minute", MINUTE, 1), ("hour", HOUR, 5), ("day", DAY, 10)),
    "tencent": (("minute", 30, 1), ("hour", HOUR, 5), ("day", DAY, 10)),
}

#: How many a number gets over all of Aliyun in a day.
ALIYUN_OF_ALL_SIGNS = 40

#: Nonces are kept for as long as their dates hold, and as long again.
NONCE_SECONDS = 30 * MINUTE


def spend_nonce(parts: Parts, nonce: str) -> bool:
    """Note a nonce of Aliyun's as used; False when it was."""
    now = parts.clock()
    parts.store.change("DELETE FROM sms_nonces WHERE seen_at < ?", now - NONCE_SECONDS)
    return bool(parts.store.change("INSERT OR IGNORE INTO sms_nonces VALUES (?, ?)", nonce, now))


def exceeded(parts: Parts, vendor: Vendor, phone: str, sign: str) -> tuple[str, int] | None:
    """Tell which limit one more text would exceed, and how many it allows; None below all."""
    if not parts.settings.sms_limits:
        return None
    now = parts.clock()
    for name, seconds, most in LIMITS[vendor]:
        row = parts.store.one(
            "SELECT count(*) AS n FROM sms_sends WHERE vendor=? AND phone=? AND sign=? AND at>?",
            *(vendor, phone, sign, now - seconds),
        )
        if row is not None and row["n"] >= most:
            return name, most
    row = parts.store.one(
        "SELECT count(*) AS n FROM sms_sends WHERE vendor=? AND phone=? AND at>?",
        *(vendor, phone, now - DAY),
    )
    if vendor == "aliyun" and row is not None and row["n"] >= ALIYUN_OF_ALL_SIGNS:
        return "day", ALIYUN_OF_ALL_SIGNS
    return None


def deliver(parts: Parts, vendor: Vendor, message: SendSms, *, sign: str, reference: str) -> str:
    """Put a text on its phone and queue the report; gives the vendor's number for it."""
    now, serial = parts.clock(), f"{vendor[0]}{parts.draw()}"
    failed = parts.faults.use("fail", "sms")  # taken from us, and never delivered
    with parts.store.transaction():
        parts.store.change(
            "INSERT INTO sms_sends VALUES (?, ?, ?, ?, ?)",
            *(serial, vendor, message.phone, sign, now),
        )
        parts.store.trim("sms_sends")
        url = parts.settings.sms_report_url
        if url:
            told: dict[str, Any] = {
                "serial": serial,
                "reference": reference,
                "phone": message.phone,
            }
            told |= {"sent_at": now, "failed": failed}
            parts.notices.add("sms", url.replace("{vendor}", vendor), told, now, wire=vendor)
    if not failed:
        parts.inbox.receive_sms(message)
    parts.pages_bell.ring()
    return serial
