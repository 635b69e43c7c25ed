"""Recognition's settings: the order, what those in it need, and never the sandbox's key."""

import pytest

from server.providers.ocr.config import ALIYUN_URL, OcrConfig
from server.settings_providers import ocr
from server.settings_reader import Reader, SettingsError

ALIYUN = {"ALIYUN_OCR_KEY_ID": "LTAI1", "SECRET_ALIYUN_OCR_KEY": "hidden"}


def read(given: dict[str, str], *, sandbox: bool = False, has_wechat: bool = True) -> OcrConfig:
    reader = Reader({f"LANJIAN_{name}": value for name, value in given.items()})
    found = ocr.read(reader, sandbox=sandbox, has_wechat=has_wechat)
    reader.raise_problems()
    return found


def test_without_any_setting_it_is_what_is_installed() -> None:
    assert read({}) == OcrConfig()
    assert read({"OCR": "auto"}).order is None


def test_the_order_is_as_given() -> None:
    assert read({"OCR": "none"}).order == ()
    assert read({"OCR": "local"}).order == ("local",)
    found = read({"OCR": "wechat, aliyun,local", **ALIYUN})
    assert found.order == ("wechat", "aliyun", "local")
    assert found.aliyun is not None and found.aliyun.url == ALIYUN_URL
    assert "hidden" not in repr(found)


def test_bounds_of_the_local_one() -> None:
    found = read({"OCR_SECONDS": "9", "OCR_WAITING": "2", "OCR_IDLE_SECONDS": "5"})
    assert (found.local.seconds, found.local.waiting, found.local.idle_seconds) == (9.0, 2, 5.0)
    assert read({"OCR_AT_START": "1"}).at_start


@pytest.mark.parametrize(
    ("given", "rule"),
    [
        ({"OCR": "tencent"}, "must be auto, none, or some of"),
        ({"OCR": "local,local"}, "must be auto, none, or some of"),
        ({"OCR": "none,local"}, "must be auto, none, or some of"),
        ({"OCR": "aliyun"}, "names aliyun, but LANJIAN_ALIYUN_OCR_KEY_ID is not set"),
        ({"OCR_WAITING": "0"}, "must be from 1 to 100"),
        ({"ALIYUN_OCR_KEY_ID": "LTAI1"}, "is required when"),
        ({**ALIYUN, "ALIYUN_OCR_URL": "http://127.0.0.1:9"}, "must begin with https://"),
        ({**ALIYUN, "ALIYUN_OCR_URL": "https://x.example/ocr"}, "must end behind the host"),
        ({**ALIYUN, "ALIYUN_OCR_KEY_ID": "LTAIsandbox1"}, "is the sandbox's"),
    ],
)
def test_what_is_wrong_is_told(given: dict[str, str], rule: str) -> None:
    with pytest.raises(SettingsError) as failed:
        read(given)
    assert any(rule in problem for problem in failed.value.problems)
    assert "hidden" not in str(failed.value)


def test_wechat_needs_its_account() -> None:
    with pytest.raises(SettingsError, match="LANJIAN_WECHAT_APP_ID is not set"):
        read({"OCR": "wechat"}, has_wechat=False)


def test_a_sandbox_has_plain_urls_with_paths() -> None:
    given = {**ALIYUN, "ALIYUN_OCR_KEY_ID": "sandbox", "ALIYUN_OCR_URL": "http://127.0.0.1:9/a"}
    assert read(given, sandbox=True).aliyun is not None
