"""The later scenes of a booking's journey: papers decided, moved, cancelled, served, kept."""

from __future__ import annotations

import asyncio
import io
import json
import zipfile
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial

from realtime.wire.envelope import CloseCode
from server.domain.bookings.slots import read_slot_id
from server.domain.ids import SlotId
from server.proof import booking_acts as acts
from server.proof import booking_told as told
from server.proof.booking_cast import Cast, refused
from server.proof.booking_line import SHORT_OFFER_SECONDS, raise_capacity
from server.proof.people import PATIENCE_SECONDS, JsonObject, Refused, Visitor
from server.proof.report import Report, progress

REASON = "住址与照片不一致，请更正"

#: The notices on the owner's page: two bookings were made, each other thing happened once.
OWNER_NOTICES = {
    "booking_booked": 2,
    "booking_papers_rejected": 1,
    "booking_changed": 1,
    "booking_offered": 1,
    "booking_remind_day": 1,
    "booking_remind_hours": 1,
    "booking_cancelled_by_staff": 1,
}

#: Of the listed slots, one that begins in some hours: no more of today can be had.
TOMORROW = 20

#: A slot that begins in two minutes at most has to be waited for.
COMES_SECONDS = 300.0


async def decide(cast: Cast, booking: str, report: Report) -> None:
    """Let outlet staff reject the papers, the owner mend them, and staff accept them."""
    progress("papers decided")
    keeper = cast.keepers[0]
    queue = await keeper.ask("GET", "/v1/staff/papers")
    waits = booking in [case["booking"]["booking_id"] for case in queue["cases"]]
    rejected = await _decide(keeper, booking, accept=False, reason=REASON)
    await cast.mine.push_where(
        lambda event: (
            event["type"] == "booking_changed"
            and event["booking"]["booking_id"] == booking
            and event["booking"]["papers"] == "rejected"
        )
    )
    await told.in_wechat(cast.owner, "证件待更正")
    path = f"/v1/bookings/{booking}/papers"
    shown = await cast.owner.ask("GET", path)
    licence = acts.sheet(shown, "vehicle_licence")
    body = {"version": licence["version"], "fields": {"address": cast.photos.licence.address}}
    mended = await cast.owner.ask("PUT", f"{path}/vehicle_licence", body)
    accepted = await _decide(keeper, booking, accept=True)
    states = [one["papers"] for one in (rejected, mended, accepted)]
    right = states == ["rejected", "pending", "accepted"] and shown["reason"] == REASON
    report.check(
        "papers rejected with a reason, mended, accepted", waits and right, " → ".join(states)
    )


async def _decide(
    keeper: Visitor, booking: str, *, accept: bool, reason: str | None = None
) -> JsonObject:
    case = await keeper.ask("GET", f"/v1/staff/papers/{booking}?purpose=decide")
    body = {"accept": accept, "version": case["booking"]["version"], "reason": reason}
    return await keeper.ask("POST", f"/v1/staff/papers/{booking}/decide", body)


async def own_centre(cast: Cast, booking: str, report: Report) -> None:
    """See details masked, then in full with a code; read the calendar file back."""
    owner, device = cast.owner, f"device-{cast.owner.phone}"
    plate = cast.photos.licence.plate
    await owner.ask("POST", "/v1/me/vehicles", {"plate": plate, "model": "示例车型"})
    masked = json.dumps(await owner.ask("GET", "/v1/me/details"), ensure_ascii=False)
    masked += json.dumps(await owner.ask("GET", "/v1/me/vehicles"), ensure_ascii=False)
    body = {"code": "000000", "device": device}
    without, _ = await refused(owner, "/v1/me/details/full", body, "")
    full = await owner.ask("POST", "/v1/me/details/full", await own_code(owner, "look"))
    shown = [one["plate"] for one in full["vehicles"]]
    ok = plate not in masked and owner.phone not in masked and without
    ok = ok and full["phone"] == owner.phone and shown == [plate]
    report.check("details masked, in full after a code", ok, "refused without a code")
    seen = await owner.ask("GET", f"/v1/bookings/{booking}")
    calendar = (await owner.call("GET", f"/v1/bookings/{booking}/calendar")).body.decode()
    starts = datetime.fromisoformat(seen["starts_at"]).astimezone(UTC)
    wanted = ("BEGIN:VCALENDAR", f"DTSTART:{starts:%Y%m%dT%H%M%SZ}", booking)
    missing = [text for text in wanted if text not in calendar]
    report.check(
        "calendar file names the slot", not missing, missing or f"{starts:%d %b %H:%M} UTC"
    )


async def own_code(person: Visitor, purpose: str) -> JsonObject:
    """Ask for a code of a purpose and read it on the sandbox phone."""
    device = f"device-{person.phone}"
    code = await person.texted_code("/v1/me/codes", {"purpose": purpose, "device": device})
    return {"code": code, "device": device}


async def move(cast: Cast, booking: str, *, today: bool, report: Report) -> str:
    """Move the booking to another slot: to today's last, if a car can still come today.

    Answers that slot.
    """
    progress("moved")
    await told.in_wechat(cast.owner, "已预约", 2)
    before = await cast.owner.ask("GET", f"/v1/bookings/{booking}")
    listed = await acts.slots(cast.owner, cast.outlet)
    others = [one for one in listed if one["slot_id"] != before["slot_id"] and one["free"]]
    coming = [one for one in others if not today or acts.is_today(one, datetime.now(UTC))]
    slot = coming[-1] if today else coming[TOMORROW]
    wish = {"slot_id": slot["slot_id"], "version": before["version"], "request_id": "journey-move"}
    moved = await cast.owner.ask("POST", f"/v1/bookings/{booking}/reschedule", wish)
    again = await cast.owner.ask("POST", f"/v1/bookings/{booking}/reschedule", wish)

    async def freed() -> JsonObject | None:
        now = {one["slot_id"]: one for one in await acts.slots(cast.owner, cast.outlet)}
        left, came = now[before["slot_id"]], now[slot["slot_id"]]
        return now if left["free"] == left["capacity"] and came["free"] < slot["free"] else None

    await acts.until(freed, PATIENCE_SECONDS)
    ok = moved["slot_id"] == slot["slot_id"] == again["slot_id"]
    report.check("moved: new place before the old is free", ok, "asked twice, moved once")
    return str(slot["slot_id"])


async def two_more(cast: Cast, full: str, nearer: str) -> None:
    """Have somebody who does not follow book as the owner did, be rejected, and move."""
    progress("bookings of who does not follow")
    person, keeper = cast.canceller, cast.keepers[0]
    mine = (await person.ask("GET", "/v1/bookings"))["bookings"]
    held = next(one for one in mine if one["slot_id"] == full)
    first = await acts.book_plainly(person, held, "粤B0W004", cast.draw)
    other = (await acts.slots(person, cast.outlet))[-5]["slot_id"]
    held = await acts.hold(person, other)
    second = await acts.book_plainly(person, held, "粤B0W005", cast.draw)
    await told.by_text(person, "已预约", 2)
    await _decide(keeper, first, accept=False, reason=REASON)
    known = await person.ask("GET", f"/v1/bookings/{second}")
    wish = {"slot_id": nearer, "version": known["version"], "request_id": "journey-move"}
    await person.ask("POST", f"/v1/bookings/{second}/reschedule", wish)
    for word in ("证件待更正", "已改期"):
        await told.by_text(person, word)


async def reminders(cast: Cast, slots: Mapping[str, str], report: Report) -> None:
    """Set both reminders so that they are due for two slots now; see who is told and how.

    Nobody waits until the day before: the worker starts again with the rule that an operator
    would set, counted so that its moment is just after the bookings were made. With it comes a
    short offer to the line, and a place more of every slot.
    """
    progress("reminders")
    now = datetime.now(UTC)
    ahead = [int((read_slot_id(SlotId(slot))[1] - now).total_seconds()) for slot in slots.values()]
    await cast.site.restart_worker(
        {
            "LANJIAN_BOOKING_REMIND_SECONDS": ",".join(map(str, ahead)),
            "LANJIAN_WAITLIST_OFFER_SECONDS": str(SHORT_OFFER_SECONDS),
        }
    )
    await raise_capacity(cast)
    for word in ("预约提醒", "即将开始"):
        await told.in_wechat(cast.owner, word)
        await told.by_text(cast.canceller, word)
    seen = " and ".join(f"{seconds / 3600:.1f} h" for seconds in ahead)
    report.check("reminded the day before, and two hours before", True, f"set to {seen}")


async def photos_deleted(cast: Cast, report: Report) -> None:
    """See the photos of the booking that the winner cancelled deleted."""
    path = f"/v1/bookings/{cast.cancelled}/papers"

    async def deleted() -> JsonObject | None:
        refusals = [
            (await cast.winner.call("POST", f"{path}/{kind}/link")).code
            for kind in ("id_card", "vehicle_licence")
        ]
        return {"refusals": refusals} if all(code == 404 for code in refusals) else None

    seen = await acts.until(deleted, COMES_SECONDS)
    report.check("photos of ended bookings deleted", True, seen["refusals"])


async def serve(cast: Cast, booking: str, report: Report) -> None:
    """Let the car in by the owner's code, record its battery, print the label, be done."""
    progress("at the outlet")
    keeper, stranger = cast.keepers
    async with keeper.live(f"outlet:{cast.outlet}") as live:
        arrival = await cast.owner.ask("GET", f"/v1/bookings/{booking}/arrival")
        code, path = {"code": arrival["code"]}, f"/v1/staff/outlets/{cast.outlet}"
        kept_out, _ = await refused(stranger, f"{path}/check-in", code, "")
        forged = {"code": arrival["code"][:-4] + "0000"}
        refused_forged, _ = await refused(keeper, f"{path}/check-in", forged, "invalid")
        row = await keeper.ask("POST", f"{path}/check-in", code)
        push = await live.push_where(
            lambda event: (
                event["type"] == "booking_changed"
                and event["booking"]["booking_id"] == booking
                and event["booking"]["state"] == "checked_in"
            )
        )
        day = await keeper.ask("GET", f"{path}/day")
    listed = booking in [one["booking"]["booking_id"] for one in day["rows"]]
    masked = cast.photos.card.name not in json.dumps(day, ensure_ascii=False)
    seen = f"{push['event']['step']} heard; another outlet's staff refused: {kept_out}"
    report.check(
        "outlet staff see it live, of their own outlet only", listed and masked and kept_out, seen
    )
    state = row["booking"]["state"]
    in_by_code = state == "checked_in" and refused_forged
    report.check("checked in by the owner's code", in_by_code, f"{state}; a forged one refused")
    await record_battery(keeper, booking, report)


async def record_battery(keeper: Visitor, booking: str, report: Report) -> None:
    """Record the removed battery, print its label, finish."""
    path = f"/v1/staff/bookings/{booking}"
    battery = {
        "version": 0,
        "model": "LFP-60",
        "code": "04QPE3A0000000000000001",
        "count": 1,
        "weight_grams": 385_000,
        "condition": "intact",
        "handed_to": "示例回收企业",
        "handed_at": datetime.now(UTC).isoformat(),
    }
    kept = await keeper.ask("POST", f"{path}/battery", battery)
    label = await keeper.call("GET", f"{path}/battery.pdf")
    done = await keeper.ask("POST", f"{path}/finish")
    printed = label.code == 200 and label.body.startswith(b"%PDF")
    state = done["booking"]["state"]
    ok = printed and state == "done" and len(kept["versions"]) == 1
    report.check("battery recorded, label printed, done", ok, f"{len(label.body)} bytes; {state}")


async def missed(cast: Cast, booking: str, report: Report) -> None:
    """See a booking put down when nobody came."""
    progress("waits for who does not come")
    path = f"/v1/bookings/{booking}"

    async def down() -> JsonObject | None:
        seen = await cast.absent.ask("GET", path)
        return seen if seen["state"] == "no_show" else None

    seen = await acts.until(down, COMES_SECONDS)
    report.check("who does not come is put down", True, f"{seen['state']} {seen['ended_at']}")


async def afterwards(cast: Cast, booking: str, report: Report) -> None:
    """Count the owner's notices, search all frames, open the export."""
    progress("notices, privacy, export")
    for kind in OWNER_NOTICES:
        await cast.mine.push_where(partial(_is_notice, kind=kind))
    heard = Counter(
        push["event"]["kind"] for push in cast.mine.pushes if push["event"]["type"] == "notice"
    )
    report.check("owner's notices once each", heard == Counter(OWNER_NOTICES), dict(heard))
    card, licence = cast.photos.card, cast.photos.licence
    secrets = (card.name, card.number, card.address, licence.plate, licence.vin, cast.owner.phone)
    frames = [
        json.dumps(json.loads(frame), ensure_ascii=False)
        for socket in cast.sockets.values()
        for frame in socket.frames
    ]
    leaks = [secret for secret in secrets for frame in frames if secret in frame]
    report.check("nothing personal in pushes", not leaks, f"{len(leaks)} in {len(frames)} frames")
    await export(cast.owner, booking, report)


def _is_notice(event: JsonObject, *, kind: str) -> bool:
    return bool(event["type"] == "notice" and event["kind"] == kind)


async def export(owner: Visitor, booking: str, report: Report) -> None:
    """Ask for one's data and look for the booking in the file."""
    await owner.ask("POST", "/v1/me/export", await own_code(owner, "export"))

    async def ready() -> JsonObject | None:
        told = await owner.ask("GET", "/v1/me/export")
        if told["state"] == "failed":
            raise Refused(0, told)
        return told if told["state"] == "ready" else None

    await acts.until(ready, PATIENCE_SECONDS)
    link = await owner.ask("POST", "/v1/me/export/link", await own_code(owner, "export"))
    packed = (await owner.call("GET", link["path"])).body
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        names = archive.namelist()
        found = [name for name in names if booking.encode() in archive.read(name)]
        looked = [name for name in names if b"read_own_details" in archive.read(name)]
    report.check("export holds the bookings", bool(found), f"{len(names)} files: {found}")
    report.check("the unmasked read is on record", bool(looked), looked)


async def send_away(cast: Cast, report: Report) -> None:
    """Unlink an outlet worker whose page is open on the other server."""
    keeper = cast.keepers[0]
    keeper.base_url = cast.site.server_urls[-1]
    async with keeper.live(f"outlet:{cast.outlet}") as live:
        path = f"/v1/staff/outlets/{cast.outlet}/staff/{keeper.person_id}"
        await cast.staff.ask("DELETE", path)
        async with asyncio.timeout(PATIENCE_SECONDS):
            code = await live.closed()
    back, seen = await refused(keeper, f"/v1/staff/outlets/{cast.outlet}/day", None, "", "GET")
    ok = code == CloseCode.TOKEN_EXPIRED and back
    report.check("an unlinked outlet worker's page is sent away", ok, f"{code}, then {seen}")
