"""Delivery reports as the vendors' documents show them, and whatever else may come."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.errors import BadNotice
from server.providers.sms_vendors.reports import TAKEN, read_reports

#: The examples of the vendors' documents.
ALIYUN = {
    "phone_number": "13800000001",
    "send_time": "2017-01-01 00:00:00",
    "report_time": "2017-01-01 00:00:00",
    "success": True,
    "err_code": "DELIVERED",
    "err_msg": "用户接收成功",
    "sms_size": "1",
    "biz_id": "12345",
    "out_id": "67890",
}
TENCENT = {
    "user_receive_time": "2015-10-17 08:03:04",
    "nationcode": "86",
    "mobile": "13800000001",
    "report_status": "SUCCESS",
    "errmsg": "DELIVRD",
    "description": "用户短信送达成功",
    "sid": "8:aIt9bcbZHdse7kBZuqi20170104",
}


def test_the_vendors_examples():
    (one, two) = read_reports("aliyun", json.dumps([ALIYUN, ALIYUN]).encode())
    assert one == two
    assert (one.serial, one.reference, one.delivered, one.code) == (
        "12345",
        "67890",
        True,
        "DELIVERED",
    )
    (one,) = read_reports("tencent", json.dumps([TENCENT]).encode())
    assert (one.serial, one.reference, one.delivered) == (TENCENT["sid"], "", True)
    failed = {**TENCENT, "report_status": "FAIL", "errmsg": "MK:0001"}
    (one,) = read_reports("tencent", json.dumps([failed]).encode())
    assert (one.delivered, one.code) == (False, "MK:0001")


def test_no_phone_is_kept():
    told = {**ALIYUN, "err_code": "13800000001", "success": False}
    (one,) = read_reports("aliyun", json.dumps([told]).encode())
    assert "13800000001" not in repr(one)
    (one,) = read_reports("aliyun", json.dumps([{**ALIYUN, "err_code": "no\nword"}]).encode())
    assert one.code == "other"


@pytest.mark.parametrize("vendor", ["aliyun", "tencent"])
@pytest.mark.parametrize(
    "raw",
    [b"", b"{}", b"[1]", b"[{}]", b"\xff", b'[{"biz_id":"","sid":""}]', b"[" * 100_000, b"null"],
)
def test_what_is_no_report_is_refused(vendor: str, raw: bytes):
    with pytest.raises(BadNotice) as refusal:
        read_reports(vendor, raw)
    assert refusal.value.rule == "malformed"


@given(st.sampled_from(["aliyun", "tencent", "nobody"]), st.binary())
def test_nothing_else_is_ever_raised(vendor: str, raw: bytes):
    with contextlib.suppress(BadNotice):
        read_reports(vendor, raw)


def test_what_vendors_want_to_hear():
    assert json.loads(TAKEN["aliyun"])["code"] == 0
    assert json.loads(TAKEN["tencent"]) == {"result": 0, "errmsg": "OK"}
