"""WeChat Pay's signatures and seals, from the wallet's side.

A request's `Authorization` is of SHA256-RSA over its method, its path with the query as it was
sent, its time, nonce and raw body; an answer and a notice carry theirs in `Wechatpay-*` headers.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from server.sandbox.errors import Refused
from server.sandbox.keys import SandboxKeys

SCHEME = "WECHATPAY2-SHA256-RSA2048"
FRESH_SECONDS = 300

AUTHORIZATION = re.compile(rf'{SCHEME} ((?:[a-z_]+="[^"]*",)*[a-z_]+="[^"]*")')
PART = re.compile(r'([a-z_]+)="([^"]*)"')
PARTS = {"mchid", "nonce_str", "signature", "timestamp", "serial_no"}
TIMESTAMP = re.compile(r"[0-9]{1,12}")
NONCE = re.compile(r"[\x21-\x7e]{1,32}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What of a request its signature covers."""

    method: str
    target: str  #: path and query to the byte, as they came
    body: bytes
    authorization: str


class Seals:
    """The wallet's own key, the merchant's public one, and the secret that both have."""

    def __init__(self, keys: SandboxKeys) -> None:
        # Our own file's keys: their long check at each start would tell us nothing.
        own = load_pem_private_key(
            keys.provider_private_pem.encode(), None, unsafe_skip_rsa_key_validation=True
        )
        merchant = load_pem_public_key(keys.platform_public_pem.encode())
        if not isinstance(own, RSAPrivateKey) or not isinstance(merchant, RSAPublicKey):
            raise ValueError("the sandbox's keys are not RSA")
        self._own = own
        self._merchant = merchant
        self._keys = keys

    def check(self, request: Request, now: float) -> str:
        """Give the nonce of a request that the merchant signed; whether it is new is the store's.

        Raises:
            Refused: 401 `SIGN_ERROR`.
        """
        matched = AUTHORIZATION.fullmatch(request.authorization)
        found = PART.findall(matched[1]) if matched else []
        parts: dict[str, str] = dict(found)
        if set(parts) != PARTS or len(found) != len(PARTS):
            raise _bad("Authorization 格式错误")
        if parts["mchid"] != self._keys.wechatpay_mchid:
            raise _bad("商户号不匹配")
        if parts["serial_no"] != self._keys.wechatpay_serial:
            raise _bad("证书序列号不匹配")
        timestamp, nonce = parts["timestamp"], parts["nonce_str"]
        if not TIMESTAMP.fullmatch(timestamp) or not NONCE.fullmatch(nonce):
            raise _bad("时间戳或随机串格式错误")
        head = f"{request.method}\n{request.target}\n{timestamp}\n{nonce}\n".encode()
        if not self.signed_by_merchant(head + request.body + b"\n", parts["signature"]):
            raise _bad("签名错误")
        if abs(now - int(timestamp)) > FRESH_SECONDS:
            raise _bad("请求时间戳超出允许范围")
        return nonce

    def signed_by_merchant(self, message: bytes, signature: str) -> bool:
        """Tell whether the merchant signed exactly this."""
        try:
            raw = base64.b64decode(signature, validate=True)
            self._merchant.verify(raw, message, PKCS1v15(), SHA256())
        except (InvalidSignature, binascii.Error, ValueError):
            return False
        return True

    def sign(self, body: bytes, *, now: float, nonce: str, rightly: bool = True) -> dict[str, str]:
        """Give the headers of an answer or notice; wrongly signed, they are of other bytes."""
        timestamp = int(now)
        message = f"{timestamp}\n{nonce}\n".encode() + body + (b"\n" if rightly else b" \n")
        signature = self._own.sign(message, PKCS1v15(), SHA256())
        return {
            "Wechatpay-Timestamp": str(timestamp),
            "Wechatpay-Nonce": nonce,
            "Wechatpay-Serial": self._keys.wechatpay_public_key_id,
            "Wechatpay-Signature": base64.b64encode(signature).decode(),
            "Wechatpay-Signature-Type": SCHEME,
        }

    def seal(self, plain: bytes, *, nonce: str, associated: str) -> str:
        """Seal for the merchant (AEAD_AES_256_GCM); the nonce is of 12 characters."""
        key = AESGCM(self._keys.wechatpay_api_v3_key.encode())
        return base64.b64encode(key.encrypt(nonce.encode(), plain, associated.encode())).decode()

    def open_name(self, sealed: str, serial: str | None) -> str:
        """Open a name that was encrypted for us; `serial` is the request's Wechatpay-Serial.

        Raises:
            Refused: 400 `PARAM_ERROR`.
        """
        if serial != self._keys.wechatpay_public_key_id:
            raise Refused(400, "PARAM_ERROR", "Wechatpay-Serial 与加密公钥不匹配")
        try:
            raw = base64.b64decode(sealed, validate=True)
            opened = self._own.decrypt(raw, OAEP(mgf=MGF1(SHA1()), algorithm=SHA1(), label=None))
            return opened.decode()
        except (binascii.Error, ValueError) as error:
            raise Refused(400, "PARAM_ERROR", "收款用户姓名解密失败") from error


def _bad(why: str) -> Refused:
    return Refused(401, "SIGN_ERROR", why)
