"""Looking at processes that are not our children any more."""

import os
from pathlib import Path


def is_alive(pid: int) -> bool:
    """Answer whether a process runs; a zombie that nobody collects does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    try:
        return stat.read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:  # gone since, or a system without /proc
        return not Path("/proc/self").exists()
