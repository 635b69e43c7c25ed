"""What phones scan, by the cases that the pages' rule must pass too."""

import json
from pathlib import Path

import pytest

from server.domain.scanned import KioskCode, OtherScan, WaybillNumber, read_scan

GIVEN = json.loads((Path(__file__).parents[3] / "scan_cases.json").read_text())


def told(scan: KioskCode | WaybillNumber | OtherScan) -> dict:
    match scan:
        case KioskCode(code):
            return {"kind": "kiosk", "code": code}
        case WaybillNumber(number):
            return {"kind": "waybill", "number": number}
        case OtherScan(is_link):
            return {"kind": "other", "is_link": is_link}


@pytest.mark.parametrize(("text", "wanted"), GIVEN["cases"])
def test_a_scan_is_told_apart(text, wanted):
    assert told(read_scan(text, GIVEN["base_url"])) == wanted
