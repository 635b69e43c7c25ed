"""The worker that keeps the pages' own files on the phone, so that they open without a network.

Its text names a version of all of them at once: a changed file makes a new worker, which takes
the whole new set before it drops the old one. Every file is served with the version of its server,
so that the worker takes no set of two while servers of both answer. Nothing of the API is ever
kept by it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

#: What the worker does, in the static folder; its version and files are put before it.
WORKER = "worker.js"
DIGITS = 16

#: Of which version a file is; the worker compares.
VERSION_HEADER = "X-Pages-Version"


class OfflineCopy:
    """The kept pages and their files, as they are now."""

    def __init__(self, worker: Path, kept: Iterable[tuple[str, Path]]) -> None:
        """Read `kept` (URL path and file of each): `version` names them, `script` is the worker."""
        files = sorted(kept)
        version = hashlib.sha256(worker.read_bytes())
        for url, path in files:
            version.update(url.encode() + b"\0" + path.read_bytes() + b"\0")
        self.version = version.hexdigest()[:DIGITS]
        head = (
            f"const VERSION = {json.dumps(self.version)};\n"
            f"const VERSION_HEADER = {json.dumps(VERSION_HEADER)};\n"
            f"const FILES = {json.dumps([url for url, _ in files])};\n"
        )
        self.script = head.encode() + worker.read_bytes()
