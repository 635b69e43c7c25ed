"""The scene of the line for a full slot: freed, offered to the first, and on to the next."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise

from server.proof import booking_acts as acts
from server.proof import booking_told as told
from server.proof.booking_cast import Cast
from server.proof.people import PATIENCE_SECONDS, JsonObject, Visitor
from server.proof.report import Report, progress

#: What the platform's own rule gives to whoever is offered a place.
OFFER_SECONDS = 900.0

#: What the worker gives later in the journey, which does not wait a quarter of an hour.
SHORT_OFFER_SECONDS = 4.0

WINNER_PLATE, OFFERED_PLATE = "粤B0W002", "粤B0W003"


async def line_up(cast: Cast, slot: str) -> None:
    """Have the owner, and those who lost the race, wait for the slot that is full."""
    for person in (cast.owner, *cast.line):
        await person.ask("POST", "/v1/waitlist", {"slot_id": slot})


async def freed(cast: Cast, slot: str, report: Report) -> str:
    """Let the winner cancel in time; the owner is offered the place and takes it.

    Answers the owner's new booking. The photos of the cancelled one are to be deleted later.
    """
    progress("a place is freed for the line")
    await line_up(cast, slot)
    winner = cast.winner
    held = await _offered(winner, slot, state="held")
    booked = await acts.book_plainly(winner, held, WINNER_PLATE, cast.draw)
    cast.cancelled = booked
    await told.by_text(winner, "已预约")
    gone = await winner.ask("POST", f"/v1/bookings/{booked}/cancel", {"reason": "改天再来"})
    report.check("cancelled in time", gone["state"] == "cancelled", gone["state"])
    offer = await _offered(cast.owner, slot, state="held")
    given = _instant(offer["held_until"]) - _instant(offer["created_at"])
    waits = [len((await one.ask("GET", "/v1/waitlist"))["waits"]) for one in cast.line]
    await told.in_wechat(cast.owner, "有空位")  # an offer that was taken is not told any more
    taken = await acts.book_plainly(cast.owner, offer, OFFERED_PLATE, cast.draw)
    first = given.total_seconds() == OFFER_SECONDS and waits == [1] * len(waits)
    seen = f"{given.total_seconds():.0f} s to take it; {sum(waits)} wait on"
    report.check("a freed place is offered to the first in line", first, seen)
    return taken


async def raise_capacity(cast: Cast) -> None:
    """Give the outlet one place more in each slot: the worker finds who waits for it."""
    path = f"/v1/staff/outlets/{cast.outlet}"
    known = await cast.staff.ask("GET", path)
    more = known["calendar"]["capacity"] + 1
    edit = {**known["calendar"], "capacity": more, "version": known["version"]}
    await cast.staff.ask("PUT", f"{path}/calendar", edit)


async def lapsed(cast: Cast, taken: str, slot: str, report: Report) -> None:
    """See an offer that was not taken go to the next in line, once its time had run out.

    Then staff cancel the owner's booking.
    """
    progress("an offer lapses")
    offers = [await _offered(person, slot) for person in cast.line]
    path = f"/v1/staff/bookings/{taken}/cancel"
    await cast.keepers[0].ask("POST", path, {"reason": "设备检修"})
    given = [_instant(offer["created_at"]) for offer in offers]
    apart = min((later - one).total_seconds() for one, later in pairwise(given))
    ended = (await cast.line[0].ask("GET", f"/v1/bookings/{offers[0]['booking_id']}"))["state"]
    ok = ended == "cancelled" and apart >= SHORT_OFFER_SECONDS
    seen = f"{ended}, and offered to the next {apart:.1f} s later or more"
    report.check("an offer that lapses goes on to the next", ok, seen)


async def _offered(person: Visitor, slot: str, state: str | None = None) -> JsonObject:
    """Wait until a person has a booking of a slot, in a state or in any."""

    async def look() -> JsonObject | None:
        mine = (await person.ask("GET", "/v1/bookings"))["bookings"]
        found = [one for one in mine if one["slot_id"] == slot]
        return next((one for one in found if state in (None, one["state"])), None)

    return await acts.until(look, PATIENCE_SECONDS)


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
