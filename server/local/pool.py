"""A pool of processes that ends with its parent, however the parent ends.

The standard library's pool is left behind by a parent that is killed: its processes work on at what
they were given, against databases that died meanwhile.
"""

from __future__ import annotations

import os
import threading
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context, parent_process

#: What a process of the pool says when it ends so; nobody is left to read it.
LEFT_ALONE = 1


def leashed_pool(processes: int) -> ProcessPoolExecutor:
    """Make a pool of fresh interpreters (`spawn`), each of which dies when this process does."""
    return ProcessPoolExecutor(processes, get_context("spawn"), initializer=_end_with_parent)


def _end_with_parent() -> None:
    threading.Thread(target=_wait_for_parent, daemon=True).start()


def _wait_for_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
    os._exit(LEFT_ALONE)
