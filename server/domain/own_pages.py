"""The paths of our own pages: where a log-in may return to, and what may use WeChat's JS-SDK."""

from __future__ import annotations

import re

from server.domain.errors import InvalidInput

_PATH = re.compile(
    r"/(?:(?:customer|courier|staff|me|book)(?:/[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}){0,4}/?|login"
    r"|v/[A-Za-z0-9._~-]{1,160}|(?:visit|pay)/[A-Z0-9]{1,64})?",
    re.ASCII,
)
_FRAGMENT = re.compile(r"[A-Za-z0-9/_.-]{0,100}", re.ASCII)

MOST_CHARACTERS = 1024


def return_path(text: str) -> str:
    """Give a path of one of our pages, with its fragment; a query is not part of it.

    Raises:
        InvalidInput: it leads elsewhere.
    """
    path, _, fragment = text.partition("#")
    if not _PATH.fullmatch(path) or not _FRAGMENT.fullmatch(fragment):
        raise InvalidInput(field="return_path", rule="own_page")
    return text


def with_query(path: str, query: str) -> str:
    """Put a query before the fragment of a `return_path`."""
    page, hash_mark, fragment = path.partition("#")
    return f"{page}?{query}{hash_mark}{fragment}"


def own_url(url: str, base_url: str) -> str:
    """Give the URL of one of our pages, without its fragment.

    Raises:
        InvalidInput: it is none of ours.
    """
    bare = url.partition("#")[0]
    if len(bare) > MOST_CHARACTERS or not bare.startswith(base_url + "/"):
        raise InvalidInput(field="url", rule="own_page")
    path, _, query = bare[len(base_url) :].partition("?")
    if not _PATH.fullmatch(path) or not query.isascii() or not query.isprintable():
        raise InvalidInput(field="url", rule="own_page")
    return bare
