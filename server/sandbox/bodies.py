"""Bodies of people's and tests' requests, and what wires share; unknown fields are ignored."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec

Amount = Annotated[int, msgspec.Meta(ge=1, le=100_000_000)]
Short = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
Url = Annotated[str, msgspec.Meta(min_length=8, max_length=512)]
Instant = Annotated[datetime, msgspec.Meta(tz=True)]
Phone = Annotated[str, msgspec.Meta(pattern=r"^\d{5,15}$")]


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """The root of all bodies."""


class SendSms(Body, frozen=True, kw_only=True):
    """One text, whichever vendor was asked for it."""

    phone: Phone
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
    template: Short
    params: dict[str, str | int] = {}


class BindPerson(Body, frozen=True, kw_only=True):
    """POST /phone/{n}/person: whose transfers this phone shows; null shows all."""

    person: Short | None = None


Kind = Literal[
    "duplicate",
    "late",
    "reordered",
    "wrong_amount",
    "forged",
    "500",
    "timeout",
    "old_timestamp",
    "probe",
    "half_answer",
    "bad_signature",
    "system_error",
    "rate_limited",
    "not_enough",
    "abnormal",
    "fail",
    "expired",
    "slow",
    "forgotten",
    "missing_line",
    "extra_line",
    "wrong_fee",
    "not_ready",
    "bad_token",
    "quota",
    "minute_quota",
    "bad_hash",
    "half_file",
]
Subject = Literal["payment", "refund", "transfer", "sms", "statement", "wechat", "ocr"]


class ArmFault(Body, frozen=True, kw_only=True):
    """POST /faults: the next `times` occasions go wrong in this way."""

    kind: Kind
    on: Subject
    times: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 1
    seconds: Annotated[float, msgspec.Meta(ge=0, le=3600)] = 5.0  #: how long a notice waits
