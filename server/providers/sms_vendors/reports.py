"""What vendors tell of texts that they sent: delivered, or not and why.

Neither vendor signs its reports: whoever knows the URL can make one, so a part of its path is a
secret. Both post a JSON array. Sources: Aliyun "SmsReport" (HTTP 批量推送), repeated after 1, 5 and
10 minutes until HTTP 200; Tencent "短信下发状态通知" (382/43547).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated

import msgspec

from server.domain.errors import BadNotice
from server.providers.sms_vendors.config import Vendor

Short = Annotated[str, msgspec.Meta(max_length=128)]

#: Carriers' codes are words; anything else is kept as `other`.
CODE = re.compile(r"[A-Za-z0-9_:.\-]{1,40}")

#: A run of digits as long as a phone number is none of a code's business.
DIGITS = re.compile(r"\d{7,}")

#: What the vendor wants to hear; anything but 200 makes Aliyun repeat the report.
TAKEN: Mapping[Vendor, bytes] = {
    "aliyun": '{"code":0,"msg":"成功"}'.encode(),
    "tencent": b'{"result":0,"errmsg":"OK"}',
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsReport:
    """One text's fate, without the phone that the vendor tells too."""

    vendor: Vendor
    serial: str  #: BizId or SerialNo
    reference: str  #: ours, where the vendor repeats it
    delivered: bool
    code: str  #: the carrier's word


class _Aliyun(msgspec.Struct, frozen=True):
    biz_id: Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
    success: bool
    err_code: Short = ""
    out_id: Short | None = None


class _Tencent(msgspec.Struct, frozen=True):
    sid: Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
    report_status: str
    errmsg: Short = ""


def read_reports(vendor: str, raw: bytes) -> list[SmsReport]:
    """Read what came, all of it or nothing.

    Raises:
        BadNotice: rule `vendor` or `malformed`.
    """
    read = READERS.get(vendor)
    if read is None:
        raise BadNotice(rule="vendor")
    try:
        return read(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BadNotice(rule="malformed") from error


def _of_aliyun(raw: bytes) -> list[SmsReport]:
    return [
        SmsReport(
            vendor="aliyun",
            serial=one.biz_id,
            reference=one.out_id or "",
            delivered=one.success,
            code=_code(one.err_code),
        )
        for one in msgspec.json.decode(raw, type=list[_Aliyun])
    ]


def _of_tencent(raw: bytes) -> list[SmsReport]:
    return [
        SmsReport(
            vendor="tencent",
            serial=one.sid,
            reference="",
            delivered=one.report_status == "SUCCESS",
            code=_code(one.errmsg),
        )
        for one in msgspec.json.decode(raw, type=list[_Tencent])
    ]


READERS: Mapping[str, Callable[[bytes], list[SmsReport]]] = {
    "aliyun": _of_aliyun,
    "tencent": _of_tencent,
}


def _code(text: str) -> str:
    return text if CODE.fullmatch(text) and not DIGITS.search(text) else "other"
