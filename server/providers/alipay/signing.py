"""Signing and checking with python-alipay-sdk; its HTTP is never used.

What the library leaves open is closed here: its clock is the process's local one, a signature
that is no base64 raises, and `verify` takes fields out of the caller's dict. Its certificate mode
(`DCAliPay`) is this mode with two more parameters, which `certificates.py` makes without what
pyOpenSSL is about to drop.
"""

from __future__ import annotations

import binascii
from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from alipay import AliPay
from alipay.exceptions import AliPayException

from server.providers.alipay.certificates import (
    certificate_key,
    certificate_sn,
    root_certificates_sn,
)
from server.providers.alipay.config import AlipayConfig
from server.providers.alipay.texts import time_text

SIGN_TYPE = "RSA2"  #: SHA256withRSA; the older RSA (SHA-1) is not spoken


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """One request: the public parameters for the URL, the contents for the body."""

    query: str
    body: str


class AlipaySigner:
    """Signs as the app, and checks what Alipay signed."""

    def __init__(self, config: AlipayConfig) -> None:
        """Load the keys.

        Raises:
            ValueError: a key or certificate cannot be read, or neither mode is given whole.
        """
        try:
            public_key = _public_key(config)
            if not public_key:
                raise ValueError("neither a public key nor certificates")
            self._certificate_names = _certificate_names(config)
            self._sdk = AliPay(
                appid=config.app_id,
                app_private_key_string=config.private_key_pem,
                alipay_public_key_string=public_key,
                sign_type=SIGN_TYPE,
            )
        except (ValueError, IndexError, TypeError) as error:
            raise ValueError("Alipay's keys or certificates cannot be read") from error
        self.can_transfer = config.certificates is not None

    def request(
        self, method: str, contents: Mapping[str, Any], at: datetime, notify_url: str | None
    ) -> SignedRequest:
        """Sign one request.

        Alipay reads the charset from the URL, so the public parameters stand there; what may be
        of a person (`biz_content`) goes in the body.
        """
        signed = self._sdk.client_api(
            method,
            dict(contents),
            timestamp=time_text(at),
            format="JSON",
            notify_url=notify_url,
            **self._certificate_names,
        )
        return _parted(signed, frozenset({"biz_content"}))

    def plain_request(
        self, method: str, parameters: Mapping[str, str], at: datetime
    ) -> SignedRequest:
        """Sign a request of the few methods whose contents are parameters of their own."""
        fields = self._sdk.build_body(
            method,
            timestamp=time_text(at),
            format="JSON",
            **self._certificate_names,
            **parameters,
        )
        del fields["biz_content"]
        return _parted(self._sdk.sign_data(fields), frozenset(parameters))

    def holds_text(self, text: str, signature: str) -> bool:
        """Tell whether Alipay signed exactly this text."""
        try:
            return bool(self._sdk._verify(text, signature))
        except (binascii.Error, ValueError):
            return False

    def holds_fields(self, fields: Mapping[str, str], signature: str) -> bool:
        """Tell whether Alipay signed these fields, `sign` and `sign_type` left out."""
        try:
            return bool(self._sdk.verify(dict(fields), signature))
        except (binascii.Error, ValueError, AliPayException):
            return False


def _parted(signed: str, contents: Set[str]) -> SignedRequest:
    """Put what may be of a person into the body, the rest into the URL."""
    pairs = signed.split("&")
    inside = [pair for pair in pairs if pair.partition("=")[0] in contents]
    return SignedRequest("&".join(pair for pair in pairs if pair not in inside), "&".join(inside))


def _public_key(config: AlipayConfig) -> str | None:
    if config.certificates is None:
        return config.alipay_public_key_pem
    return certificate_key(config.certificates.alipay)


def _certificate_names(config: AlipayConfig) -> dict[str, str]:
    if config.certificates is None:
        return {}
    return {
        "app_cert_sn": certificate_sn(config.certificates.app),
        "alipay_root_cert_sn": root_certificates_sn(config.certificates.root),
    }
