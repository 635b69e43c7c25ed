"""What the machine under the agent knows of itself: which boot it is, its age, its free disk.

Linux only: the kernel names each boot (`/proc/sys/kernel/random/boot_id`, random(4)) and counts
its seconds with those of suspension in them (CLOCK_BOOTTIME, clock_gettime(2)). Elsewhere a
boot has no name, and what must not outlive one is not kept.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

BOOT_ID_PATH = Path("/proc/sys/kernel/random/boot_id")
#: Absent on systems without it.
_BOOTTIME: int | None = getattr(time, "CLOCK_BOOTTIME", None)


def boot_name(path: Path = BOOT_ID_PATH) -> str | None:
    """Tell the name of this boot of the machine; None where there is none, or no such clock."""
    if _BOOTTIME is None:
        return None
    try:
        return path.read_text(encoding="ascii").strip() or None
    except (OSError, ValueError):
        return None


def since_boot() -> float:
    """Tell the seconds since the machine booted, suspension included where it can be told."""
    return time.monotonic() if _BOOTTIME is None else time.clock_gettime(_BOOTTIME)


def free_bytes(folder: Path) -> int | None:
    """Ask what the file system of a folder has left for this process."""
    try:
        found = os.statvfs(folder)
    except OSError:
        return None
    return found.f_bavail * found.f_frsize
