"""The worker that keeps the pages' own files on the phone, so that they open without a network.

Its text names a version of all of them at once: a changed file makes a new worker, which takes
the whole new set before it drops the old one. Every file is served with the version of its server,
so that the worker takes no set of two while servers of both answer. Nothing of the API is ever
kept by it.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

#: Pages that people need where there is no network, by the path they are kept under.
PAGES = {"/courier": "courier.html", "/customer": "customer.html", "/v/_": "visit.html"}

#: What the worker does, in the static folder; its version and files are put before it.
WORKER = "worker.js"
DIGITS = 16

#: Of which version a file is; the worker compares.
VERSION_HEADER = "X-Pages-Version"


class OfflineCopy:
    """The files of one `web/` folder, as they are now."""

    def __init__(self, web: Path) -> None:
        """Read them: `version` names their contents, `script` is the worker's text."""
        files = sorted(path for path in (web / "static").iterdir() if path.is_file())
        version = hashlib.sha256()
        for path in (*files, *(web / "pages" / page for page in PAGES.values())):
            version.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
        self.version = version.hexdigest()[:DIGITS]
        kept = [*PAGES, *(f"/static/{path.name}" for path in files if path.name != WORKER)]
        head = (
            f"const VERSION = {json.dumps(self.version)};\n"
            f"const VERSION_HEADER = {json.dumps(VERSION_HEADER)};\n"
            f"const FILES = {json.dumps(kept)};\n"
        )
        self.script = head.encode() + (web / "static" / WORKER).read_bytes()
