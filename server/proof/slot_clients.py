"""One car owner in the race for slots, by the HTTP API: holds, fills the form, looks at the page.

Comes back after every break with the same request id, on the next server, as pages do.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tornado.httpclient import HTTPClientError

from server.proof.acts import small_photo
from server.proof.people import JsonObject, Refused, Visitor

RETRY_SECONDS = 0.05

#: Answers of the API that say: nothing is known, ask again under the same request id.
UNKNOWN = frozenset({"unavailable", "outcome_unknown", "internal", "limited", "in_progress"})


@dataclass(slots=True)
class Client:
    """One car owner with one wish, who comes back after every break."""

    number: int
    visitor: Visitor
    urls: Sequence[str]
    slot: str
    photos: list[str] = field(default_factory=list)
    round: int = 0  #: a new press of the button is a new request id
    told: str = "none"  #: none, held, booked, full
    booking: str = ""
    attempts: int = 0
    breaks: int = 0

    async def claim(self, until: float, leaves: Callable[[], bool]) -> None:
        """Claim a place, and fill the form unless `leaves` says otherwise."""
        self.round += 1
        while time.monotonic() < until:
            held = await self._persist("POST", "/v1/bookings", self._wish(), until)
            if held.get("code") == "slot_full":
                self.told = "full"
                return
            if held.get("code") == "hold_over":
                self.round += 1
                continue
            if "code" in held:
                raise Refused(0, held)
            self.told, self.booking = "held", str(held["booking_id"])
            if leaves() or await self._book(until):
                return
            self.round += 1

    async def _book(self, until: float) -> bool:
        """Fill the form; False when the hold ran out meanwhile."""
        form = {
            "name": "车主甲乙",
            "phone": self.visitor.phone,
            "plate": f"粤B{self.number:05d}",
            "id_photo": await self._photo(0, until),
            "licence_photo": await self._photo(1, until),
            "consent_version": "2026-11",
        }
        booked = await self._persist("POST", f"/v1/bookings/{self.booking}/book", form, until)
        if booked.get("code") in ("hold_over", "illegal_transition"):
            self.told = "none"
            return False
        if "code" in booked:
            raise Refused(0, booked)
        self.told = "booked"
        return True

    async def page(self, until: float) -> JsonObject:
        """Show this client's bookings, from whichever server answers."""
        return await self._persist("GET", "/v1/bookings", None, until)

    async def _photo(self, number: int, until: float) -> str:
        while len(self.photos) <= number:
            taken = await self._persist("POST", "/v1/photos", small_photo(), until)
            self.photos.append(str(taken["photo_id"]))
        return self.photos[number]

    def _wish(self) -> JsonObject:
        return {"slot_id": self.slot, "request_id": f"wish-{self.number}-{self.round}"}

    async def _persist(self, verb: str, path: str, body: object, until: float) -> JsonObject:
        """Ask until there is an answer: of the API, or its refusal as `{"code": ...}`."""
        while time.monotonic() < until:
            self.attempts += 1
            try:
                if isinstance(body, bytes):
                    return await self.visitor.ask(verb, path, raw=body, content_type="image/jpeg")
                return await self.visitor.ask(verb, path, body)
            except Refused as refused:
                if refused.code not in UNKNOWN and refused.status != 599:
                    return {"code": refused.code, **refused.error}
            except (OSError, ValueError, HTTPClientError):
                pass  # the server is away, or was killed with the answer under way
            self.breaks += 1
            self.visitor.base_url = self.urls[(self.number + self.breaks) % len(self.urls)]
            await asyncio.sleep(RETRY_SECONDS)
        raise TimeoutError(f"no answer to {verb} {path}")
