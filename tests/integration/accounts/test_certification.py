"""Being certified: the form, its two reviewers, suspension, the end of the time."""

import asyncio
import io
import json
from datetime import UTC, date, datetime, timedelta

import pytest
from PIL import Image

from realtime.wire.certifications import ApplyForCertification, RefuseApplication
from server.domain.documents import id_check
from server.domain.errors import DomainError
from server.domain.people import Actor, Certification, Role
from server.services.certification.desk import CertificationDesk
from tests.integration.accounts.harness import Client, Rooms

pytestmark = pytest.mark.gen_test

COURIER, OTHER, STAFF, SECOND = (f"1380000000{n}" for n in range(1, 5))
DAY = 24 * 3600


def id_of(serial: int, born: date = date(1990, 5, 1)) -> str:
    digits = f"990000{born:%Y%m%d}{serial:03}"
    return digits + id_check(digits)


def jpeg() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 40), (200, 180, 90)).save(file, "JPEG")
    return file.getvalue()


class Town:
    """Two couriers and two reviewers."""

    def __init__(self, rooms: Rooms, http, base_url: str) -> None:
        self.rooms = rooms
        names = ("courier", "other", "staff", "second")
        self.who = {name: Client(http, base_url, device=name) for name in names}
        self.photos: dict[str, str] = {}

    async def arrive(self) -> "Town":
        for phone in (STAFF, SECOND):
            await self.rooms.staffing.add(phone, Role.REVIEWER)
        phones = (COURIER, OTHER, STAFF, SECOND)
        for client, phone in zip(self.who.values(), phones, strict=True):
            await client.log_in(self.rooms, phone)
        for name in ("courier", "other"):
            await self.who[name].call("POST", "/v1/courier")
            await self.take_photo(name)
        return self

    async def take_photo(self, name: str) -> None:
        taken = await self.who[name].ask(
            "POST", "/v1/photos", jpeg(), raw=True, Content_Type="image/jpeg"
        )
        self.photos[name] = json.loads(taken.body)["photo_id"]

    def form(self, name: str = "courier", **fields) -> dict:
        form = {
            "real_name": "王小明",
            "id_number": id_of(1),
            "employer": "顺丰速运",
            "staff_number": "SF-000123",
            "expires_on": "2027-11-21",
            "photo_id": self.photos[name],
        }
        return form | fields

    async def applied(self, name: str = "courier", **fields) -> str:
        self.rooms.clock.turn(1)
        await self.take_photo(name)
        view = await self.who[name].call("POST", "/v1/certification", self.form(name, **fields))
        assert view["application"]["state"] == "waiting"
        return view["application"]["application_id"]

    async def certified(self, name: str = "courier", **fields) -> None:
        application = await self.applied(name, **fields)
        await self.who["staff"].call("POST", f"/v1/certifications/{application}/approve")

    async def state(self, name: str = "courier") -> str:
        return (await self.who[name].call("GET", "/v1/certification"))["state"]

    def person(self, name: str = "courier") -> str:
        return self.who[name].person_id

    def actor(self, name: str) -> Actor:
        return Actor(person=self.person(name), session="S", roles=frozenset({Role.REVIEWER}))

    def heard(self) -> list[tuple[str, str]]:
        return [(person, kind) for person, kind, _ in self.rooms.told.heard]


@pytest.fixture
def town(io_loop, rooms, http_client, base_url) -> Town:
    return io_loop.run_sync(Town(rooms, http_client, base_url).arrive)


async def outcome(act) -> str:
    try:
        await act
    except DomainError as refusal:
        return refusal.code
    return "done"


async def test_applied_approved_and_told(town, rooms, database):
    application = await town.applied()
    assert await town.state() == "applied"
    raw = str(await database["certifications"].find({}).to_list(None))
    for text in ("王小明", id_of(1), "顺丰", "000123"):
        assert text not in raw
    (paper,) = (await town.who["staff"].call("GET", "/v1/certifications"))["applications"]
    assert (paper["real_name"], paper["id_number"]) == ("王小明", id_of(1))
    assert (paper["photo_id"], paper["holder"]) == (town.photos["courier"], None)
    (read, *_) = await rooms.audit.of(f"person:{town.person()}")
    assert (read["action"], read["purpose"]) == ("read_certification", "certification")
    rooms.news.changed.clear()
    await town.who["staff"].call("POST", f"/v1/certifications/{application}/approve")
    own = await town.who["courier"].call("GET", "/v1/certification")
    assert (own["state"], own["until"]) == ("certified", "2027-11-21T16:00:00Z")
    assert own["may_apply"] and own["application"]["masked_name"] == "王**"
    assert rooms.news.changed == [town.person()] == rooms.told.forgotten[-1:]
    assert town.heard() == [(town.person(), "certification_approved")]
    assert rooms.told.woken == [town.person()], "pay that waited for the name goes on"
    assert await rooms.standings.untold(10) == []
    assert (await town.who["staff"].call("GET", "/v1/certifications"))["applications"] == []


async def test_rejected_with_a_reason_and_applied_again(town, rooms):
    application = await town.applied()
    path = f"/v1/certifications/{application}/reject"
    body = {"reason": "photo_unclear", "note": "请拍国徽面"}
    assert (await town.who["staff"].refused("POST", path, {"reason": "other"}))[2] == "note"
    assert (await town.who["staff"].refused("POST", path, {"reason": "mood"}))[2] == "reason"
    await town.who["staff"].call("POST", path, body)
    own = await town.who["courier"].call("GET", "/v1/certification")
    assert (own["state"], own["reason"], own["may_apply"]) == ("rejected", "photo_unclear", True)
    assert own["application"]["note"] == "请拍国徽面"
    ((_, _, text),) = rooms.told.heard
    assert "证件照片不清晰" in text.zh and "not clear" in text.en
    await town.certified()
    assert await town.state() == "certified"


BAD_FIELDS = [
    ("real_name", "1", "real_name"),
    ("id_number", "11010519491231002X", "courier_age"),
    ("id_number", id_of(1)[:-1] + "Y", "id_number"),
    ("employer", " 顺 ", "length"),
    ("staff_number", "x" * 33, "length"),
    ("expires_on", "2026-11-21", "in_the_future"),
    ("expires_on", "2036-11-23", "within_10_years"),
    ("photo_id", "FNOBODY", "exists"),
]


@pytest.mark.parametrize(("field", "value", "rule"), BAD_FIELDS)
async def test_a_bad_field_is_named_and_nothing_is_written(town, database, field, value, rule):
    form = town.form(**{field: value})
    assert (await town.who["courier"].refused("POST", "/v1/certification", form))[2:] == (
        field,
        rule,
    )
    assert await database["certifications"].count_documents({}) == 0
    assert await town.state() == "none"


async def test_who_may_not(town):
    application = await town.applied()
    other = town.form("other", photo_id=town.photos["courier"])
    refusal = await town.who["other"].refused("POST", "/v1/certification", other)
    assert refusal[1:3] == ("not_found", "photo_id")
    approve = f"/v1/certifications/{application}/approve"
    assert (await town.who["courier"].refused("POST", approve))[1] == "forbidden"
    assert (await town.who["courier"].refused("GET", "/v1/certifications"))[1] == "forbidden"
    assert (await town.who["staff"].refused("GET", "/v1/certification"))[1] == "conflict"
    again = await town.who["courier"].refused("POST", "/v1/certification", town.form())
    assert again[1] == "illegal_transition"
    missing = await town.who["staff"].refused("POST", "/v1/certifications/CNONE/approve")
    assert missing[1:3] == ("not_found", "application_id")


async def test_nobody_approves_their_own(town, rooms):
    await rooms.people.set_roles(town.person(), [Role.COURIER, Role.CUSTOMER, Role.REVIEWER])
    application = await town.applied()
    for act in ("approve", "reject"):
        refusal = await town.who["courier"].refused(
            "POST", f"/v1/certifications/{application}/{act}", {"reason": "other", "note": "x"}
        )
        assert refusal[1] == "forbidden" and refusal[3] == "not_your_own"


async def test_of_two_reviewers_at_once_one_decides(town, rooms: Rooms):
    for serial in range(1, 6):
        application = await town.applied(id_number=id_of(serial))
        desk: CertificationDesk = rooms.certification_desk
        form = RefuseApplication(reason="not_an_id")
        results = await asyncio.gather(
            outcome(desk.approve(town.actor("staff"), application)),
            outcome(desk.reject(town.actor("second"), application, form)),
            outcome(desk.approve(town.actor("second"), application)),
        )
        assert sorted(results) == ["done", "stale", "stale"]
        expected = "rejected" if results[1] == "done" else "certified"
        assert await town.state() == expected
        if expected == "certified":
            body = {"state": "none", "reason": "once more"}
            path = f"/v1/couriers/{town.person()}/certification"
            await town.who["staff"].call("PUT", path, body)


async def test_one_id_number_certifies_one_account(town, rooms: Rooms, database):
    mine, theirs = await town.applied("courier"), await town.applied("other")
    approve = rooms.certification_desk.approve
    results = await asyncio.gather(
        outcome(approve(town.actor("staff"), mine)),
        outcome(approve(town.actor("second"), theirs)),
    )
    assert sorted(results) == ["done", "id_number_taken"]
    certified, refused = ("courier", "other") if results[0] == "done" else ("other", "courier")
    assert (await town.state(certified), await town.state(refused)) == ("certified", "applied")
    (paper,) = (await town.who["staff"].call("GET", "/v1/certifications"))["applications"]
    assert paper["holder"] == town.person(certified)
    left = theirs if refused == "other" else mine
    await town.who["staff"].call(
        "POST", f"/v1/certifications/{left}/reject", {"reason": "number_differs"}
    )
    again = town.form(refused)
    refusal = await town.who[refused].refused("POST", "/v1/certification", again)
    assert refusal[:3] == (409, "id_number_taken", "id_number")
    path = f"/v1/couriers/{town.person(certified)}/certification"
    await town.who["staff"].call("PUT", path, {"state": "none", "reason": "gave the phone up"})
    await town.certified(refused)
    assert await database["certified_ids"].count_documents({}) == 1


async def test_one_form_sent_twice_at_once_is_one_application(town, rooms, database):
    actor = Actor(person=town.person(), session="S", roles=frozenset({Role.COURIER}))
    form = ApplyForCertification(**town.form())
    results = await asyncio.gather(
        *(outcome(rooms.certifications.apply(actor, form)) for _ in range(4))
    )
    assert results.count("done") == 1
    assert await database["certifications"].count_documents({}) == 1


async def test_time_ends_it_whether_or_not_a_worker_looks(town, rooms: Rooms):
    await town.certified()
    rooms.clock.now = datetime(2027, 11, 21, 16, tzinfo=UTC) - timedelta(milliseconds=1)
    certification = rooms.certifications.certification
    assert await certification(town.person()) is Certification.CERTIFIED
    assert await rooms.certifications.expire() == 0
    rooms.clock.turn(0.001)
    assert await certification(town.person()) is Certification.EXPIRED
    rooms.news.changed.clear()
    assert await asyncio.gather(*(rooms.certifications.expire() for _ in range(3)))
    assert set(rooms.news.changed) == {town.person()}
    assert town.heard().count((town.person(), "certification_expired")) == 1
    assert (await rooms.people.get(town.person())).certification is Certification.EXPIRED


async def test_reminded_thirty_and_seven_days_before(town, rooms: Rooms):
    await town.certified(expires_on="2027-01-31")
    for days, kinds in (
        (30, []),
        (15, ["certification_ends_30"]),
        (1, ["certification_ends_30"]),
        (18, ["certification_ends_30", "certification_ends_7"]),
        (3, ["certification_ends_30", "certification_ends_7"]),
    ):
        rooms.clock.turn(days * DAY)
        await asyncio.gather(*(rooms.certifications.remind() for _ in range(2)))
        assert [kind for _, kind in town.heard() if "ends" in kind] == kinds


async def test_suspended_reinstated_or_run_out_meanwhile(town, rooms: Rooms):
    await town.certified()
    path = f"/v1/couriers/{town.person()}/certification"
    suspend = {"state": "suspended", "reason": "客户投诉"}
    back = {"state": "certified", "reason": "cleared"}
    await town.who["staff"].call("PUT", path, suspend)
    own = await town.who["courier"].call("GET", "/v1/certification")
    assert (own["state"], own["reason"], own["may_apply"]) == ("suspended", "客户投诉", False)
    assert (await town.who["courier"].refused("POST", "/v1/certification", town.form()))[1] == (
        "illegal_transition"
    )
    await town.who["second"].call("PUT", path, back)
    own = await town.who["courier"].call("GET", "/v1/certification")
    assert (own["state"], own["until"]) == ("certified", "2027-11-21T16:00:00Z")
    await town.who["staff"].call("PUT", path, suspend)
    rooms.clock.turn(400 * DAY)
    actor = town.actor("staff")
    after = await rooms.certification_desk.act(
        actor, town.person(), Certification.CERTIFIED, "late"
    )
    assert after.certification is Certification.EXPIRED


async def test_a_renewal_leaves_what_is_in_force_until_it_is_approved(town, rooms):
    await town.certified()
    renewal = await town.applied(expires_on="2029-01-01")
    assert await town.state() == "certified"
    second = await town.who["courier"].refused("POST", "/v1/certification", town.form())
    assert second[1] == "conflict"
    rooms.news.changed.clear()
    await town.who["staff"].call("POST", f"/v1/certifications/{renewal}/approve")
    own = await town.who["courier"].call("GET", "/v1/certification")
    assert own["until"] == "2029-01-01T16:00:00Z"
    assert rooms.news.changed == [], "no socket has to come back"


async def test_news_that_a_dead_process_left_is_told_once(town, rooms: Rooms, database, redis):
    await town.certified()
    await database["people"].update_one(
        {"_id": town.person()},
        {
            "$push": {
                "certification_news": {
                    "step": "certification_expired",
                    "version": 9,
                    "at": rooms.clock.now + timedelta(0),
                }
            }
        },
    )
    other = Rooms(database, redis, clock=rooms.clock)
    assert await other.certification_news.sweep() == 1
    assert [kind for _, kind, _ in other.told.heard] == ["certification_expired"]
    assert await other.certification_news.sweep() == 0
