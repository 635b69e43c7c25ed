"""Only our own pages are returned to, and only they may use WeChat's JS-SDK."""

import re

import pytest

from handlers.pages import PAGES
from server.domain.errors import InvalidInput
from server.domain.own_pages import own_url, return_path, with_query

BASE = "https://lanjian.example"


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/customer",
        "/courier#certification",
        "/v/T-1.5.abc",
        "/visit/V123",
        "/customer#order/LJ1",
        "/book#slots/O1",
        "/book/slots/O1",
        "/me/wechat",
        "/customer/",
        "/customer/#account",
        "/customer/orders/LJ1-a.b_c",
    ],
)
def test_own_pages_are_returned_to(path):
    assert return_path(path) == path
    assert own_url(BASE + path, BASE) == BASE + path.partition("#")[0]


@pytest.mark.parametrize(
    "path",
    [
        "",
        "customer",
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "/customer?next=//x",
        "/customer#//evil:1",
        "/customer#a b",
        "/v1/me",
        "/v/a b",
        "/v/" + "a" * 161,
        "/visit/../staff",
        "/me/../v1/me",
        "/me//",
        "/login/",
        "/me/.hidden",
        "/book//evil.example",
        "/me/a/b/c/d/e",
        "/login/x",
        "/visit/%2e%2e",
        "javascript:alert(1)",
        "/customer\r\nSet-Cookie: a=b",
        "/customer\n",
        "/static/x.js",
    ],
)
def test_nothing_else_is(path):
    with pytest.raises(InvalidInput):
        return_path(path)


@pytest.mark.parametrize(
    "url",
    [
        "http://lanjian.example/customer",
        "https://lanjian.example.evil.example/customer",
        "https://lanjian.example@evil.example/customer",
        "https://evil.example/customer",
        BASE,
        BASE + "/v1/me",
        BASE + "/customer?a=\n",
        BASE + "/customer?" + "a" * 1100,
    ],
)
def test_no_other_url_is_signed(url):
    with pytest.raises(InvalidInput):
        own_url(url, BASE)


def test_a_query_goes_before_the_fragment():
    assert with_query("/customer#orders", "wechat=A") == "/customer?wechat=A#orders"
    assert own_url(BASE + "/customer?wechat=A#orders", BASE) == BASE + "/customer?wechat=A"


def test_the_pages_of_people_are_among_them():
    for path in ("/", "/customer", "/courier", "/staff", "/me/wechat", "/book/slots/N1"):
        assert any(re.fullmatch(pattern, path) for pattern in PAGES)
        assert return_path(path) == path
