"""How long to wait before calling the server again. Pure: what happened in, seconds out."""

from __future__ import annotations

import random
from dataclasses import dataclass

from realtime.wire.envelope import CloseCode

#: From this code on, coming back at once is pointless: something has to be mended first.
FIRST_FINAL_CODE = 4500


@dataclass(frozen=True, slots=True)
class Backoff:
    """Pauses between connections, seconds."""

    base_seconds: float = 0.5
    cap_seconds: float = 30.0
    #: After the server refused this agent: token, protocol, rights.
    refused_seconds: float = 300.0
    #: After a newer connection of this terminal took over: newest wins, so stay away.
    replaced_seconds: float = 60.0

    def pause(self, attempt: int, code: int | None, rng: random.Random) -> float:
        """Draw the pause after the `attempt`-th failure in a row (from 1).

        Full jitter, so that a thousand cabinets do not come back in step after an outage;
        the long pauses are never shorter than half.
        """
        if is_final(code):
            return self.refused_seconds * rng.uniform(0.5, 1.0)
        if code == CloseCode.REPLACED:
            return self.replaced_seconds * rng.uniform(0.5, 1.0)
        ceiling = min(self.cap_seconds, self.base_seconds * 2 ** min(attempt - 1, 30))
        return rng.uniform(0.0, ceiling)


def is_final(code: int | None) -> bool:
    """Tell whether a close code means that something has to be mended first."""
    return code is not None and code >= FIRST_FINAL_CODE
