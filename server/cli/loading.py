"""Importing much at once, as a process does that starts."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def loading() -> Iterator[None]:
    """Import without looking for garbage, and never look at what was imported.

    Modules stay as long as their process. Looking through them again and again while more come
    is a tenth of a server's start, and a pause of every full collection afterwards.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
