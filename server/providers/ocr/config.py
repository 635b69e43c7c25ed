"""How recognisers are reached, and which are asked in which order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

ALIYUN_URL = "https://ocr-api.cn-hangzhou.aliyuncs.com"

Which = Literal["local", "wechat", "aliyun"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalConfig:
    """Bounds of recognition on this machine."""

    waiting: int = 8  #: photos at most that wait or are read, in one server process
    seconds: float = 60.0  #: for one photo, waiting included
    idle_seconds: float = 600.0  #: then the process ends and its memory is free


@dataclass(frozen=True, slots=True, kw_only=True)
class AliyunOcrConfig:
    """One access key of Aliyun that may recognise."""

    key_id: str
    key_secret: str = field(repr=False)
    url: str = ALIYUN_URL


@dataclass(frozen=True, slots=True, kw_only=True)
class OcrConfig:
    """Who is asked in which order; nobody: people type, and staff look at the photos."""

    order: tuple[Which, ...] | None = None  #: None: the local one where it is installed
    local: LocalConfig = LocalConfig()
    at_start: bool = False  #: load the local models when the server starts
    aliyun: AliyunOcrConfig | None = None
