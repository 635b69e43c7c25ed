"""Where a request comes from: the peer, or what a trusted proxy reports of it."""

from __future__ import annotations

import ipaddress


def client_address(peer: str, forwarded: str, trusted: frozenset[str]) -> str:
    """Give the nearest address that is not one of our own proxies.

    `X-Forwarded-For` is believed from a trusted peer only, and from its right end only: what
    stands further left was written by whoever asked.
    """
    if peer not in trusted:
        return peer
    nearest = peer
    for text in reversed([part.strip() for part in forwarded.split(",") if part.strip()]):
        if not _is_address(text):
            return nearest
        nearest = text
        if text not in trusted:
            break
    return nearest


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
