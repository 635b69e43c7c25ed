"""What wallets' settings have in common: key files, base URLs, and nothing of the sandbox's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from server.settings_reader import Reader

#: Tells whether a PEM file holds what it should.
Holds = Callable[[bytes], bool]


def read_pem(reader: Reader, name: str, file: str, holds: Holds) -> str:
    """Read a key or certificate file; an empty text when it is not given or not what it should be.

    Never tells what is in it.
    """
    if not file:
        return ""
    try:
        text = Path(file).read_text("ascii")
    except (OSError, ValueError):
        reader.problem(name, "names a file that cannot be read")
        return ""
    try:
        is_right = holds(text.encode())
    except (ValueError, TypeError):
        is_right = False
    if not is_right:
        reader.problem(name, "names a file that is not the PEM it should be")
        return ""
    return text


def rsa_private(pem: bytes) -> bool:
    """Tell whether it is an RSA private key.

    Its numbers are tried by the library when the client is made; once is enough.
    """
    own = load_pem_private_key(pem, None, unsafe_skip_rsa_key_validation=True)
    return isinstance(own, RSAPrivateKey)


def rsa_public(pem: bytes) -> bool:
    """Tell whether it is an RSA public key."""
    return isinstance(load_pem_public_key(pem), RSAPublicKey)


def rsa_certificate(pem: bytes) -> bool:
    """Tell whether it is a certificate of an RSA key."""
    return isinstance(x509.load_pem_x509_certificate(pem).public_key(), RSAPublicKey)


def check_url(reader: Reader, name: str, url: str, *, sandbox: bool, with_path: bool) -> None:
    """Want https and a host; plain http in the sandbox alone."""
    parts = urlsplit(url)
    if parts.scheme not in (("https", "http") if sandbox else ("https",)) or not parts.netloc:
        reader.problem(name, "must begin with https:// and name a host")
    elif with_path and (parts.query or parts.fragment):
        reader.problem(name, "must end with its path")
    elif not with_path and (parts.path or parts.query or parts.fragment):
        reader.problem(name, "must end behind the host: the path is signed")


def refuse_play(
    reader: Reader,
    given: Mapping[str, str],
    names: Iterable[str],
    words: tuple[str, ...] = ("sandbox",),
) -> None:
    """Refuse values in whose text money is play."""
    for name in names:
        if any(word in given[name].lower() for word in words):
            reader.problem(name, "is the sandbox's")
