"""The journey of a booking, played by people through public interfaces only.

A car owner finds an outlet, holds a slot, hands in papers, books, moves the booking, comes, and
the battery is removed; others race for places, cancel, or do not come. Each promise is a check.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from contextlib import AsyncExitStack, suppress
from dataclasses import asdict
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from importlib.util import find_spec
from urllib.parse import quote

from server.domain.bookings import checks
from server.local.site import Site
from server.proof import booking_acts as acts
from server.proof import booking_told as told
from server.proof.booking_cast import (
    ENTERPRISE,
    MINUTES,
    OWNER_PHONE,
    Cast,
    gather_cast,
    opens_in,
    refused,
)
from server.proof.booking_line import freed, lapsed
from server.proof.booking_scenes import (
    afterwards,
    decide,
    missed,
    move,
    own_centre,
    photos_deleted,
    reminders,
    send_away,
    serve,
    two_more,
)
from server.proof.people import JsonObject, Refused, Visitor
from server.proof.report import Report, progress
from server.proof.town import CENTRE, REGION, each

RACER_PHONE = 13900500010
RACERS = 10

#: How soon the slot begins to which nobody comes; later when that was too soon for this machine.
NOTICE_SECONDS = (10.0, 40.0, 160.0)

#: A car is let in on its own day: nobody can come in a day's last minutes.
DAY_LEFT = timedelta(minutes=3 * MINUTES)

CHECKS = (
    "two serve processes",
    "unticked agreement refused",
    "profile created at the first log-in",
    "enterprise found by name and district",
    "its page reads without a script",
    "outlets nearest first",
    "an open page sees the count fall",
    "hold counts down, longer once",
    "what is no picture is refused",
    "photos taken as HEIC and as WebP",
    "papers read on this machine",
    "corrections kept beside what was read",
    "booked, papers pending",
    "same vehicle twice a day refused",
    "one winner of the last place",
    "papers rejected with a reason, mended, accepted",
    "moved: new place before the old is free",
    "details masked, in full after a code",
    "calendar file names the slot",
    "cancelled in time",
    "a freed place is offered to the first in line",
    "reminded the day before, and two hours before",
    "an offer that lapses goes on to the next",
    "photos of ended bookings deleted",
    "who follows hears each thing once, in WeChat",
    "who does not hears it once, by SMS",
    "owner's notices once each",
    "nothing personal in pushes",
    "export holds the bookings",
    "the unmasked read is on record",
    "an unlinked outlet worker's page is sent away",
)

CHECKS_OF_THE_DAY = (
    "outlet staff see it live, of their own outlet only",
    "checked in by the owner's code",
    "battery recorded, label printed, done",
    "cancelling refused after the cut-off",
    "who does not come is put down",
)


async def play(site: Site, *, seed: int, report: Report) -> None:
    """Play it on a site of our own, with `RULES`, and note every check."""
    report.expect(CHECKS)
    report.check("two serve processes", len(site.server_urls) >= 2, len(site.server_urls))
    async with AsyncExitStack() as stack:
        cast = await gather_cast(site, seed, report, stack)
        comes = await at_the_outlet(cast, report)
        late = await will_not_come(cast, report) if comes else ""
        await look_around(cast, report)
        booking = await book(cast, report)
        full = await race(cast, report)
        taken = await freed(cast, full, report)
        await decide(cast, booking, report)
        await own_centre(cast, booking, report)
        nearer = await move(cast, booking, today=comes, report=report)
        await two_more(cast, full, nearer)
        await reminders(cast, {"day": full, "hours": nearer}, report)
        if comes:
            await serve(cast, booking, report)
            await missed(cast, late, report)
        await lapsed(cast, taken, full, report)
        await photos_deleted(cast, report)
        await told.judge(cast, report)
        await afterwards(cast, booking, report)
        await send_away(cast, report)


async def at_the_outlet(cast: Cast, report: Report) -> bool:
    """Tell whether a car can come on this very day in China; then its checks are due too."""
    rules = await cast.owner.call("GET", "/v1/rules")
    now = acts.china(parsedate_to_datetime(rules.headers["Date"]))
    left = now.replace(hour=0, minute=0, second=0) + timedelta(days=1) - now
    if left < DAY_LEFT:
        report.counts["left out"] = f"the outlet's day: it ends in {left} in China"
        return False
    report.expect(CHECKS_OF_THE_DAY)
    return True


async def will_not_come(cast: Cast, report: Report) -> str:
    """Book a slot that begins at once, too late to cancel it; answers the booking."""
    booked = await _booked_at_once(cast)
    path = f"/v1/bookings/{booked}/cancel"
    late = await refused(cast.absent, path, {"reason": "太晚了"}, "too_late")
    report.check("cancelling refused after the cut-off", *late)
    return booked


async def _booked_at_once(cast: Cast) -> str:
    """Have an outlet open in a moment and book that slot; on a slow machine, in a while."""
    for notice_seconds in NOTICE_SECONDS:
        await opens_in(cast, notice_seconds)
        for slot in await acts.slots(cast.absent, cast.soon, days=1):
            with suppress(Refused):  # it began meanwhile
                held = await acts.hold(cast.absent, slot["slot_id"])
                return await acts.book_plainly(cast.absent, held, "粤B0W001", cast.draw)
    raise TimeoutError("no slot was booked before it began")


async def look_around(cast: Cast, report: Report) -> None:
    """Find the enterprise and the outlets, as a page does."""
    progress("enterprises and outlets")
    page = await cast.owner.call("GET", f"/e?name={quote('行程')}&region={REGION}")
    other = await cast.owner.call("GET", f"/e?name={quote('行程')}&region=110105")
    found = ENTERPRISE in page.body.decode() and ENTERPRISE not in other.body.decode()
    report.check("enterprise found by name and district", found, f"{REGION}, not in 110105")
    text = (await cast.owner.call("GET", f"/e/{cast.enterprise}")).body.decode()
    plain = "关于我们" in text and "<script" not in text and f"/book/slots/{cast.outlet}" in text
    report.check("its page reads without a script", plain, f"{len(text)} characters of HTML")
    near = f"/v1/outlets?lat={CENTRE[0]}&lon={CENTRE[1]}&enterprise_id={cast.enterprise}"
    metres = [one["distance_metres"] for one in (await cast.owner.ask("GET", near))["outlets"]]
    report.check(
        "outlets nearest first", len(metres) == 2 and metres == sorted(metres), f"{metres} m"
    )


async def book(cast: Cast, report: Report) -> str:
    """Hold, hand papers in, correct what was read, book; answers the booking."""
    progress("hold and papers")
    slot = (await acts.slots(cast.owner, cast.outlet))[-1]
    held = await watched_hold(cast, slot, report)
    booking = str(held["booking_id"])
    await longer(cast, held, report)
    await acts.consent(cast.owner)
    path = f"/v1/bookings/{booking}/papers"
    answer = await cast.owner.call(
        "POST", f"{path}/id_card", raw=b"GIF89a no picture", content_type="image/jpeg"
    )
    seen = json.loads(answer.body)
    report.check("what is no picture is refused", answer.code in (400, 415), seen.get("error"))
    await acts.send_papers(
        cast.owner,
        booking,
        card=cast.photos.id_heic,
        licence=cast.photos.licence_webp,
        types=("image/heic", "image/webp"),
    )
    papers = await acts.papers_read(cast.owner, booking)
    kinds = Counter(one["state"] for one in papers["sheets"])
    report.check("photos taken as HEIC and as WebP", kinds["read"] == 2, dict(kinds))
    judge_reading(cast, papers, report)
    await correct(cast, booking, papers, report)
    filled = acts.form(
        papers,
        name=cast.photos.card.name,
        phone=OWNER_PHONE,
        plate=cast.photos.licence.plate,
    )
    booked = await cast.owner.ask("POST", f"/v1/bookings/{booking}/book", filled)
    pending = (booked["state"], booked["papers"]) == ("booked", "pending")
    report.check("booked, papers pending", pending, f"{booked['state']}, {booked['papers']}")
    await same_vehicle(cast, filled, report)
    return booking


async def same_vehicle(cast: Cast, booked: JsonObject, report: Report) -> None:
    """Try to book the same vehicle again that day, chosen from one's own list this time."""
    asked = {"plate": booked["plate"], "model": "示例车型"}
    vehicle = await cast.owner.ask("POST", "/v1/me/vehicles", asked)
    held = await acts.hold(cast.owner, (await acts.slots(cast.owner, cast.outlet))[-3]["slot_id"])
    papers = await acts.send_papers(
        cast.owner,
        str(held["booking_id"]),
        card=acts.blank_photo(cast.draw),
        licence=acts.blank_photo(cast.draw),
    )
    filled = acts.form(papers, name="车主丙", phone=OWNER_PHONE, plate="")
    filled["vehicle_id"] = vehicle["vehicle_id"]
    path = f"/v1/bookings/{held['booking_id']}"
    twice = await refused(cast.owner, f"{path}/book", filled, "vehicle_booked")
    report.check("same vehicle twice a day refused", *twice)
    await cast.owner.ask("POST", f"{path}/give-up")


async def watched_hold(cast: Cast, slot: JsonObject, report: Report) -> JsonObject:
    """Hold a place while somebody else looks at the outlet's page."""
    channel = f"slots:{cast.outlet}"
    socket = cast.sockets["absent"]
    await socket.ask("subscribe", channel=channel)
    held = await acts.hold(cast.owner, slot["slot_id"])
    push = await socket.push_where(
        lambda event: (
            event["type"] == "slot_count"
            and event["slot_id"] == slot["slot_id"]
            and event["free"] < slot["free"]
        )
    )
    shown = f"{slot['free']} → {push['event']['free']}"
    report.check("an open page sees the count fall", True, shown)
    return held


async def longer(cast: Cast, held: JsonObject, report: Report) -> None:
    """Prolong the hold; a second time is refused."""
    path = f"/v1/bookings/{held['booking_id']}"
    begun = _seconds_left(held)
    more = await cast.owner.ask("POST", f"{path}/longer")
    added = _seconds_left(more) - begun
    once, seen = await refused(cast.owner, f"{path}/longer", None, "held_longer")
    ok = 0 < begun <= 600 and added > 0 and more["held_longer"] and once
    report.check("hold counts down, longer once", ok, f"{begun:.0f} s, {added:+.0f} s, {seen}")


def _seconds_left(held: JsonObject) -> float:
    until, now = (datetime.fromisoformat(held[name]) for name in ("held_until", "server_time"))
    return (until - now).total_seconds()


def judge_reading(cast: Cast, papers: JsonObject, report: Report) -> None:
    """Compare what was read with what was drawn: the fields that look-ups go by must be right."""
    card, licence = (acts.sheet(papers, kind) for kind in ("id_card", "vehicle_licence"))
    truth = {"id_card": asdict(cast.photos.card), "vehicle_licence": asdict(cast.photos.licence)}
    asked = (
        ("id_card", "number", checks.plain_number),
        ("vehicle_licence", "plate", checks.plain_plate),
        ("vehicle_licence", "vin", checks.plain_vin),
    )
    read = {"id_card": card["read"] or {}, "vehicle_licence": licence["read"] or {}}
    right = [
        name for kind, name, plain in asked if plain(read[kind].get(name, "")) == truth[kind][name]
    ]
    seen = f"{right} right, by {card['read_by']} and {licence['read_by']}"
    if find_spec("rapidocr") is None:
        seen = "rapidocr is not installed: see README, recognition on this machine"
    ok = len(right) == len(asked) and {card["read_by"], licence["read_by"]} == {"local"}
    report.check("papers read on this machine", ok, seen)


async def correct(cast: Cast, booking: str, papers: JsonObject, report: Report) -> None:
    """Correct a field that was read."""
    before = acts.sheet(papers, "vehicle_licence")
    path = f"/v1/bookings/{booking}/papers/vehicle_licence"
    body = {"version": before["version"], "fields": {"address": "示例省示例市示例路 1 号"}}
    after = acts.sheet(await cast.owner.ask("PUT", path, body), "vehicle_licence")
    kept = after["read"] == before["read"] and after["corrected"]["address"].startswith("示例省")
    seen = "read stays, corrected beside it" if kept else "not kept apart"
    report.check("corrections kept beside what was read", kept, seen)


async def race(cast: Cast, report: Report) -> str:
    """Let ten people claim the last place of a slot at once; answers the slot, full by now."""
    progress("race for the last place")
    slot = str((await acts.slots(cast.owner, cast.outlet))[-2]["slot_id"])
    await acts.hold(cast.canceller, slot)
    racers: list[Visitor] = []

    async def join(number: int) -> None:
        url = cast.site.server_urls[number % len(cast.site.server_urls)]
        racer = Visitor(url, cast.site.sandbox_url, str(RACER_PHONE + number))
        await racer.log_in()
        racers.append(racer)

    await each(range(RACERS), join)
    answers = await asyncio.gather(*(_claim(racer, slot) for racer in racers))
    won, full = answers.count("held"), answers.count("slot_full")
    report.check(
        "one winner of the last place", (won, full) == (1, RACERS - 1), f"{won} won, {full} full"
    )
    told_apart = zip(answers, racers, strict=True)
    cast.racers = [one for _, one in sorted(told_apart, key=lambda pair: pair[0] != "held")]
    for racer in cast.racers[4:]:
        racer.close()
    # Papers go to one server alone, so that one recogniser is started.
    cast.winner.base_url = cast.owner.base_url
    return slot


async def _claim(racer: Visitor, slot: str) -> str:
    try:
        held = await acts.hold(racer, slot)
    except Refused as error:
        return error.code
    return str(held["state"])
