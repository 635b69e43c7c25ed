"""Who plays the journey of a booking, and on what stage: outlets, their staff, car owners."""

from __future__ import annotations

import asyncio
import random
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from server.app.wechat import wechat_alone
from server.local.site import Site
from server.proof import booking_acts as acts
from server.proof import example_outlets as examples
from server.proof.booking_acts import PaperPhotos
from server.proof.people import JsonObject, LiveSocket, Refused, Visitor
from server.proof.report import Report, progress
from server.proof.town import CENTRE, LOCAL_RULES, REGION, staff_member
from server.proof.wechat_people import WeChatVisitor
from server.providers.wechat import applying
from server.settings import Settings

OWNER_PHONE = "13900500000"
CANCELLER_PHONE = "13900500001"
ABSENT_PHONE = "13900500002"
UNTICKED_PHONE = "13900500003"
STAFF_PHONES = ("13900500050", "13900500051")

#: Short where the journey cannot wait: notice before a slot, not coming, photos kept. People live
#: through days here within a minute, and so get more texts.
RULES = {
    **LOCAL_RULES,
    "LANJIAN_SLOT_BEFORE_SECONDS": "1",
    "LANJIAN_NO_SHOW_SECONDS": "1",
    "LANJIAN_PAPERS_KEPT_DAYS": "0",
    "LANJIAN_NOTICE_TEXTS_PER_DAY": "20",
}

MINUTES = 10  #: of a slot
ENTERPRISE = "示例行程拆解"


@dataclass(slots=True)
class Cast:
    """Who plays, where, and what stands on the owner's papers."""

    site: Site
    draw: random.Random
    photos: PaperPhotos
    staff: Visitor
    owner: WeChatVisitor  #: follows the account; all others are reached by SMS
    canceller: Visitor  #: has no page open
    absent: Visitor
    outlet: str = ""
    soon: str = ""  #: an outlet whose only slot of the day begins at once
    enterprise: str = ""
    keepers: list[Visitor] = field(default_factory=list)  #: outlet staff, of each outlet
    sockets: dict[str, LiveSocket] = field(default_factory=dict)
    racers: list[Visitor] = field(default_factory=list)  #: the winner first
    cancelled: str = ""  #: the winner's booking

    @property
    def winner(self) -> Visitor:
        """Who got the last place."""
        return self.racers[0]

    @property
    def line(self) -> tuple[Visitor, Visitor, Visitor]:
        """Three of the losers, who wait for the slot."""
        return self.racers[1], self.racers[2], self.racers[3]

    @property
    def mine(self) -> LiveSocket:
        """The owner's socket."""
        return self.sockets["owner"]


async def gather_cast(site: Site, seed: int, report: Report, stack: AsyncExitStack) -> Cast:
    """Log everybody in; the owner first without the agreement's tick."""
    progress("people")
    photos = await asyncio.to_thread(acts.take_photos, seed)
    urls, phone = site.server_urls, site.sandbox_url
    # Papers go to one server alone, so that one recogniser is started; open pages to both.
    owner = WeChatVisitor(urls[-1], phone, OWNER_PHONE)
    absent, canceller = (Visitor(urls[-1], phone, one) for one in (ABSENT_PHONE, CANCELLER_PHONE))
    await unticked(Visitor(site.base_url, phone, UNTICKED_PHONE), report)
    for person in (owner, canceller, absent):
        await person.log_in()
    details = await owner.ask("GET", "/v1/me/details")
    agreed = (await owner.ask("GET", "/v1/rules"))["agreement_version"]
    created = details["agreement_version"] == agreed and details["agreed_at"] is not None
    report.check("profile created at the first log-in", created, f"agreed to {agreed}")
    await follow(site, owner)
    cast = Cast(
        site=site,
        draw=random.Random(seed),
        photos=photos,
        staff=await staff_member(site),
        owner=owner,
        canceller=canceller,
        absent=absent,
    )
    await open_outlets(cast)
    for name, person in (("owner", owner), ("absent", absent)):
        cast.sockets[name] = await stack.enter_async_context(person.live("me"))
    return cast


async def follow(site: Site, person: WeChatVisitor) -> None:
    """Put the account's templates up, and have a person follow it and link their WeChat."""
    settings = Settings.from_env(site.environment)
    config = settings.providers.wechat
    async with wechat_alone(settings) as wechat:
        if config is None or wechat.client is None:
            raise RuntimeError("the site has no WeChat")
        planned = await applying.plan(wechat.client, settings.http.base_url, config.short_ids)
        await applying.apply(wechat.client, planned)
    await person.be_in_wechat()
    await person.tap("follow")
    await person.log_in_by_wechat("/me")


async def unticked(person: Visitor, report: Report) -> None:
    """Try to log in without the tick: refused."""
    body = {
        "phone": person.phone,
        "code": await person.texted_code(),
        "device": f"device-{person.phone}",
    }
    told = await refused(person, "/v1/sessions", body, "agreement")
    report.check("unticked agreement refused", *told)
    person.close()


async def refused(
    person: Visitor, path: str, body: JsonObject | None, code: str, verb: str = "POST"
) -> tuple[bool, str]:
    """Ask for what must be refused; tells whether it was, with a code that begins so."""
    try:
        await person.ask(verb, path, body)
    except Refused as error:
        return error.code.startswith(code), str(error)
    return False, "not refused"


async def open_outlets(cast: Cast) -> None:
    """Make an enterprise with an outlet near, a farther one, and one that opens in a minute."""
    staff = cast.staff
    draft = examples.page(examples.drawn_workshop("#087f3f"))
    cast.enterprise = await examples.make_enterprise(staff, ENTERPRISE, draft)
    calendar = {"slot_minutes": MINUTES}
    always = [examples.hours((0, 24))] * 7
    cast.outlet = await examples.make_outlet(
        staff, cast.enterprise, _plan("示例·行程网点", CENTRE, always), **calendar
    )
    far = (CENTRE[0] + 0.05, CENTRE[1] + 0.05)
    cast.soon = await examples.make_outlet(
        staff, cast.enterprise, _plan("示例·即刻网点", far, always), **calendar
    )
    for phone, outlet in zip(STAFF_PHONES, (cast.outlet, cast.soon), strict=True):
        keeper = Visitor(cast.site.base_url, cast.site.sandbox_url, phone)
        await keeper.log_in()
        roles = {"roles": ["outlet_staff"]}
        await staff.ask("PUT", f"/v1/people/{keeper.person_id}/roles", roles)
        await staff.ask("PUT", f"/v1/staff/outlets/{outlet}/staff/{keeper.person_id}")
        await keeper.renew()
        cast.keepers.append(keeper)


def _plan(
    name: str, place: tuple[float, float], week: list[list[JsonObject]]
) -> examples.OutletPlan:
    return examples.OutletPlan(
        name=name,
        region=REGION,
        address="示例路 11 号（虚构）",
        place=place,
        phone="0755-00000011",
        services=("动力电池拆卸",),
        week=week,
        capacity=2,
    )


async def opens_in(cast: Cast, notice_seconds: float) -> None:
    """Have the outlet of the absent open each day at the next minute after so many seconds."""
    local = acts.china(datetime.now(UTC) + timedelta(seconds=60 + notice_seconds))
    opens = min(local.hour * 60 + local.minute, 24 * 60 - MINUTES)
    path = f"/v1/staff/outlets/{cast.soon}"
    known = await cast.staff.ask("GET", path)
    day = [{"opens": opens, "closes": opens + MINUTES}]
    body = {**known["calendar"], "version": known["version"], "week": [day] * 7}
    await cast.staff.ask("PUT", f"{path}/calendar", body)
