"""What Alipay has to be told of us, and we of it.

Two modes. With a *public key* (`alipay_public_key_pem`) customers' payments work. Transfers to
couriers are given by Alipay to apps in *certificate* mode only, where every request names the
app's certificate and Alipay's roots: `certificates` then stands in place of the public key, and
the private key belongs to `certificates.app`. Alipay's console gives all three files under
开发信息 → 接口加签方式 → 证书.
"""

from __future__ import annotations

from dataclasses import dataclass, field

GATEWAY_URL = "https://openapi.alipay.com/gateway.do"

#: The page where people let an app know who they are.
AUTHORIZE_URL = "https://openauth.alipay.com/oauth2/publicAppAuthorize.htm"

#: Alipay repeats a notice for 24 h 22 min, under one `notify_id`. A published log of the older
#: gateway has `notify_time` renewed at each repeat; for the present one it is not confirmed, so a
#: notice is fresh for as long as it is repeated, and `notify_id` keeps it from working twice.
NOTICE_FRESH_SECONDS = 25 * 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AlipayCertificates:
    """The three files of certificate mode, as PEM."""

    app: str  #: appCertPublicKey: ours, of the private key
    alipay: str  #: alipayCertPublicKey: checks answers and notices
    root: str  #: alipayRootCert: several, one after the other


@dataclass(frozen=True, slots=True, kw_only=True)
class AlipayConfig:
    """One app of one merchant; `certificates` or `alipay_public_key_pem` is given."""

    app_id: str
    seller_id: str  #: the merchant's own Alipay id, 2088...
    private_key_pem: str = field(repr=False)
    alipay_public_key_pem: str | None = None
    certificates: AlipayCertificates | None = None
    gateway_url: str = GATEWAY_URL
    authorize_url: str = AUTHORIZE_URL
    notice_fresh_seconds: float = NOTICE_FRESH_SECONDS
