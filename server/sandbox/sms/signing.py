"""The vendors' half of ACS3 and TC3: the canonical request made anew from what came.

What is signed is what the request itself lists; the query is taken apart and written anew, since
transports escape it in their own ways. Nothing of this is shared with the platform's signers.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from urllib.parse import parse_qsl, quote

ACS3 = re.compile(
    r"ACS3-HMAC-SHA256 Credential=([\w-]{1,64}), ?SignedHeaders=([a-z0-9;-]{1,512}),"
    r" ?Signature=([0-9a-f]{64})"
)
TC3 = re.compile(
    r"TC3-HMAC-SHA256 Credential=([\w-]{1,64})/(\d{4}-\d\d-\d\d)/(\w{1,32})/tc3_request,"
    r" ?SignedHeaders=([a-z0-9;-]{1,512}), ?Signature=([0-9a-f]{64})"
)

ALIYUN_SKEW_SECONDS = 15 * 60
TENCENT_SKEW_SECONDS = 5 * 60

#: Signed by any request to Tencent; others may be.
TENCENT_SIGNED = {"content-type", "host"}

Headers = Mapping[str, str]


class BadRequest(Exception):
    """A refusal before the text is looked at, by the vendor's own code."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What came, as the vendor's gateway sees it: its own path is `/`."""

    query: str
    headers: Headers
    body: bytes


def fields_of(text: str) -> dict[str, str]:
    """Take a query or a form apart.

    Raises:
        BadRequest: it is none, or a name comes twice.
    """
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=64)
    except ValueError as error:
        raise BadRequest("InvalidParameter", "not a form") from error
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise BadRequest("InvalidParameter", "a name comes twice")
    return fields


def check_acs3(request: Request, *, key_id: str, key_secret: str, now: float) -> str:
    """Check one request to Aliyun, and give its nonce.

    Raises:
        BadRequest: as Aliyun tells it.
    """
    headers = request.headers
    found = ACS3.fullmatch(headers.get("authorization", ""))
    if found is None:
        raise BadRequest("IncompleteSignature", "no ACS3-HMAC-SHA256 authorization")
    given_id, names, signature = found.groups()
    if given_id != key_id:
        raise BadRequest("InvalidAccessKeyId.NotFound", "no such AccessKeyId", 404)
    listed = names.split(";")
    needed = {name for name in headers if name.startswith("x-acs-")} | {"host"}
    needed |= {"x-acs-action", "x-acs-version", "x-acs-date", "x-acs-signature-nonce"}
    needed |= {"x-acs-content-sha256"} | ({"content-type"} if request.body else set())
    if (
        not needed <= set(listed)
        or listed != sorted(set(listed))
        or not set(listed) <= set(headers)
    ):
        raise BadRequest("IncompleteSignature", "SignedHeaders is not complete")
    if headers["x-acs-content-sha256"] != sha256(request.body).hexdigest():
        raise BadRequest("SignatureDoesNotMatch", "x-acs-content-sha256 is not the body's")
    text = _acs3_text(request, names, listed)
    right = hmac.new(key_secret.encode(), text.encode(), sha256).hexdigest()
    if not hmac.compare_digest(right, signature):
        raise BadRequest("SignatureDoesNotMatch", "the signature does not match")
    try:
        at = datetime.strptime(headers["x-acs-date"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise BadRequest("InvalidTimeStamp.Format", "x-acs-date is no UTC time") from None
    if abs(at.timestamp() - now) > ALIYUN_SKEW_SECONDS:
        raise BadRequest("InvalidTimeStamp.Expired", "x-acs-date is too far from our clock")
    return headers["x-acs-signature-nonce"]


def _acs3_text(request: Request, names: str, listed: list[str]) -> str:
    query = "&".join(
        f"{quote(name, safe='~')}={quote(value, safe='~')}"
        for name, value in sorted(fields_of(request.query).items())
    )
    lines = "".join(f"{name}:{request.headers[name].strip()}\n" for name in listed)
    digest = request.headers["x-acs-content-sha256"]
    canonical = "\n".join(("POST", "/", query, lines, names, digest))
    return f"ACS3-HMAC-SHA256\n{sha256(canonical.encode()).hexdigest()}"


def check_tc3(request: Request, *, secret_id: str, secret_key: str, now: float) -> None:
    """Check one request to Tencent.

    Raises:
        BadRequest: as Tencent tells it (its status is 200 all the same).
    """
    headers = request.headers
    found = TC3.fullmatch(headers.get("authorization", ""))
    if found is None:
        raise BadRequest("AuthFailure.InvalidAuthorization", "no TC3-HMAC-SHA256 authorization")
    given_id, day, service, names, signature = found.groups()
    if given_id != secret_id:
        raise BadRequest("AuthFailure.SecretIdNotFound", "no such SecretId")
    timestamp, listed = headers.get("x-tc-timestamp", ""), names.split(";")
    if not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > 12:
        raise BadRequest("AuthFailure.SignatureFailure", "X-TC-Timestamp is no number")
    if abs(int(timestamp) - now) > TENCENT_SKEW_SECONDS:
        raise BadRequest("AuthFailure.SignatureExpire", "X-TC-Timestamp is too far from our clock")
    is_complete = set(listed) >= TENCENT_SIGNED and set(listed) <= set(headers)
    if not is_complete or listed != sorted(set(listed)):
        raise BadRequest("AuthFailure.SignatureFailure", "SignedHeaders is not complete")
    if service != "sms" or day != f"{datetime.fromtimestamp(int(timestamp), UTC):%Y-%m-%d}":
        raise BadRequest("AuthFailure.SignatureFailure", "the scope is not this request's")
    lines = "".join(f"{name}:{headers[name].strip().lower()}\n" for name in listed)
    canonical = f"POST\n/\n{request.query}\n{lines}\n{names}\n{sha256(request.body).hexdigest()}"
    text = (
        f"TC3-HMAC-SHA256\n{timestamp}\n{day}/{service}/tc3_request\n"
        f"{sha256(canonical.encode()).hexdigest()}"
    )
    right = hmac.new(_tc3_key(secret_key, day, service), text.encode(), sha256).hexdigest()
    if not hmac.compare_digest(right, signature):
        raise BadRequest("AuthFailure.SignatureFailure", "the signature does not match")


def _tc3_key(secret_key: str, day: str, service: str) -> bytes:
    key = hmac.new(f"TC3{secret_key}".encode(), day.encode(), sha256).digest()
    key = hmac.new(key, service.encode(), sha256).digest()
    return hmac.new(key, b"tc3_request", sha256).digest()
