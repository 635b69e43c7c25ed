"""How an agent proves who it is: a one-time token once, its own key ever after.

A new agent makes an Ed25519 key pair, keeps the private half on its disk, and hands in the
public half with the one-time token that staff were given (`Enrol`). From then on each boot is
proved: `Boot` without a token, `BootChallenge` from the server, `BootProof` from the agent.
An agent of the previous protocol boots with its token, as long as its terminal has no key.

Keys and signatures are base64url without padding (RFC 4648 §5), Ed25519 as in RFC 8032.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Annotated

import msgspec

from realtime.wire.envelope import AgentRequest, RequestId, ShortText

#: What a signature is over begins with its purpose, so that none can be used for another.
ENROL_PURPOSE = b"lanjian-enrol-1\0"
BOOT_PURPOSE = b"lanjian-boot-1\0"

#: base64url of 32 bytes.
PublicKey = Annotated[str, msgspec.Meta(min_length=43, max_length=43)]
#: base64url of 64 bytes.
Signature = Annotated[str, msgspec.Meta(min_length=86, max_length=86)]


class Enrol(AgentRequest, frozen=True, kw_only=True, tag="enrol", tag_field="type"):
    """A new agent's first frame; answered by `Enrolled`, or a `Failure` and a close.

    The same token with the same key again gets the same answer: a lost answer costs nothing.
    `signature` is over `enrol_text`, and proves that the agent has the private half.
    """

    protocol: int
    terminal_id: ShortText
    token: Annotated[str, msgspec.Meta(min_length=1, max_length=512)]
    public_key: PublicKey
    signature: Signature


class Enrolled(msgspec.Struct, frozen=True, kw_only=True, tag="enrolled", tag_field="type"):
    """The terminal has this key now and the token is used up; a `Boot` is expected next."""

    id: RequestId


class BootChallenge(
    msgspec.Struct, frozen=True, kw_only=True, tag="boot_challenge", tag_field="type"
):
    """Prove the key of this `Boot`; `nonce` is used once, within this connection."""

    id: RequestId
    nonce: Annotated[str, msgspec.Meta(min_length=16, max_length=128)]


class BootProof(AgentRequest, frozen=True, kw_only=True, tag="boot_proof", tag_field="type"):
    """The answer to a challenge, with its `id`: a signature over `boot_text`."""

    signature: Signature


def enrol_text(terminal_id: str, token: str, public_key: str) -> bytes:
    """Make the bytes that an enrolling agent signs."""
    return ENROL_PURPOSE + "\0".join((terminal_id, token, public_key)).encode()


def boot_text(terminal_id: str, boot_id: str, nonce: str) -> bytes:
    """Make the bytes that a booting agent signs."""
    return BOOT_PURPOSE + "\0".join((terminal_id, boot_id, nonce)).encode()


def fingerprint(public_key: str) -> str:
    """Give what people compare of a public key: its SHA-256, as ssh writes it."""
    digest = hashlib.sha256(from_text(public_key)).digest()
    return "SHA256:" + base64.b64encode(digest).rstrip(b"=").decode()


def to_text(data: bytes) -> str:
    """Write a key or signature as the wire carries it."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_text(text: str) -> bytes:
    """Read a key or signature.

    Raises:
        ValueError: it is not base64url.
    """
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
