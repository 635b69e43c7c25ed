"""The SMS vendors' settings: Aliyun, Tencent or both, and which of them is asked first."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import get_args
from urllib.parse import urlsplit

from server.providers.sms_vendors.config import (
    ALIYUN_URL,
    TEMPLATES,
    TENCENT_REGION,
    TENCENT_URL,
    AliyunSmsConfig,
    Place,
    SmsConfig,
    TencentSmsConfig,
    Vendor,
)
from server.settings_reader import Reader

FIRST, REPORTS = "SMS_FIRST", "SECRET_SMS_REPORTS"

ALIYUN_ID, ALIYUN_SECRET = "ALIYUN_SMS_KEY_ID", "SECRET_ALIYUN_SMS_KEY"
ALIYUN_SIGN, ALIYUN_TEMPLATES = "ALIYUN_SMS_SIGN_NAME", "ALIYUN_SMS_TEMPLATES"
ALIYUN_HOST, ALIYUN_PLACE = "ALIYUN_SMS_URL", "ALIYUN_SMS_FIELDS"

TENCENT_ID, TENCENT_SECRET = "TENCENT_SMS_SECRET_ID", "SECRET_TENCENT_SMS_KEY"
TENCENT_APP, TENCENT_SIGN = "TENCENT_SMS_APP_ID", "TENCENT_SMS_SIGN_NAME"
TENCENT_TEMPLATES, TENCENT_HOST = "TENCENT_SMS_TEMPLATES", "TENCENT_SMS_URL"
TENCENT_AREA = "TENCENT_SMS_REGION"

#: A part of a path that nobody guesses.
REPORT_SECRET = re.compile(r"[A-Za-z0-9_-]{24,128}")


def read(reader: Reader, *, sandbox: bool) -> SmsConfig | None:
    """Read both vendors, each all or nothing; None when there is none."""
    order = get_args(Vendor)
    first = reader.text(FIRST, order[0])
    secret = reader.text(REPORTS, "")
    found = {"aliyun": _aliyun(reader, sandbox), "tencent": _tencent(reader, sandbox)}
    if first not in found:
        reader.problem(FIRST, f"must be {' or '.join(order)}")
    if secret and not REPORT_SECRET.fullmatch(secret):
        reader.problem(REPORTS, "must be 24 to 128 letters, digits, - or _")
    if secret and not sandbox and "sandbox" in secret:
        reader.problem(REPORTS, "is the sandbox's")
    names = sorted(found, key=lambda name: name != first)
    vendors = tuple(vendor for name in names if (vendor := found[name]) is not None)
    if not vendors:
        return None
    return SmsConfig(vendors=vendors, report_secret=secret or None)


def _aliyun(reader: Reader, sandbox: bool) -> AliyunSmsConfig | None:
    url = reader.text(ALIYUN_HOST, ALIYUN_URL).rstrip("/")
    place = reader.text(ALIYUN_PLACE, "form")
    given = reader.group(ALIYUN_ID, ALIYUN_SECRET, ALIYUN_SIGN, ALIYUN_TEMPLATES)
    if given is None:
        return None
    if place not in get_args(Place):
        reader.problem(ALIYUN_PLACE, f"must be {' or '.join(get_args(Place))}")
    _check(reader, ALIYUN_HOST, url, (ALIYUN_ID, ALIYUN_SECRET), given, sandbox)
    return AliyunSmsConfig(
        key_id=given[ALIYUN_ID],
        key_secret=given[ALIYUN_SECRET],
        sign_name=given[ALIYUN_SIGN],
        templates=_templates(reader, ALIYUN_TEMPLATES, given[ALIYUN_TEMPLATES]),
        url=url,
        place="query" if place == "query" else "form",
    )


def _tencent(reader: Reader, sandbox: bool) -> TencentSmsConfig | None:
    url = reader.text(TENCENT_HOST, TENCENT_URL).rstrip("/")
    region = reader.text(TENCENT_AREA, TENCENT_REGION)
    given = reader.group(TENCENT_ID, TENCENT_SECRET, TENCENT_APP, TENCENT_SIGN, TENCENT_TEMPLATES)
    if given is None:
        return None
    ids = (TENCENT_ID, TENCENT_SECRET, TENCENT_APP)
    _check(reader, TENCENT_HOST, url, ids, given, sandbox)
    return TencentSmsConfig(
        secret_id=given[TENCENT_ID],
        secret_key=given[TENCENT_SECRET],
        app_id=given[TENCENT_APP],
        sign_name=given[TENCENT_SIGN],
        templates=_templates(reader, TENCENT_TEMPLATES, given[TENCENT_TEMPLATES]),
        url=url,
        region=region,
    )


def _check(
    reader: Reader,
    url_name: str,
    url: str,
    ids: tuple[str, ...],
    given: Mapping[str, str],
    sandbox: bool,
) -> None:
    parts = urlsplit(url)
    if parts.scheme not in (("https", "http") if sandbox else ("https",)) or not parts.netloc:
        reader.problem(url_name, "must begin with https:// and name a host")
    elif (parts.path and not sandbox) or parts.query or parts.fragment:
        reader.problem(url_name, "must end behind the host: the path is signed")
    if not sandbox:
        for name in ids:
            if "sandbox" in given[name].lower():
                reader.problem(name, "is the sandbox's")


def _templates(reader: Reader, name: str, text: str) -> dict[str, str]:
    """Read `login_code:SMS_1,move_code:SMS_2`: all of ours, and nothing else."""
    pairs = [part.strip().partition(":") for part in text.split(",") if part.strip()]
    templates = {ours.strip(): code.strip() for ours, _, code in pairs}
    if text and (set(templates) != set(TEMPLATES) or not all(templates.values())):
        reader.problem(name, f"must name a code for each: {', '.join(TEMPLATES)}")
    return templates
