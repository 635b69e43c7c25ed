"""What a phone's camera sees in tests: a still picture, changed while the camera runs.

Chromium plays a raw Y4M file over and over, from wherever it is in it; so the file keeps its place
and its size, and only what is in its one frame changes.
"""

from __future__ import annotations

from pathlib import Path

from PIL import Image

SIZE = (640, 480)
FRAMES_A_SECOND = 10

#: How much of the picture what is held before the camera fills at most.
MARGIN = 40
TABLE = 190  #: how light what lies behind it is, of 255

_HEAD = f"YUV4MPEG2 W{SIZE[0]} H{SIZE[1]} F{FRAMES_A_SECOND}:1 Ip A1:1 C420\nFRAME\n".encode()
_NO_COLOUR = b"\x80" * (SIZE[0] * SIZE[1] // 2)


class Film:
    """The file that a browser's camera looks at (`Program` of tests/e2e/chromium.py)."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.write_bytes(_frame(None))

    def show(self, picture: Image.Image) -> None:
        """Hold a picture before the camera, in place of what was there."""
        with self.path.open("r+b") as file:
            file.write(_frame(picture))


def _frame(picture: Image.Image | None) -> bytes:
    seen = Image.new("L", SIZE, TABLE)
    if picture is not None:
        held = picture.convert("L")
        held.thumbnail((SIZE[0] - 2 * MARGIN, SIZE[1] - 2 * MARGIN))
        seen.paste(held, ((SIZE[0] - held.width) // 2, (SIZE[1] - held.height) // 2))
    return _HEAD + seen.tobytes() + _NO_COLOUR
