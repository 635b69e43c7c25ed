"""What outside providers do for us, as ports; the services know nothing else of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Sms:
    """One text message. Providers send by template; `text` is what it comes to."""

    phone: str = field(repr=False)
    template: str
    params: Mapping[str, str] = field(repr=False)
    text: str = field(repr=False)


class SmsSender(Protocol):
    """Sends text messages."""

    async def send(self, message: Sms) -> None:
        """Send one message, at most once.

        Raises:
            ProviderFailed: it was refused, or nobody knows whether it was sent.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsReceipt:
    """A text that a vendor took: who, under which number, and who was asked before."""

    vendor: str
    serial: str
    tried: tuple[str, ...] = ()


class SmsWay(Protocol):
    """Brings texts to vendors."""

    async def send(self, message: Sms, reference: str) -> SmsReceipt:
        """Send one text, at most once, under our own number for it. Raises: ProviderFailed."""
