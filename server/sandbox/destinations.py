"""Where notices may go: the platform's own base URLs and nowhere else."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import SplitResult, urlsplit

from server.sandbox.errors import Refused

PORTS = {"http": 80, "https": 443}


class Destinations:
    """The base URLs that a `notify_url` may lie under; compared by parts, not as text."""

    def __init__(self, prefixes: Sequence[str]) -> None:
        self._prefixes = [urlsplit(prefix) for prefix in prefixes]
        for prefix in self._prefixes:
            if prefix.scheme not in PORTS or not prefix.hostname:
                raise ValueError(f"not an http(s) URL: {prefix.geturl()!r}")

    def check(self, url: str) -> None:
        """Let a URL pass.

        Raises:
            Refused: 400 `bad_notify_url`.
        """
        try:
            parts = urlsplit(url)
            allowed = any(_lies_under(parts, prefix) for prefix in self._prefixes)
        except ValueError:  # a port that is no number, a broken IPv6 address
            allowed = False
        if not allowed:
            raise Refused(400, "bad_notify_url", "notify_url is not the configured server's")


def _lies_under(url: SplitResult, prefix: SplitResult) -> bool:
    if url.username is not None or url.password is not None or url.query or url.fragment:
        return False
    if _origin(url) != _origin(prefix):
        return False
    folder = prefix.path.rstrip("/") + "/"
    return url.path.startswith(folder) and ".." not in url.path


def _origin(url: SplitResult) -> tuple[str, str | None, int | None]:
    return url.scheme, url.hostname, url.port or PORTS.get(url.scheme)
