"""Photos: judged by content, stripped, sealed, shown on record."""

import io
import zlib

import pytest
from PIL import Image

from server.domain.people import Role
from server.domain.photos import PhotoPurpose, PhotoUse
from tests.integration.accounts.harness import Client

pytestmark = pytest.mark.gen_test

OWNER, OTHER, STAFF = (f"1380000000{n}" for n in range(1, 4))


def picture(kind: str = "JPEG", size: tuple[int, int] = (400, 300), **options) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(out, kind, **options)
    return out.getvalue()


def tagged() -> bytes:
    """Make a photo that says who made it and lies on its side."""
    exif = Image.Exif()
    exif[0x010F] = "SecretCamera"
    exif[0x0112] = 6  # turn by 90 degrees
    return picture(exif=exif.tobytes(), comment=b"taken at home")


def unfolding() -> bytes:
    """Make a small PNG that would unfold into 40 000 x 40 000 pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        crc = zlib.crc32(kind + data).to_bytes(4, "big")
        return len(data).to_bytes(4, "big") + kind + data + crc

    side = (40_000).to_bytes(4, "big")
    head = chunk(b"IHDR", side + side + bytes((8, 2, 0, 0, 0)))
    body = chunk(b"IDAT", zlib.compress(bytes(1000)))
    return b"\x89PNG\r\n\x1a\n" + head + body + chunk(b"IEND", b"")


async def take(client: Client, raw: bytes, kind: str = "image/jpeg", **headers):
    return await client.ask("POST", "/v1/photos", raw, raw=True, Content_Type=kind, **headers)


async def taken(client: Client, raw: bytes, kind: str = "image/jpeg", **headers) -> str:
    response = await take(client, raw, kind, **headers)
    assert response.code == 201, response.body
    return response.body.decode().split('"')[3]


@pytest.fixture
def owner(io_loop, rooms, client) -> Client:
    io_loop.run_sync(lambda: client.log_in(rooms, OWNER))
    return client


async def test_a_photo_comes_back_small_upright_and_bare(owner):
    photo = await taken(owner, tagged())
    shown = await owner.ask("GET", f"/v1/photos/{photo}")
    assert shown.code == 200
    assert shown.headers["Content-Type"] == "image/jpeg"
    back = Image.open(io.BytesIO(shown.body))
    assert back.size == (300, 400)
    assert not back.getexif()
    assert b"SecretCamera" not in shown.body
    assert b"taken at home" not in shown.body


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
async def test_a_large_photo_is_made_smaller(owner, kind):
    photo = await taken(owner, picture(kind, (4000, 2000)), f"image/{kind.lower()}")
    shown = await owner.ask("GET", f"/v1/photos/{photo}")
    back = Image.open(io.BytesIO(shown.body))
    assert (back.format, back.size) == ("JPEG", (1600, 800))


async def test_a_transparent_picture_lies_on_white(owner):
    out = io.BytesIO()
    Image.new("RGBA", (10, 10), (0, 0, 0, 0)).save(out, "PNG")
    photo = await taken(owner, out.getvalue(), "image/png")
    shown = await owner.ask("GET", f"/v1/photos/{photo}")
    assert Image.open(io.BytesIO(shown.body)).getpixel((5, 5)) == (255, 255, 255)


NO_PICTURES = {
    "empty": b"",
    "text": b"hello",
    "only a magic number": b"\xff\xd8\xff\xe0" + bytes(100),
    "cut in the middle": picture()[:600],
    "another format": picture("BMP"),
    "an animation": picture("GIF"),
    "a page": b"<html><script>alert(1)</script>",
}


@pytest.mark.parametrize("raw", NO_PICTURES.values(), ids=NO_PICTURES.keys())
async def test_what_is_no_picture_is_refused(owner, database, raw):
    response = await take(owner, raw)
    assert response.code == 400
    assert b'"picture"' in response.body
    assert await database["photos.files"].count_documents({}) == 0


async def test_a_picture_that_unfolds_too_far_is_refused(owner):
    response = await take(owner, unfolding(), "image/png")
    assert response.code == 400
    assert b'"pixels"' in response.body


async def test_size_and_type_are_judged(owner):
    assert (await take(owner, bytes(10 * 1024 * 1024 + 1))).code == 413
    assert (await take(owner, picture(), "application/octet-stream")).code == 415
    assert (await take(owner, picture(), "application/json")).code == 415


async def test_nobody_else_sees_a_photo_but_staff_on_record(rooms, owner, http_client, base_url):
    photo = await taken(owner, picture())
    use = PhotoUse(purpose=PhotoPurpose.ID_CARD, subject=f"person:{owner.person_id}")
    await rooms.photos.use(owner.person_id, photo, use)
    other = Client(http_client, base_url, device="other")
    await other.log_in(rooms, OTHER)
    path = f"/v1/photos/{photo}"
    assert await other.refused("GET", path) == (404, "not_found", "photo_id", "exists")
    assert (await other.refused("GET", "/v1/photos/FNONE"))[:2] == (404, "not_found")
    assert await rooms.audit.of(f"photo:{photo}") == []
    await rooms.staffing.add(STAFF, Role.REVIEWER)
    staff = Client(http_client, base_url, device="staff")
    await staff.log_in(rooms, STAFF)
    assert (await staff.ask("GET", f"{path}?purpose=review")).code == 200
    (record,) = await rooms.audit.of(f"photo:{photo}")
    assert (record["actor"], record["purpose"]) == (staff.person_id, "review")
    assert (await staff.refused("GET", "/v1/photos/FNONE"))[:2] == (404, "not_found")
    unused = await taken(owner, picture())
    assert (await staff.refused("GET", f"/v1/photos/{unused}"))[:2] == (404, "not_found")


async def test_a_photo_is_sealed_at_rest(owner, database):
    photo = await taken(owner, picture())
    chunks = await database["photos.chunks"].find({"files_id": photo}).to_list(None)
    stored = b"".join(chunk["data"] for chunk in chunks)
    assert b"JFIF" not in stored


async def test_a_repeated_upload_is_one_photo(owner, database):
    first = await taken(owner, picture(), Idempotency_Key="photo-0001")
    assert first == await taken(owner, picture(), Idempotency_Key="photo-0001")
    assert await database["photos.files"].count_documents({}) == 1
