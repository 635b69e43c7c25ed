"""Papers over real HTTP: raw pictures in, links that are good once, and who may do what."""

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pillow_heif
from PIL import Image
from tornado.httpclient import AsyncHTTPClient
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port

from handlers.application import RunningRequests, application
from handlers.bookings import papers
from server.services.repeats import Repeats
from server.store.repeats import MongoRepeats
from server.store.seal import Seal
from tests.integration.bookings.paper_world import PaperWorld, paper_world, photo
from tests.integration.bookings.slot_world import actor, form
from tests.integration.services.serving import KEYS, Caller, NamedAtTheGate

REVIEWER = "rita:reviewer"


@dataclass
class Services:
    papers: Any
    paper_desk: Any
    paper_links: Any


@asynccontextmanager
async def served(*given: Any) -> AsyncIterator[tuple[PaperWorld, Caller]]:
    async with paper_world(*given) as w:
        sock, port = bind_unused_port()
        http = AsyncHTTPClient(force_instance=True)
        services: Any = Services(w.papers, w.desk, w.links)
        app = application(
            papers.routes(services),
            gate=NamedAtTheGate(),
            repeats=Repeats(store=MongoRepeats(w.db, seal=Seal(KEYS)), clock=w.clock),
            running=RunningRequests(),
            base_url="https://lanjian.example",
        )
        server = HTTPServer(app, max_body_size=11 * 1024 * 1024)
        server.add_sockets([sock])
        try:
            yield w, Caller(f"http://127.0.0.1:{port}", http)
        finally:
            server.stop()
            http.close()
            await server.close_all_connections()


def heic() -> bytes:
    out = io.BytesIO()
    pillow_heif.from_pillow(Image.open(io.BytesIO(photo(4)))).save(out, quality=70)
    return out.getvalue()


async def test_papers_over_http_from_the_consent_to_the_decision(
    mongo_uri, mongo_db_name, redis_url
):
    async with served(mongo_uri, mongo_db_name, redis_url) as (w, http):
        held = await w.life.hold(actor(), (await w.slots(days=3))[0].id, "wish-0001")
        path = f"/v1/bookings/{held.id}/papers"
        jpeg = {"Content_Type": "image/jpeg"}
        refused = await http.ask("POST", f"{path}/id_card", photo(), who="p1", **jpeg)
        assert (refused.status, refused.body["error"]["code"]) == (409, "papers_consent_missing")
        consent = await http.ask("GET", "/v1/papers-consent", who="p1")
        assert consent.body["agreed_at"] is None
        version = {"consent_version": consent.body["consent_version"]}
        agreed = await http.ask("POST", "/v1/papers-consent", version, who="p1")
        assert agreed.body["agreed_at"]
        for raw, given, status in (
            (b"PK\x03\x04", jpeg, 400),
            (photo(), {"Content_Type": "application/zip"}, 415),
            (bytes(10 * 1024 * 1024 + 1), jpeg, 413),
        ):
            answer = await http.ask("POST", f"{path}/id_card", raw, who="p1", **given)
            assert answer.status == status, answer.body
        assert (await http.ask("POST", f"{path}/passport", photo(), who="p1")).status == 404
        # Judged by its bytes: what a browser calls it does not matter.
        made = await http.ask("POST", f"{path}/id_card", heic(), who="p1", **jpeg)
        assert (made.status, made.body["sheets"][0]["state"]) == (201, "waiting")
        webp = photo(2, "WEBP")
        await http.ask("POST", f"{path}/vehicle_licence", webp, who="p1", Content_Type="image/webp")
        await w.read_all()
        seen = await http.ask("GET", path, who="p1")
        card = seen.body["sheets"][0]
        assert (card["state"], card["read"]["name"]) == ("read", "张三")
        fixed = {"version": card["version"], "fields": {"ethnicity": "壮族"}}
        seen = await http.ask("PUT", f"{path}/id_card", fixed, who="p1")
        assert seen.body["sheets"][0]["corrected"] == {"ethnicity": "壮"}
        bad = {"version": 9, "fields": {"plate": "x"}}
        refused = await http.ask("PUT", f"{path}/id_card", bad, who="p1")
        assert (refused.status, refused.body["error"]["field"]) == (400, "fields.plate")

        ids = [one["photo_id"] for one in seen.body["sheets"]]
        await w.life.book(actor(), held.id, form(id_photo=ids[0], licence_photo=ids[1]))
        await _decided(http, held.id)


async def _decided(http: Caller, booking: str) -> None:
    desk = f"/v1/staff/papers/{booking}"
    for who in (None, "p1", "olga:operator", "fred:finance"):
        answer = await http.ask("GET", "/v1/staff/papers", who=who)
        assert answer.status == (401 if who is None else 403)
    queue = await http.ask("GET", "/v1/staff/papers", who=REVIEWER)
    assert [one["booking"]["booking_id"] for one in queue.body["cases"]] == [booking]
    case = await http.ask("GET", desk, who=REVIEWER)
    assert case.body["papers"]["sheets"][0]["read"]["number"]
    link = await http.ask("POST", f"{desk}/id_card/link", who=REVIEWER)
    assert link.status == 201
    url = http.url + link.body["path"]
    shown = await http.http.fetch(url)
    assert (shown.headers["Content-Type"], shown.headers["Cache-Control"]) == (
        "image/jpeg",
        "no-store",
    )
    assert Image.open(io.BytesIO(shown.body)).format == "JPEG"
    assert (await http.http.fetch(url, raise_error=False)).code == 404
    version = case.body["booking"]["version"]
    asked = {"accept": False, "version": version}
    refused = await http.ask("POST", f"{desk}/decide", asked, who=REVIEWER)
    assert (refused.status, refused.body["error"]["field"]) == (400, "reason")
    asked["accept"] = True
    done = await http.ask("POST", f"{desk}/decide", asked, who=REVIEWER)
    assert (done.status, done.body["papers"]) == (200, "accepted")
