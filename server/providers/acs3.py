"""Aliyun's V3 signature, ACS3-HMAC-SHA256, over a request's own parts.

Source: Aliyun's document "V3版本请求体&签名机制" and its example; the vendor's SDK
(alibabacloud-tea-openapi 0.4.6) signs the same way.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from hashlib import sha256
from urllib.parse import quote

ALGORITHM = "ACS3-HMAC-SHA256"


def encoded(fields: Mapping[str, str]) -> str:
    """Write fields as Aliyun canonicalises them: sorted, all but RFC 3986's unreserved escaped."""
    return "&".join(
        f"{quote(name, safe='~')}={quote(value, safe='~')}"
        for name, value in sorted(fields.items())
    )


def digest(body: bytes) -> str:
    """Give what goes into x-acs-content-sha256."""
    return sha256(body).hexdigest()


def authorization(
    *, key_id: str, key_secret: str, query: str, headers: Mapping[str, str], path: str = "/"
) -> str:
    """Sign a POST; all headers given are signed, x-acs-content-sha256 among them.

    `query` is canonical already (see `encoded`).
    """
    signed = {name.lower(): value.strip() for name, value in headers.items()}
    names = ";".join(sorted(signed))
    lines = "".join(f"{name}:{signed[name]}\n" for name in sorted(signed))
    request = f"POST\n{path}\n{query}\n{lines}\n{names}\n{signed['x-acs-content-sha256']}"
    to_sign = f"{ALGORITHM}\n{sha256(request.encode()).hexdigest()}"
    signature = hmac.new(key_secret.encode(), to_sign.encode(), sha256).hexdigest()
    return f"{ALGORITHM} Credential={key_id},SignedHeaders={names},Signature={signature}"
