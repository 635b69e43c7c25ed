"""RSA2 as Alipay's gateway does it: SHA256withRSA, PKCS #1 v1.5, base64.

The sandbox checks with `cryptography`, not with the library that the platform signs with: one
shared mistake would cancel itself out.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPublicKey,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from server.sandbox.keys import SandboxKeys

#: Who issues the certificates of a local site, and under which serial numbers; the names that
#: certificate mode knows them by follow from that (see `certificate_sn`).
ISSUER = "CN=Lanjian sandbox root,OU=sandbox,O=Lanjian sandbox,C=CN"
APP_SERIAL, ROOT_SERIAL, ALIPAY_SERIAL = 1, 2, 3


def signed_text(fields: Mapping[str, str]) -> str:
    """Give the text that is signed: sorted `k=v` joined by `&`, empty values left out."""
    return "&".join(f"{name}={value}" for name, value in sorted(fields.items()) if value)


def certificate_sn(serial: int) -> str:
    """Name a certificate as Alipay does: MD5 of its issuer and serial number."""
    return hashlib.md5(f"{ISSUER}{serial}".encode(), usedforsecurity=False).hexdigest()


class Keys:
    """The gateway's own key, and the app's public one."""

    def __init__(self, ids: SandboxKeys) -> None:
        # Its primes are not tried again: the key is our own, and trying takes long.
        private = load_pem_private_key(
            ids.provider_private_pem.encode(), None, unsafe_skip_rsa_key_validation=True
        )
        public = load_pem_public_key(ids.platform_public_pem.encode())
        if not isinstance(private, RSAPrivateKey) or not isinstance(public, RSAPublicKey):
            raise ValueError("Alipay's keys are RSA keys")
        self._private = private
        self._app = public
        self.of_addresses = hashlib.sha256(b"bills " + ids.provider_private_pem.encode()).digest()

    def sign(self, text: str) -> str:
        """Sign as the gateway."""
        return base64.b64encode(self._private.sign(text.encode(), PKCS1v15(), SHA256())).decode()

    def forge(self, text: str) -> str:
        """Give a signature that does not hold: the gateway's own, of another text."""
        return self.sign(f"not {text}")

    def holds(self, text: str, signature: str) -> bool:
        """Tell whether the app signed this text."""
        try:
            self._app.verify(
                base64.b64decode(signature, validate=True), text.encode(), PKCS1v15(), SHA256()
            )
        except (InvalidSignature, binascii.Error, ValueError):
            return False
        return True
