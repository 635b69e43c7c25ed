"""WeChat's way to refuse: HTTP 200 and `{errcode, errmsg}`. Codes from its documents."""

from __future__ import annotations


class WeChatRefused(Exception):
    """A call that changed nothing."""

    def __init__(self, errcode: int, errmsg: str) -> None:
        super().__init__(f"{errcode} {errmsg}")
        self.errcode = errcode
        self.errmsg = errmsg


def invalid_token() -> WeChatRefused:
    """40001, as it reads when a token is wrong or too old for WeChat to know it."""
    return WeChatRefused(40001, "invalid credential, access_token is invalid or not latest")


def expired_token() -> WeChatRefused:
    """42001."""
    return WeChatRefused(42001, "access_token expired")


def bad_openid() -> WeChatRefused:
    """40003."""
    return WeChatRefused(40003, "invalid openid")


def bad_code() -> WeChatRefused:
    """40029."""
    return WeChatRefused(40029, "invalid code")


def used_code() -> WeChatRefused:
    """40163."""
    return WeChatRefused(40163, "code been used")
