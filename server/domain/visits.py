"""Visits: ten minutes in which a person who scanned a kiosk's QR acts at that terminal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from server.domain.errors import InvalidInput, VisitOver
from server.domain.ids import OrderId, PersonId, TerminalId, VisitId


class VisitRole(StrEnum):
    """What the person is here for."""

    DEPOSIT = "deposit"  #: 寄件; taking one's own parcel back too
    PICKUP = "pickup"  #: 揽件


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One visit. Its id is unguessable: whoever has it holds the visit until someone joins."""

    id: VisitId
    terminal: TerminalId
    code_step: int  #: the kiosk code's step; once per account
    created_at: datetime
    expires_at: datetime
    version: int = 1
    person: PersonId | None = None
    role: VisitRole | None = None
    order: OrderId | None = None
    ended: bool = False

    def check_running(self, now: datetime) -> None:
        """Refuse a visit that has run out.

        Raises:
            VisitOver: ended or expired.
        """
        if self.ended or self.expires_at <= now:
            raise VisitOver()


@dataclass(frozen=True, slots=True, kw_only=True)
class ScannedCode:
    """What a kiosk QR says after its prefix."""

    terminal: TerminalId
    step: int
    code: str


def read_scanned(text: str) -> ScannedCode:
    """Take a scanned `terminal.step.code` apart.

    Raises:
        InvalidInput: not of that form.
    """
    terminal, _, rest = text.strip().partition(".")
    step, _, code = rest.partition(".")
    digits = step.isascii() and step.isdigit() and len(step) <= 12
    if not (terminal and digits and code and code.isascii()):
        raise InvalidInput(field="code", rule="kiosk_code")
    return ScannedCode(terminal=TerminalId(terminal), step=int(step), code=code)
