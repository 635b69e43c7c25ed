r"""What a person's phone scanned: one rule for the server and for pages.

The pages' copy is `web/src/phone/scanning/read_scan.ts`.
A phone gives a bar code with its symbology (`CODE_128,SF123`) and a QR as its bare text.
`tests/scan_cases.json` holds the cases that both must pass.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from server.domain.documents import LINK, carrier_waybill
from server.domain.errors import InvalidInput

#: Longer than anything that we have printed.
MOST_CHARACTERS = 1024

#: The page that a kiosk's QR leads to; the code is appended.
SCAN_PATH = "/v/"

_KIOSK_CODE = re.compile(r"[A-Za-z0-9._~-]{1,160}", re.ASCII)


@dataclass(frozen=True, slots=True)
class KioskCode:
    """The turning QR of one of our terminals: `terminal.step.code`."""

    code: str


@dataclass(frozen=True, slots=True)
class WaybillNumber:
    """What may be a carrier's waybill number."""

    number: str


@dataclass(frozen=True, slots=True)
class OtherScan:
    """Nothing for us: a link of others, a payment code, a text."""

    is_link: bool


Scan = KioskCode | WaybillNumber | OtherScan


def read_scan(text: str, base_url: str) -> Scan:
    """Tell what a scanned text is.

    A QR never is a waybill's number when it is a link or could be somebody's payment code: those
    are not to be bound to an order, and not to be kept.
    """
    given = text.strip()
    if not given or len(given) > MOST_CHARACTERS:
        return OtherScan(is_link=False)
    if given.startswith(base_url + SCAN_PATH):
        code = given[len(base_url + SCAN_PATH) :]
        return KioskCode(code) if _KIOSK_CODE.fullmatch(code) else OtherScan(is_link=True)
    try:
        return WaybillNumber(carrier_waybill(given))
    except InvalidInput:
        return OtherScan(is_link=bool(LINK.match(given)))
