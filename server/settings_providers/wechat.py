"""The service account's settings, and the mini program's."""

from __future__ import annotations

import re
from typing import get_args
from urllib.parse import urlsplit

from server.providers.wechat.config import (
    API_URL,
    MP_URL,
    OPEN_URL,
    AppConfig,
    CallbackConfig,
    CallbackMode,
    WeChatConfig,
    aes_bytes,
)
from server.providers.wechat.templates import TEMPLATES
from server.settings_reader import Reader

APP_ID, APP_SECRET = "WECHAT_APP_ID", "SECRET_WECHAT_APP"
ORIGINAL_ID, TOKEN = "WECHAT_ORIGINAL_ID", "SECRET_WECHAT_TOKEN"
AES_KEY, MODE = "SECRET_WECHAT_AES_KEY", "WECHAT_CALLBACK_MODE"
SHORT_IDS = "WECHAT_TEMPLATES"
JSSDK_URL, LOCATION = "WECHAT_JSSDK_URL", "WECHAT_LOCATION"
MINI_APP_ID, MINI_APP_SECRET = "MINI_APP_ID", "SECRET_MINI_APP"
URLS = {"WECHAT_API_URL": API_URL, "WECHAT_MP_URL": MP_URL, "WECHAT_OPEN_URL": OPEN_URL}


def read(reader: Reader, *, sandbox: bool) -> WeChatConfig | None:
    """Read the service account's part; None when it is not configured."""
    urls = _urls(reader, sandbox=sandbox)
    given = reader.group(APP_ID, APP_SECRET, ORIGINAL_ID, TOKEN)
    aes_key, mode = _callback(reader, is_given=given is not None)
    short_ids = _short_ids(reader)
    jssdk_url = _jssdk_url(reader, sandbox=sandbox)
    location = reader.flag(LOCATION, default=False)
    if given is None:
        return None
    _refuse_sandbox(reader, given, sandbox=sandbox)
    return WeChatConfig(
        app=AppConfig(
            app_id=given[APP_ID],
            secret=given[APP_SECRET],
            api_url=urls[0],
            mp_url=urls[1],
            open_url=urls[2],
        ),
        callback=CallbackConfig(
            app_id=given[APP_ID],
            original_id=given[ORIGINAL_ID],
            token=given[TOKEN],
            aes_key=aes_key or None,
            mode=mode,
        ),
        short_ids=short_ids,
        jssdk_url=jssdk_url,
        location=location,
    )


def read_mini(reader: Reader, *, sandbox: bool) -> AppConfig | None:
    """Read the mini program's part; None when it is not configured."""
    given = reader.group(MINI_APP_ID, MINI_APP_SECRET)
    if given is None:
        return None
    _refuse_sandbox(reader, given, sandbox=sandbox)
    return AppConfig(
        app_id=given[MINI_APP_ID],
        secret=given[MINI_APP_SECRET],
        api_url=reader.text("WECHAT_API_URL", API_URL).rstrip("/"),
    )


def _urls(reader: Reader, *, sandbox: bool) -> list[str]:
    urls = {name: reader.text(name, default).rstrip("/") for name, default in URLS.items()}
    schemes = ("https", "http") if sandbox else ("https",)
    for name, url in urls.items():
        parts = urlsplit(url)
        if parts.scheme not in schemes or not parts.netloc:
            reader.problem(name, "must begin with https:// and name a host")
    return list(urls.values())


def _callback(reader: Reader, *, is_given: bool) -> tuple[str, CallbackMode]:
    aes_key = reader.text(AES_KEY, "")
    told = reader.text(MODE, "aes")
    mode: CallbackMode | None = next((one for one in get_args(CallbackMode) if one == told), None)
    if mode is None:
        reader.problem(MODE, f"must be one of {', '.join(get_args(CallbackMode))}")
        mode = "aes"
    if aes_key:
        try:
            aes_bytes(aes_key)
        except ValueError as error:
            reader.problem(AES_KEY, str(error))
    elif is_given and mode != "plain":
        reader.problem(AES_KEY, f"is required when LANJIAN_{MODE} is {mode}")
    return aes_key, mode


def _jssdk_url(reader: Reader, *, sandbox: bool) -> str:
    """Read the script's URL; it goes into pages' security policy, so nothing else may be in it."""
    url = reader.text(JSSDK_URL, "")
    if url and not re.fullmatch(r"https?://[A-Za-z0-9.:-]+/[A-Za-z0-9._/-]+", url):
        reader.problem(JSSDK_URL, "must be the plain URL of a script")
        return ""
    if url.startswith("http://") and not sandbox:
        reader.problem(JSSDK_URL, "must begin with https://")
    return url


def _short_ids(reader: Reader) -> dict[str, str]:
    """Read `name:short id` pairs."""
    known = {spec.name for spec in TEMPLATES}
    pairs = [text.partition(":") for text in reader.texts(SHORT_IDS, ())]
    for name, colon, short_id in pairs:
        if name not in known or not colon or not short_id:
            reader.problem(SHORT_IDS, f"must be name:id pairs of {', '.join(sorted(known))}")
            return {}
    return {name: short_id for name, _, short_id in pairs}


def _refuse_sandbox(reader: Reader, given: dict[str, str], *, sandbox: bool) -> None:
    if sandbox:
        return
    for name, value in given.items():
        if "sandbox" in value:
            reader.problem(name, "is the sandbox's")
