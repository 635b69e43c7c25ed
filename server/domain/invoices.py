r"""Invoice (发票) requests: whose name, which taxpayer number, and what may be done when.

A company's taxpayer number is one of the forms in use:

- 18 characters: the unified social credit code of GB 32100-2015, whose last character checks the
  others: digits and capitals without I, O, S, V and Z, weights 3^n mod 31, modulus 31;
- 15, 17 or 20 characters: numbers of before 2015 and of individuals' businesses; there is no public
  rule beyond digits and capital letters, so their form alone is checked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from server.domain.errors import Conflict, InvalidInput
from server.domain.ids import OrderId, PersonId
from server.domain.money import Charge, Fen

CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
CREDIT_CODE = re.compile(rf"[{CREDIT_ALPHABET}]{{18}}")
OLDER_NUMBER = re.compile(r"[0-9A-Z]{15}|[0-9A-Z]{17}|[0-9A-Z]{20}")
EMAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,4}[A-Za-z]{2,24}")
LONGEST_TITLE = 100


class InvoiceKind(StrEnum):
    """To whom it is made out."""

    PERSONAL = "personal"
    COMPANY = "company"


class InvoiceState(StrEnum):
    """How far a request is; one that was refused may be put right."""

    REQUESTED = "requested"
    ISSUED = "issued"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceTexts:
    """What the customer filled in; personal data, sealed at rest."""

    title: str = field(repr=False)
    tax_number: str = field(repr=False)
    email: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """One order's request, without the sealed texts."""

    id: OrderId
    customer: PersonId
    kind: InvoiceKind
    state: InvoiceState
    version: int
    amount_fen: Fen
    requested_at: datetime
    note: str = ""
    decided_by: PersonId | None = None
    decided_at: datetime | None = None

    @property
    def may_change(self) -> bool:
        """Tell whether its customer may still correct it."""
        return self.state is not InvoiceState.ISSUED


def tax_number(text: str, *, field: str = "tax_number") -> str:
    """Give a taxpayer number in capitals, without spaces and hyphens.

    Raises:
        InvalidInput: rule `taxpayer_number` (its form) or `check_digit` (GB 32100).
    """
    number = re.sub(r"[\s-]", "", text).upper()
    if len(number) == 18:
        if not CREDIT_CODE.fullmatch(number):
            raise InvalidInput(field=field, rule="taxpayer_number")
        if credit_check(number[:17]) != number[17]:
            raise InvalidInput(field=field, rule="check_digit")
    elif not OLDER_NUMBER.fullmatch(number):
        raise InvalidInput(field=field, rule="taxpayer_number")
    return number


def credit_check(body: str) -> str:
    """Give the check character of a unified social credit code's first seventeen (GB 32100)."""
    total = sum(CREDIT_ALPHABET.index(one) * pow(3, n, 31) for n, one in enumerate(body))
    return CREDIT_ALPHABET[-total % 31]


def checked(kind: InvoiceKind, title: str, number: str, email: str) -> InvoiceTexts:
    """Give the texts in normal form.

    Raises:
        InvalidInput: names the first field that breaks its rule.
    """
    title = " ".join(title.split())
    if not 2 <= len(title) <= LONGEST_TITLE:
        raise InvalidInput(field="title", rule="2_to_100_characters")
    email = email.strip()
    if not EMAIL.fullmatch(email):
        raise InvalidInput(field="email", rule="email")
    if kind is InvoiceKind.COMPANY:
        return InvoiceTexts(title=title, tax_number=tax_number(number), email=email)
    if number.strip():
        raise InvalidInput(field="tax_number", rule="company_only")
    return InvoiceTexts(title=title, tax_number="", email=email)


def check_payable(order: OrderId, charge: Charge) -> None:
    """Check that an order's money is here and stays.

    Raises:
        Conflict: not paid, or on its way back.
    """
    if charge is not Charge.PAID:
        raise Conflict(field="charge", rule="paid", order_id=order, charge=charge.value)
