"""Recognition's settings: who is asked in which order, bounds of the local one, Aliyun's key."""

from __future__ import annotations

from typing import get_args
from urllib.parse import urlsplit

from server.providers.ocr.config import (
    ALIYUN_URL,
    AliyunOcrConfig,
    LocalConfig,
    OcrConfig,
    Which,
)
from server.settings_reader import Reader

ORDER, AT_START = "OCR", "OCR_AT_START"
SECONDS, WAITING, IDLE = "OCR_SECONDS", "OCR_WAITING", "OCR_IDLE_SECONDS"
HOST, KEY_ID, KEY_SECRET = "ALIYUN_OCR_URL", "ALIYUN_OCR_KEY_ID", "SECRET_ALIYUN_OCR_KEY"

AUTO, NOBODY = "auto", "none"

MOST_WAITING = 100


def read(reader: Reader, *, sandbox: bool, has_wechat: bool) -> OcrConfig:
    """Read the order and what those in it need; a name without its settings is a problem."""
    defaults = LocalConfig()
    local = LocalConfig(
        seconds=reader.number(SECONDS, defaults.seconds),
        waiting=reader.integer(WAITING, defaults.waiting, least=1, most=MOST_WAITING),
        idle_seconds=reader.number(IDLE, defaults.idle_seconds),
    )
    at_start = reader.flag(AT_START, default=False)
    aliyun = _aliyun(reader, sandbox=sandbox)
    order = _order(reader)
    if order is not None and "wechat" in order and not has_wechat:
        reader.problem(ORDER, "names wechat, but LANJIAN_WECHAT_APP_ID is not set")
    if order is not None and "aliyun" in order and aliyun is None:
        reader.problem(ORDER, f"names aliyun, but LANJIAN_{KEY_ID} is not set")
    return OcrConfig(order=order, local=local, at_start=at_start, aliyun=aliyun)


def _order(reader: Reader) -> tuple[Which, ...] | None:
    """Read the order; None leaves it to what is installed."""
    names = reader.texts(ORDER, (AUTO,))
    if names == (AUTO,):
        return None
    if names == (NOBODY,):
        return ()
    order = tuple(one for name in names for one in get_args(Which) if one == name)
    if len(order) != len(names) or len(set(order)) != len(order):
        known = ", ".join(get_args(Which))
        reader.problem(ORDER, f"must be {AUTO}, {NOBODY}, or some of {known}, each once")
    return order


def _aliyun(reader: Reader, *, sandbox: bool) -> AliyunOcrConfig | None:
    url = reader.text(HOST, ALIYUN_URL).rstrip("/")
    given = reader.group(KEY_ID, KEY_SECRET)
    if given is None:
        return None
    parts = urlsplit(url)
    if parts.scheme not in (("https", "http") if sandbox else ("https",)) or not parts.netloc:
        reader.problem(HOST, "must begin with https:// and name a host")
    elif (parts.path and not sandbox) or parts.query or parts.fragment:
        reader.problem(HOST, "must end behind the host: the path is signed")
    if not sandbox and "sandbox" in given[KEY_ID].lower():
        reader.problem(KEY_ID, "is the sandbox's")
    return AliyunOcrConfig(key_id=given[KEY_ID], key_secret=given[KEY_SECRET], url=url)
