"""What Vite built of `web/`: a page for each face, hashed files, and what each page needs of them.

`manifest.json` is Vite's own list; files under `assets/` carry a hash of their contents in their
names, and lie there compressed as well (`.br`, `.gz`).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

MANIFEST = "manifest.json"
FACES = "faces"
ASSETS = "assets"


class BuiltPages:
    """One folder that Vite wrote."""

    def __init__(self, folder: Path) -> None:
        """Read its list of files.

        Raises:
            OSError: there is none: the pages were not built.
        """
        self.folder = folder
        try:
            listed = (folder / MANIFEST).read_bytes()
        except FileNotFoundError as error:
            raise FileNotFoundError(f"the pages are not built: run `make web` ({error})") from error
        self._chunks: dict[str, dict[str, Any]] = json.loads(listed)

    def page(self, face: str) -> Path:
        """Where a face's page lies."""
        return self.folder / FACES / f"{face}.html"

    def files_of(self, face: str) -> list[str]:
        """List all files that a face may ever ask for, by their URL paths, sorted."""
        seen: set[str] = set()
        left = [f"{FACES}/{face}.html"]
        files: set[str] = set()
        while left:
            name = left.pop()
            if name in seen:
                continue
            seen.add(name)
            chunk = self._chunks[name]
            left += [*chunk.get("imports", ()), *chunk.get("dynamicImports", ())]
            files.update((chunk["file"], *chunk.get("css", ()), *chunk.get("assets", ())))
        return sorted(f"/{file}" for file in files if file.startswith(f"{ASSETS}/"))
