"""A phone page's first load, as a phone that takes the best compression fetches it."""

import json
import os
from pathlib import Path

import pytest

import web

pytestmark = pytest.mark.slow  # it looks at what `make web` built

MOST_BYTES = 200_000
PHONE_FACES = ("home", "login", "customer", "courier", "visit", "pay", "book", "me")
DIST = Path(os.environ.get("LANJIAN_WEB_DIST") or web.DIST)


def first_files(chunks: dict[str, dict[str, list[str]]], name: str) -> set[str]:
    """Give the page and every script and style that it needs before it can draw."""
    files, left, seen = {name}, [name], set[str]()
    while left:
        chunk = chunks[(at := left.pop())]
        seen.add(at)
        files |= {str(chunk["file"]), *chunk.get("css", [])}
        left += [one for one in chunk.get("imports", []) if one not in seen]
    return files


def weight(file: str) -> int:
    """Count the bytes that are sent of a file."""
    packed = DIST / f"{file}.br"
    return (packed if packed.exists() else DIST / file).stat().st_size


@pytest.mark.parametrize("face", PHONE_FACES)
def test_a_phone_pages_first_load_is_small(face: str) -> None:
    chunks = json.loads((DIST / "manifest.json").read_text("utf-8"))
    files = first_files(chunks, f"faces/{face}.html")
    assert len(files) > 2
    assert sum(map(weight, files)) < MOST_BYTES, {file: weight(file) for file in files}
