"""The SMS vendors' settings: each all or nothing, one at least, and never the sandbox's."""

import pytest

from server.providers.sms_vendors.config import TEMPLATES, AliyunSmsConfig, SmsConfig
from server.settings_providers import sms
from server.settings_reader import Reader, SettingsError

ALIYUN = {
    "ALIYUN_SMS_KEY_ID": "LTAI1",
    "SECRET_ALIYUN_SMS_KEY": "hidden-one",
    "ALIYUN_SMS_SIGN_NAME": "揽件",
    "ALIYUN_SMS_TEMPLATES": ", ".join(f"{name}:SMS_1" for name in TEMPLATES),
}
TENCENT = {
    "TENCENT_SMS_SECRET_ID": "AKID1",
    "SECRET_TENCENT_SMS_KEY": "hidden-two",
    "TENCENT_SMS_APP_ID": "1400000001",
    "TENCENT_SMS_SIGN_NAME": "揽件",
    "TENCENT_SMS_TEMPLATES": ",".join(f"{name}:1" for name in TEMPLATES),
}


def read(given: dict[str, str], *, sandbox: bool = False) -> SmsConfig | None:
    reader = Reader({f"LANJIAN_{name}": value for name, value in given.items()})
    found = sms.read(reader, sandbox=sandbox)
    reader.raise_problems()
    return found


def order(found: SmsConfig | None) -> list[str]:
    assert found is not None
    return ["aliyun" if isinstance(v, AliyunSmsConfig) else "tencent" for v in found.vendors]


def test_one_both_or_none() -> None:
    assert read({}) is None
    assert order(read(ALIYUN)) == ["aliyun"]
    assert order(read(TENCENT)) == ["tencent"]
    assert order(read(ALIYUN | TENCENT)) == ["aliyun", "tencent"]
    both = read(ALIYUN | TENCENT | {"SMS_FIRST": "tencent", "SECRET_SMS_REPORTS": "x" * 24})
    assert order(both) == ["tencent", "aliyun"]
    assert both is not None and both.report_secret == "x" * 24
    assert "hidden" not in repr(both) and "x" * 24 not in repr(both)
    assert both.vendors[1].url == "https://dysmsapi.aliyuncs.com"
    assert dict(both.vendors[1].templates) == dict.fromkeys(TEMPLATES, "SMS_1")


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"ALIYUN_SMS_SIGN_NAME": ""}, "SMS_SIGN_NAME is required when"),
        ({"ALIYUN_SMS_TEMPLATES": "login_code:SMS_1"}, "must name a code for each"),
        ({"ALIYUN_SMS_TEMPLATES": "login_code:SMS_1,move_code:"}, "must name a code for each"),
        ({"ALIYUN_SMS_TEMPLATES": "login_code:1,move_code:2,x:3"}, "must name a code for each"),
        ({"ALIYUN_SMS_URL": "http://127.0.0.1:9"}, "must begin with https://"),
        ({"ALIYUN_SMS_URL": "https://x.example/aliyun"}, "must end behind the host"),
        ({"TENCENT_SMS_URL": "sms.example"}, "must begin with https://"),
        ({"ALIYUN_SMS_KEY_ID": "LTAIsandbox1"}, "is the sandbox's"),
        ({"SECRET_ALIYUN_SMS_KEY": "sandbox1"}, "is the sandbox's"),
        ({"TENCENT_SMS_APP_ID": "sandbox14"}, "is the sandbox's"),
        ({"SECRET_TENCENT_SMS_KEY": "SANDBOX1"}, "is the sandbox's"),
        ({"SECRET_SMS_REPORTS": "x" * 23}, "must be 24"),
        ({"SECRET_SMS_REPORTS": "sandbox01234567890123456789"}, "is the sandbox's"),
        ({"SECRET_SMS_REPORTS": "../" * 9}, "must be 24"),
        ({"SMS_FIRST": "both"}, "must be aliyun or tencent"),
        ({"ALIYUN_SMS_FIELDS": "header"}, "must be form or query"),
    ],
)
def test_what_is_wrong_is_told_and_never_its_value(change: dict[str, str], rule: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read(ALIYUN | TENCENT | change)
    (problem,) = caught.value.problems
    assert rule in problem
    assert not [value for value in change.values() if len(value) > 4 and value in problem]


def test_the_sandbox_takes_its_own() -> None:
    given = ALIYUN | {
        "ALIYUN_SMS_KEY_ID": "LTAIsandbox1",
        "ALIYUN_SMS_URL": "http://a.example/aliyun/",
    }
    found = read(given, sandbox=True)
    assert found is not None and found.vendors[0].url == "http://a.example/aliyun"
