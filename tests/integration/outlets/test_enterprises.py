"""Enterprises and their pages: written as plain text, kept version by version, read by anyone."""

import hashlib
import io
import re

from PIL import Image

from realtime.wire.centre import SetServiceLine
from server.domain.ids import PersonId, SessionId
from server.domain.people import Actor, Role
from tests.integration.outlets.serving import CUSTOMER, OPERATOR, desk


def picture(colour: str = "navy", kind: str = "PNG", **more) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (2000, 1000), colour).save(out, kind, **more)
    return out.getvalue()


async def test_a_page_is_saved_previewed_published_and_rolled_back(mongo_uri, mongo_db_name):
    async with desk(mongo_uri, mongo_db_name) as d:
        one = await d.enterprise()
        pages = f"/v1/staff/enterprises/{one}/pages"
        taken = await d.ask(
            "POST", "/v1/staff/pictures", picture(), who=OPERATOR, Content_Type="image/png"
        )
        assert taken.status == 201
        shown = taken.body["picture"]
        blocks = [
            {"kind": "heading", "text": "关于我们"},
            {"kind": "paragraph", "text": "第一行\n<script>alert(1)</script> & {{ 1 + 1 }}"},
            {"kind": "list", "items": ["<b>一</b>", "二"]},
            {"kind": "picture", "picture": shown, "text": '车间 "一" onerror=x'},
        ]
        first = await d.done("POST", pages, {"base": 0, "blocks": blocks}, who=OPERATOR)
        assert (first["number"], first["saved_by"]) == (1, "ops")
        plain = [{"kind": "heading", "text": "第二版"}]
        await d.done("POST", pages, {"base": 1, "blocks": plain}, who=OPERATOR)

        page = await d.page(f"/e/{one}")
        assert page.code == 200
        assert "关于我们" not in page.body.decode()
        preview = await d.page(f"{pages}/1/preview", who=OPERATOR)
        body = preview.body.decode()
        assert "<h2>关于我们</h2>" in body
        assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; {{ 1 + 1 }}" in body
        assert "<script" not in body
        assert "<li>&lt;b&gt;一&lt;/b&gt;</li>" in body
        assert f'src="/pictures/{shown}.jpg" alt="车间 &quot;一&quot; onerror=x"' in body
        assert (await d.page(f"{pages}/1/preview")).code == 401

        def publish(number, version):
            asked = {"number": number, "version": version}
            return d.ask("PUT", f"/v1/staff/enterprises/{one}/page", asked, who=OPERATOR)

        assert (await publish(2, 1)).body["page_version"] == 2
        assert "<h2>第二版</h2>" in (await d.page(f"/e/{one}")).body.decode()
        assert (await publish(1, 1)).error[:2] == (409, "stale")
        assert (await publish(3, 2)).error == (404, "not_found", "number")
        assert (await publish(1, 2)).body["page_version"] == 1  # rolled back
        assert "<h2>关于我们</h2>" in (await d.page(f"/e/{one}")).body.decode()
        public = await d.done("GET", f"/v1/enterprises/{one}")
        assert [block["kind"] for block in public["blocks"]] == [b["kind"] for b in blocks]

        versions = await d.done("GET", f"{pages}?limit=1", who=OPERATOR)
        assert [(v["number"], v["published"]) for v in versions["pages"]] == [(2, False)]
        rest = await d.done("GET", f"{pages}?before={versions['next']}", who=OPERATOR)
        assert [(v["number"], v["published"]) for v in rest["pages"]] == [(1, True)]
        assert rest["next"] is None
        said = await d.audit.of(f"enterprise:{one}")
        published = [one["details"]["page"] for one in said if one["action"] == "publish_page"]
        assert sorted(published) == ["0 → 2", "2 → 1"]


async def test_two_who_save_at_once_do_not_both_have_the_next_version(mongo_uri, mongo_db_name):
    async with desk(mongo_uri, mongo_db_name) as d:
        pages = f"/v1/staff/enterprises/{await d.enterprise()}/pages"
        blocks = [{"kind": "heading", "text": "一"}]
        await d.done("POST", pages, {"base": 0, "blocks": blocks}, who=OPERATOR)
        for base in (0, 2, 7):  # taken; not there yet
            again = await d.ask("POST", pages, {"base": base, "blocks": blocks}, who=OPERATOR)
            assert again.error == (409, "stale", "base")


BAD_BLOCKS = [
    ({"kind": "video", "text": "x"}, "blocks[0].kind", "value"),
    ({"kind": "heading", "text": "x", "html": "<b>"}, "blocks[0].html", "unknown_field"),
    ({"kind": "heading"}, "blocks[0].text", "required"),
    ({"kind": "paragraph", "text": "长" * 2001}, "blocks[0].text", "length"),
    ({"kind": "picture", "text": "x", "picture": "0" * 64}, "blocks[0].picture", "exists"),
    ({"kind": "picture", "text": "x", "picture": "//evil"}, "blocks[0].picture", "picture"),
    ({"kind": "paragraph", "text": "a\u202eb"}, "blocks[0].text", "pattern"),
]


async def test_a_bad_block_saves_nothing(mongo_uri, mongo_db_name):
    async with desk(mongo_uri, mongo_db_name) as d:
        pages = f"/v1/staff/enterprises/{await d.enterprise()}/pages"
        for block, field, rule in BAD_BLOCKS:
            refused = await d.ask("POST", pages, {"base": 0, "blocks": [block]}, who=OPERATOR)
            error = refused.body["error"]
            assert (refused.status, error["field"], error["rule"]) == (400, field, rule)
        assert (await d.done("GET", pages, who=OPERATOR))["pages"] == []


async def test_pictures_are_public_lose_what_cameras_write_and_are_kept_by_their_bytes(
    mongo_uri, mongo_db_name
):
    async with desk(mongo_uri, mongo_db_name) as d:
        exif = Image.Exif()
        exif[0x010F] = "SECRET-CAMERA"
        raw = picture("red", "JPEG", exif=exif)
        assert b"SECRET-CAMERA" in raw
        answers = [
            await d.ask("POST", "/v1/staff/pictures", raw, who=OPERATOR, Content_Type="image/jpeg")
            for _ in range(2)
        ]
        assert answers[0].body == answers[1].body
        got = await d.page(answers[0].body["path"])
        assert got.code == 200
        assert got.headers["Content-Type"] == "image/jpeg"
        assert got.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert hashlib.sha256(got.body).hexdigest() == answers[0].body["picture"]
        assert b"SECRET-CAMERA" not in got.body
        assert Image.open(io.BytesIO(got.body)).size == (1600, 800)
        assert (await d.page(f"/pictures/{'0' * 64}.jpg")).headers["Cache-Control"] == "no-store"
        for bad in (b"<svg onload=alert(1)>", b"", b"\xff\xd8\xff"):
            refused = await d.ask(
                "POST", "/v1/staff/pictures", bad, who=OPERATOR, Content_Type="image/jpeg"
            )
            assert refused.status == 400
        svg = await d.ask(
            "POST", "/v1/staff/pictures", b"<svg/>", who=OPERATOR, Content_Type="image/svg+xml"
        )
        assert svg.status == 415


async def test_enterprises_are_found_by_name_and_by_district_of_any_outlet(
    mongo_uri, mongo_db_name
):
    async with desk(mongo_uri, mongo_db_name) as d:
        green = await d.enterprise("绿能 (Green) 拆解", "440304")
        south = await d.enterprise("南方再生", "440106")
        await d.outlet(south, region="440305")

        async def found(query: str) -> list[str]:
            view = await d.done("GET", f"/v1/enterprises?{query}")
            return [one["enterprise_id"] for one in view["enterprises"]]

        assert set(await found("")) == {green, south}
        assert await found("name=green") == [green]
        assert await found("name=(Green)") == [green]
        assert await found("name=.*") == []
        assert await found("name=%E5%86%8D%E7%94%9F") == [south]  # 再生
        assert await found("region=440304") == [green]
        assert await found("region=440305") == [south]  # its outlet's
        assert await found("region=440106") == [south]  # its seat's
        assert set(await found("region=440300")) == {green, south}
        assert set(await found("region=440000")) == {green, south}
        assert await found("region=110000") == []
        bad = await d.ask("GET", "/v1/enterprises?region=44")
        assert bad.error == (400, "invalid_input", "region")
        first = await d.done("GET", "/v1/enterprises?limit=1")
        second = await d.done("GET", f"/v1/enterprises?limit=1&skip={first['next']}")
        assert second["next"] is None
        names = [view["enterprises"][0]["enterprise_id"] for view in (first, second)]
        assert set(names) == {green, south}

        page = (await d.page("/e?name=green")).body.decode()
        assert f'<a href="/e/{green}">绿能 (Green) 拆解</a>' in page
        assert south not in page
        assert '<option value="440305">广东省 深圳市 南山区</option>' in page
        assert (
            'href="/e?name=&amp;region=&amp;skip=1&amp;limit=1"'
            in (await d.page("/e?limit=1")).body.decode()
        )


async def test_pages_say_whom_to_call_once_staff_wrote_it(mongo_uri, mongo_db_name):
    async with desk(mongo_uri, mongo_db_name) as d:
        one = await d.enterprise()
        for path in ("/e", f"/e/{one}"):
            assert "客服电话" not in (await d.page(path)).body.decode()
        line = SetServiceLine(
            version=0, phone="400-820-0000", hours_zh="每天 <9>–18 点", hours_en="daily 9–18"
        )
        admin = Actor(
            person=PersonId("boss"), session=SessionId("s"), roles=frozenset({Role.ADMIN})
        )
        await d.service_line.put(admin, line)
        for path in ("/e", f"/e/{one}"):
            body = (await d.page(path)).body.decode()
            assert '<a href="tel:4008200000">400-820-0000</a>' in body
            assert "每天 &lt;9&gt;–18 点" in body


async def test_pages_and_their_errors_are_html_with_the_policy(mongo_uri, mongo_db_name):
    async with desk(mongo_uri, mongo_db_name) as d:
        one = await d.enterprise('<i>"名"</i>')
        for path, status in (
            (f"/e/{one}", 200),
            ("/e", 200),
            ("/e/NOSUCH", 404),
            ("/e?region=%3Cscript%3E", 400),
            ("/e?nonsense=1", 400),
        ):
            page = await d.page(path)
            assert page.code == status, path
            assert page.headers["Content-Type"] == "text/html; charset=utf-8"
            assert "script-src 'self'" in page.headers["Content-Security-Policy"]
            assert page.headers["X-Content-Type-Options"] == "nosniff"
            body = page.body.decode()
            assert not re.search(r"<script|<i>|style=|javascript:", body)
        head = await d.page(f"/e/{one}", method="HEAD")
        assert (head.code, head.body) == (200, b"")
        again = await d.page(f"/e/{one}")
        assert again.headers["Cache-Control"] == "no-cache"


async def test_hiding_an_enterprise_waits_for_its_outlets(mongo_uri, mongo_db_name):
    async with desk(mongo_uri, mongo_db_name) as d:
        one = await d.enterprise()
        outlet = await d.outlet(one)
        path, edit = f"/v1/staff/enterprises/{one}", {"name": "绿能拆解", "region": "440304"}

        def hide(version, active=False):
            asked = {**edit, "version": version, "active": active}
            return d.ask("PUT", path, asked, who=OPERATOR)

        refused = await hide(1)
        assert refused.body["error"]["rule"] == "hide_its_outlets_first"
        details = f"/v1/staff/outlets/{outlet['outlet_id']}/details"
        same = {**outlet["details"], "version": 3}
        await d.done("PUT", details, {**same, "active": False}, who=OPERATOR)
        assert (await hide(1)).status == 200
        assert (await d.page(f"/e/{one}")).code == 404
        assert (await d.ask("GET", f"/v1/enterprises/{one}")).status == 404
        assert (await d.done("GET", "/v1/enterprises"))["enterprises"] == []
        assert len((await d.done("GET", "/v1/staff/enterprises", who=OPERATOR))["enterprises"]) == 1
        back = await d.ask("PUT", details, {**same, "version": 4, "active": True}, who=OPERATOR)
        assert back.error == (409, "conflict", "enterprise_id")
        assert (await hide(1, active=True)).error[:2] == (409, "stale")


async def test_only_operators_write_enterprises(mongo_uri, mongo_db_name):
    async with desk(mongo_uri, mongo_db_name) as d:
        one = await d.enterprise()
        for who, status in ((None, 401), (CUSTOMER, 403), ("olga:outlet_staff", 403)):
            for method, path, body in (
                ("POST", "/v1/staff/enterprises", {"name": "x", "region": "440304"}),
                ("PUT", f"/v1/staff/enterprises/{one}", {}),
                ("POST", f"/v1/staff/enterprises/{one}/pages", {}),
                ("PUT", f"/v1/staff/enterprises/{one}/page", {}),
                ("GET", f"/v1/staff/enterprises/{one}/pages/1", None),
                ("POST", "/v1/staff/pictures", {}),
            ):
                assert (await d.ask(method, path, body, who=who)).status == status, (who, path)
