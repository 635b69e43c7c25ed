"""What the SMS vendors have to be told of us."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

ALIYUN_URL = "https://dysmsapi.aliyuncs.com"
TENCENT_URL = "https://sms.tencentcloudapi.com"
TENCENT_REGION = "ap-guangzhou"

Vendor = Literal["aliyun", "tencent"]

#: Where Aliyun is given what a text is about, the phone among it. The vendor's own SDK (4.6.0)
#: puts it into the URL's query, as its API's metadata say; ACS3 signs a form body as well, and a
#: body stands in nobody's access log. That SendSms takes a form is [MEM], from the vendor's older
#: Node SDK, which posts one: `query` is the way back.
Place = Literal["form", "query"]

#: Our templates; a vendor's code is configured for each.
TEMPLATES = ("login_code", "move_code", "confirm_code", "notice")


@dataclass(frozen=True, slots=True, kw_only=True)
class AliyunSmsConfig:
    """One access key of Aliyun, with the sign name and templates approved for it."""

    key_id: str
    key_secret: str = field(repr=False)
    sign_name: str
    templates: Mapping[str, str]  #: our name → SMS_...
    url: str = ALIYUN_URL
    place: Place = "form"


@dataclass(frozen=True, slots=True, kw_only=True)
class TencentSmsConfig:
    """One API key of Tencent Cloud, and one SMS application."""

    secret_id: str
    secret_key: str = field(repr=False)
    app_id: str  #: SmsSdkAppId
    sign_name: str
    templates: Mapping[str, str]  #: our name → TemplateId
    url: str = TENCENT_URL
    region: str = TENCENT_REGION


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsConfig:
    """The vendors in the order in which they are asked, one at least."""

    vendors: tuple[AliyunSmsConfig | TencentSmsConfig, ...]
    report_secret: str | None = field(default=None, repr=False)  #: a part of the callbacks' path
