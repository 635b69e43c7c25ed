"""RapidOCR as we use it: its models from inside its wheel, one thread, no network.

The one home of rapidocr, OpenCV and numpy. Only the child process imports it (`child.py`): some
500 MB and seconds of a core are no server's own.
"""

from __future__ import annotations

import io

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from rapidocr import RapidOCR

from server.providers.ocr.lines import Line

Picture = NDArray[np.uint8]

#: More pixels cost seconds and hundreds of megabytes, and read no better.
LONGEST_PIXELS = 1280

#: Where no colour differs by more, of 255, nothing is written: a pocket, a covered lens.
LEAST_CONTRAST = 8

#: Its own choice is one thread a core, which would starve the server beside it.
ONE_THREAD = {
    "EngineConfig.onnxruntime.intra_op_num_threads": 1,
    "EngineConfig.onnxruntime.inter_op_num_threads": 1,
    "Global.max_side_len": LONGEST_PIXELS,
    "Global.log_level": "error",
}


class Engine:
    """Finds lines of text; loaded when made (about a second)."""

    def __init__(self) -> None:
        cv2.setNumThreads(1)
        self._rapid = RapidOCR(params=ONE_THREAD)

    def lines(self, picture: Picture) -> list[Line]:
        """Find the lines of a picture that is upright, in no certain order.

        The engine's own judge of upside-down lines is left out: it turns a long line of an
        upright paper now and then, and nothing is read of it.
        """
        if np.ptp(picture, axis=(0, 1)).max() <= LEAST_CONTRAST:
            return []  # looking for lines would take a second all the same
        found = self._rapid(picture, use_cls=False)
        texts, boxes = getattr(found, "txts", None), getattr(found, "boxes", None)
        scores = getattr(found, "scores", None)
        if texts is None or boxes is None or scores is None:
            return []
        return [
            Line(text=str(text), box=_corners(box), score=float(score))
            for text, box, score in zip(texts, boxes, scores, strict=True)
        ]


def decoded(photo: bytes) -> Picture:
    """Decode a JPEG to what the engine takes, made smaller where it is large.

    Raises:
        OSError, ValueError: it is no JPEG, or a damaged one.
    """
    picture = Image.open(io.BytesIO(photo), formats=("JPEG",))
    picture.draft("RGB", (LONGEST_PIXELS, LONGEST_PIXELS))
    picture.thumbnail((LONGEST_PIXELS, LONGEST_PIXELS))
    return np.ascontiguousarray(np.asarray(picture.convert("RGB"))[:, :, ::-1])


def turned(picture: Picture, quarters: int) -> Picture:
    """Turn a picture clockwise."""
    return np.ascontiguousarray(np.rot90(picture, -quarters))


def _corners(
    box: NDArray[np.float32],
) -> tuple[tuple[float, float], tuple[float, float], tuple[float, float], tuple[float, float]]:
    a, b, c, d = ((round(float(x), 1), round(float(y), 1)) for x, y in box)
    return a, b, c, d
