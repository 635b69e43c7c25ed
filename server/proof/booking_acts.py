"""What a car owner does to book, one act a function: hold, papers, form; and who serves them."""

from __future__ import annotations

import asyncio
import io
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

import pillow_heif
from PIL import Image

from server.domain.bookings.papers import IdCard, VehicleLicence
from server.domain.china import CHINA
from server.proof.id_draw import find_fonts
from server.proof.id_photos import CAMERAS, photo
from server.proof.people import JsonObject, Visitor

Seen = TypeVar("Seen")

#: Reading two photos takes seconds; on a machine with ten other things to do, a minute.
READ_SECONDS = 240.0
LOOK_SECONDS = 0.1

#: Photos of a level that is tilted and noisy, as a calm hand takes them.
ID_PHOTO, LICENCE_PHOTO = 2, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperPhotos:
    """Photos of one person's papers, and what stands on them."""

    card: IdCard
    licence: VehicleLicence
    id_heic: bytes
    licence_webp: bytes


def take_photos(seed: int) -> PaperPhotos:
    """Draw both papers and take their photos, tilted: the card's a HEIC, the licence's a WebP.

    Raises:
        FontMissing: no font has the glyphs.
    """
    fonts = find_fonts()
    card, licence = (photo(number, seed, fonts) for number in (ID_PHOTO, LICENCE_PHOTO))
    if not isinstance(card.truth, IdCard) or not isinstance(licence.truth, VehicleLicence):
        raise TypeError("photos come by turns of both papers")
    if not CAMERAS[card.level].tilt:
        raise ValueError("the photo should be tilted")
    heic, webp = io.BytesIO(), io.BytesIO()
    pillow_heif.from_pillow(Image.open(io.BytesIO(card.jpeg))).save(heic, quality=90)
    Image.open(io.BytesIO(licence.jpeg)).save(webp, "WEBP", quality=90)
    return PaperPhotos(
        card=card.truth,
        licence=licence.truth,
        id_heic=heic.getvalue(),
        licence_webp=webp.getvalue(),
    )


def blank_photo(draw: random.Random) -> bytes:
    """Draw a picture of one colour, as of a covered lens, another colour each time.

    They look alike to the search for photos used twice: nothing here goes by what it finds.
    """
    file = io.BytesIO()
    colour = tuple(draw.randrange(256) for _ in range(3))
    Image.new("RGB", (320, 240), colour).save(file, "JPEG")
    return file.getvalue()


async def hold(person: Visitor, slot: str) -> JsonObject:
    """Claim a place of a slot."""
    wish = {"slot_id": slot, "request_id": f"journey-{time.monotonic_ns()}"}
    return await person.ask("POST", "/v1/bookings", wish)


async def consent(person: Visitor) -> str:
    """Agree to how photos of papers are used; answers the version."""
    now = await person.ask("GET", "/v1/papers-consent")
    version = {"consent_version": now["consent_version"]}
    agreed = await person.ask("POST", "/v1/papers-consent", version)
    if not agreed["agreed_at"]:
        raise RuntimeError(f"not agreed: {agreed}")
    return str(now["consent_version"])


async def send_papers(
    person: Visitor,
    booking: str,
    *,
    card: bytes,
    licence: bytes,
    types: tuple[str, str] = ("image/jpeg", "image/jpeg"),
) -> JsonObject:
    """Upload both photos of a booking's papers."""
    path = f"/v1/bookings/{booking}/papers"
    await person.ask("POST", f"{path}/id_card", raw=card, content_type=types[0])
    return await person.ask("POST", f"{path}/vehicle_licence", raw=licence, content_type=types[1])


def sheet(papers: JsonObject, kind: str) -> JsonObject:
    """Find one paper's sheet."""
    (found,) = [one for one in papers["sheets"] if one["kind"] == kind]
    return dict(found)


async def papers_read(person: Visitor, booking: str) -> JsonObject:
    """Look at a booking's papers until reading both has ended."""

    async def look() -> JsonObject | None:
        seen = await person.ask("GET", f"/v1/bookings/{booking}/papers")
        states = {one["state"] for one in seen["sheets"]}
        return seen if len(seen["sheets"]) == 2 and states <= {"read", "not_read"} else None

    return await until(look, READ_SECONDS)


async def until(look: Callable[[], Awaitable[Seen | None]], limit_seconds: float) -> Seen:
    """Look at a page until it shows what is wanted.

    Raises:
        TimeoutError: it never did.
    """
    async with asyncio.timeout(limit_seconds):
        # Pages without a socket would look again; there is no event of ours to wait on.
        while (seen := await look()) is None:  # noqa: ASYNC110
            await asyncio.sleep(LOOK_SECONDS)
    return seen


def form(papers: JsonObject, *, name: str, phone: str, plate: str) -> JsonObject:
    """Fill the form with the photos that are at the server."""
    return {
        "name": name,
        "phone": phone,
        "plate": plate,
        "id_photo": sheet(papers, "id_card")["photo_id"],
        "licence_photo": sheet(papers, "vehicle_licence")["photo_id"],
        "consent_version": papers["consent_version"],
    }


async def book_plainly(person: Visitor, held: JsonObject, plate: str, draw: random.Random) -> str:
    """Book a held slot with photos that show nothing: staff would have to look."""
    booking = str(held["booking_id"])
    await consent(person)
    papers = await send_papers(person, booking, card=blank_photo(draw), licence=blank_photo(draw))
    filled = form(papers, name="车主甲乙", phone=person.phone, plate=plate)
    await person.ask("POST", f"/v1/bookings/{booking}/book", filled)
    return booking


async def slots(person: Visitor, outlet: str, days: int = 3) -> list[JsonObject]:
    """List what may be booked from today on."""
    told = await person.ask("GET", f"/v1/outlets/{outlet}/slots?days={days}")
    return list(told["slots"])


def china(instant: str | datetime) -> datetime:
    """Give an instant in China's time."""
    at = datetime.fromisoformat(instant) if isinstance(instant, str) else instant
    return at.astimezone(CHINA)


def is_today(slot: JsonObject, now: datetime) -> bool:
    """Tell whether a slot is on the present day in China, with a little time before it."""
    starts = china(slot["starts_at"])
    return starts.date() == china(now).date() and starts > now + timedelta(seconds=30)
