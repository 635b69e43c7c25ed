"""The process beside the server that reads photos: `python -m server.providers.ocr.child SECONDS`.

A request on standard input is a byte for the kind (its place in `KINDS`), the photo's length in
four bytes, big-endian, and the photo; an answer on standard output is a length and JSON
(`Answer`). One at a time. The process ends when its input does, or after that many idle seconds:
the memory that models and pictures took goes back to the machine.
"""

from __future__ import annotations

import os
import resource
import select
import struct
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import msgspec

from server.domain.bookings.papers import PaperKind
from server.providers.ocr.engine import Engine, decoded, turned
from server.providers.ocr.looking import read_photo
from server.providers.ocr.wire import HEAD, KINDS, LENGTH, Answer

CLEAR_REFS, STATUS = Path("/proc/self/clear_refs"), Path("/proc/self/status")


def main() -> int:
    """Serve until the input ends, or nothing came for as long as said."""
    idle_seconds = float(sys.argv[1])
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints is no answer
    requests = os.fdopen(0, "rb", buffering=0)
    engine = Engine()
    while select.select([requests], [], [], idle_seconds)[0]:
        head = _exactly(requests, HEAD.size)
        if head is None:
            return 0
        kind, length = HEAD.unpack(head)
        photo = _exactly(requests, length)
        if photo is None:
            return 0
        answer = msgspec.json.encode(_answer(engine, KINDS[kind], photo))
        answers.write(LENGTH.pack(len(answer)) + answer)
        answers.flush()
    return 0


def _answer(engine: Engine, kind: PaperKind, photo: bytes) -> Answer:
    started = time.monotonic()
    _forget_peak()
    try:
        picture = decoded(photo)
    except (OSError, ValueError, SyntaxError):
        return Answer(rule="photo")
    paper = read_photo(kind, lambda turns: engine.lines(turned(picture, turns)))
    return Answer(
        fields={name: getattr(paper, name) for name in paper.__dataclass_fields__},
        seconds=time.monotonic() - started,
        peak_bytes=_peak_bytes(),
    )


def _forget_peak() -> None:
    """Let Linux count the most memory anew; where it does not, the most ever is told."""
    with suppress(OSError):
        CLEAR_REFS.write_text("5")


def _peak_bytes() -> int:
    with suppress(OSError, StopIteration, ValueError):
        lines = STATUS.read_text().splitlines()
        return 1024 * int(next(line for line in lines if line.startswith("VmHWM")).split()[1])
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else 1024 * most  # its unit differs


def _exactly(source: BinaryIO, count: int) -> bytes | None:
    """Read that many bytes; None when the input ends before."""
    parts = bytearray()
    while len(parts) < count:
        part = source.read(count - len(parts))
        if not part:
            return None
        parts += part
    return bytes(parts)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (BrokenPipeError, KeyboardInterrupt):
        sys.exit(0)
    except struct.error:
        sys.exit(2)
