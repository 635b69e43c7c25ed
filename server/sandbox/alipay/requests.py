"""What comes to /gateway.do: public parameters, checked as the gateway does, and contents."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from server.sandbox.alipay.signing import Keys, signed_text
from server.sandbox.alipay.texts import instant

#: [MEM] How far a request's clock may be off; Alipay documents the error, not the number.
SKEW_SECONDS = 600.0

REQUIRED = ("method", "app_id", "sign_type", "sign", "timestamp", "version")
MAX_FIELDS = 64


class GatewayError(Exception):
    """A refusal, as the gateway tells it; `is_signed` False before it knows whom it talks to."""

    def __init__(
        self, code: str, sub_code: str, sub_msg: str = "", *, is_signed: bool = True
    ) -> None:
        super().__init__(f"{code} {sub_code}")
        self.code = code
        self.sub_code = sub_code
        self.sub_msg = sub_msg
        self.is_signed = is_signed


def refused(sub_code: str, sub_msg: str = "") -> GatewayError:
    """Make a refusal of the business itself."""
    return GatewayError("40004", sub_code, sub_msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayRequest:
    """One checked request."""

    method: str
    contents: dict[str, Any]
    parameters: Mapping[str, str]  #: all of them; of some methods they are the contents
    notify_url: str | None
    app_cert_sn: str | None
    root_cert_sn: str | None

    def text(self, name: str, *, most: int = 64) -> str:
        """Read a required text of the contents.

        Raises:
            GatewayError: it is missing, empty or too long.
        """
        value = self.contents.get(name)
        if not isinstance(value, str) or not 0 < len(value) <= most:
            raise refused("ACQ.INVALID_PARAMETER", name)
        return value


def fields_of(query: str, body: bytes) -> dict[str, str]:
    """Join what stands in the URL and in the form; a name that comes twice is refused.

    Raises:
        GatewayError: it is no form.
    """
    fields: dict[str, str] = {}
    try:
        for text in (query, body.decode("ascii")):
            pairs = parse_qsl(
                text, keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS
            )
            for name, value in pairs:
                if name in fields:
                    raise ValueError(name)
                fields[name] = value
    except ValueError as error:
        raise GatewayError("40002", "isv.invalid-parameter", is_signed=False) from error
    return fields


def check(fields: Mapping[str, str], *, keys: Keys, app_id: str, now: float) -> GatewayRequest:
    """Check the public parameters, the signature first of those that prove who asks.

    Raises:
        GatewayError: as the gateway tells it.
    """
    for name in REQUIRED:
        if not fields.get(name):
            reason = f"isv.missing-{name.replace('_', '-')}"
            raise GatewayError("40001", reason, is_signed=False)
    if fields["app_id"] != app_id:
        raise GatewayError("40002", "isv.invalid-app-id", is_signed=False)
    if fields["sign_type"] != "RSA2":
        raise GatewayError("40002", "isv.invalid-signature-type", is_signed=False)
    signed = {name: value for name, value in fields.items() if name != "sign"}
    if not keys.holds(signed_text(signed), fields["sign"]):
        raise GatewayError("40002", "isv.invalid-signature", is_signed=False)
    _check_rest(fields, now)
    return GatewayRequest(
        method=fields["method"],
        contents=_contents(fields.get("biz_content", "{}")),
        parameters=fields,
        notify_url=fields.get("notify_url"),
        app_cert_sn=fields.get("app_cert_sn"),
        root_cert_sn=fields.get("alipay_root_cert_sn"),
    )


def _check_rest(fields: Mapping[str, str], now: float) -> None:
    if fields.get("charset", "").lower() != "utf-8":
        raise GatewayError("40002", "isv.invalid-charset")
    if fields["version"] != "1.0" or fields.get("format", "JSON").upper() != "JSON":
        raise GatewayError("40002", "isv.invalid-format")
    try:
        at = instant(fields["timestamp"])
    except ValueError:
        raise GatewayError("40002", "isv.invalid-timestamp") from None
    if abs(at - now) > SKEW_SECONDS:
        raise GatewayError("40002", "isv.invalid-timestamp")


def _contents(text: str) -> dict[str, Any]:
    try:
        contents = json.loads(text)
        json.dumps(contents, ensure_ascii=False).encode()  # a lone surrogate is no text
    except (ValueError, RecursionError):
        raise GatewayError("40002", "isv.invalid-parameter") from None
    if not isinstance(contents, dict):
        raise GatewayError("40002", "isv.invalid-parameter")
    return contents
