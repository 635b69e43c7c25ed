"""The worker that keeps the pages' own files on the phone, so that they open without a network.

Its text names a version of all of them at once: a changed file makes a new worker, which takes
the whole new set before it drops the old one. Nothing of the API is ever kept by it.
"""

from __future__ import annotations

import hashlib
import json
from functools import cached_property
from pathlib import Path

#: Pages that people need where there is no network, by the path they are kept under.
PAGES = {"/courier": "courier.html", "/customer": "customer.html", "/v/_": "visit.html"}

#: What the worker does, in the static folder; its version and files are put before it.
WORKER = "worker.js"
DIGITS = 16


class OfflineCopy:
    """The files of one `web/` folder, as they are when first asked for."""

    def __init__(self, web: Path) -> None:
        self._web = web

    @cached_property
    def script(self) -> bytes:
        """The worker's text."""
        files = sorted(path for path in (self._web / "static").iterdir() if path.is_file())
        version = hashlib.sha256()
        for path in (*files, *(self._web / "pages" / page for page in PAGES.values())):
            version.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
        kept = [*PAGES, *(f"/static/{path.name}" for path in files if path.name != WORKER)]
        head = (
            f"const VERSION = {json.dumps(version.hexdigest()[:DIGITS])};\n"
            f"const FILES = {json.dumps(kept)};\n"
        )
        return head.encode() + (self._web / "static" / WORKER).read_bytes()
