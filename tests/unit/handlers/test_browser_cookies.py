"""Cookies that bind a browser: bound to this very host over https, and no other name counts."""

import pytest
from tornado.web import Application, RequestHandler

from handlers.browser_cookies import MOST_CHARACTERS, bind_browser, browser_of

pytestmark = pytest.mark.gen_test


class Room(RequestHandler):
    """Binds a browser, and tells which it is."""

    def get(self) -> None:
        self.write(f"[{browser_of(self, 'room')}]")

    def post(self) -> None:
        bind_browser(self, "room", "Drawn1")


@pytest.fixture(params=[True, False], ids=["https", "http"])
def is_https(request) -> bool:
    return request.param


@pytest.fixture
def app(is_https) -> Application:
    return Application([("/", Room)], is_https=is_https)


async def seen(http_client, base_url, cookie: str) -> str:
    return (await http_client.fetch(base_url, headers={"Cookie": cookie})).body.decode()


async def test_over_https_the_cookie_is_of_this_host_alone(http_client, base_url, is_https):
    given = await http_client.fetch(base_url, method="POST", body="")
    pair, *rest = (part.strip() for part in given.headers["Set-Cookie"].split(";"))
    words = {word.lower() for word in rest}
    assert {"httponly", "samesite=lax"} < words
    assert not any(word.startswith("domain") for word in words)
    if is_https:
        assert pair == "__Host-room=Drawn1"
        assert {"secure", "path=/"} <= words
    else:
        assert pair == "room=Drawn1"
        assert "secure" not in words
    assert await seen(http_client, base_url, pair) == "[Drawn1]"


async def test_a_planted_or_strange_cookie_is_none(http_client, base_url, is_https):
    planted = "room=Planted" if is_https else "__Host-room=Planted"
    assert await seen(http_client, base_url, planted) == "[]"
    name = "__Host-room" if is_https else "room"
    for value in ("", "a b", "../x", "a" * (MOST_CHARACTERS + 1), "é"):
        assert await seen(http_client, base_url, f"{name}={value}") == "[]"
