"""WeChat Pay's settings: all or nothing, and nothing of the sandbox's where money is real."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from server.local.provider_keys import provider_environment
from server.settings_providers.wechatpay import read
from server.settings_reader import Reader, SettingsError


@pytest.fixture
def local(provider_folder: Path) -> dict[str, str]:
    """What a local site's servers are given."""
    environ = provider_environment(provider_folder, "http://127.0.0.1:8400")
    return {name: value for name, value in environ.items() if "WECHATPAY" in name}


@pytest.fixture
def real(local: dict[str, str]) -> dict[str, str]:
    """A merchant that is no sandbox's."""
    return local | {
        "LANJIAN_WECHATPAY_URL": "https://api.mch.weixin.qq.com",
        "LANJIAN_WECHATPAY_MCHID": "1900000109",
        "LANJIAN_WECHATPAY_APP_ID": "wx0000000000000001",
        "LANJIAN_WECHATPAY_PUBLIC_KEY_ID": "PUB_KEY_ID_0119000001092026",
        "LANJIAN_SECRET_WECHATPAY_API_V3_KEY": "k" * 32,
    }


def problems(environ: dict[str, str], *, sandbox: bool) -> list[str]:
    """Read, and give the variables that were complained of."""
    reader = Reader(environ)
    read(reader, sandbox=sandbox)
    try:
        reader.raise_problems()
    except SettingsError as error:
        secret = environ["LANJIAN_SECRET_WECHATPAY_API_V3_KEY"]
        assert not secret or secret not in str(error)
        return [problem.split()[0] for problem in error.problems]
    return []


def test_without_any_there_is_no_wechat_pay():
    reader = Reader({})
    assert read(reader, sandbox=False) is None
    reader.raise_problems()
    assert reader.asked["WECHATPAY_URL"].default == "https://api.mch.weixin.qq.com"


def test_a_local_site_speaks_with_its_sandbox(local: dict[str, str]):
    config = read(Reader(local), sandbox=True)
    assert config is not None and config.base_url == "http://127.0.0.1:8400"
    for secret in (config.private_key_pem, config.api_v3_key):
        assert secret and secret not in repr(config)


def test_production_refuses_what_is_the_sandboxs(local: dict[str, str], real: dict[str, str]):
    assert problems(real, sandbox=False) == []
    for name, value in local.items():
        refused = problems(real | {name: value}, sandbox=False)
        of_the_sandbox = "sandbox" in value.lower() or value.startswith("http:")
        assert refused == ([name] if of_the_sandbox and not name.endswith("_FILE") else []), name


def test_each_part_is_required(real: dict[str, str]):
    for name in real:
        if name.endswith("_URL"):
            continue
        assert problems(real | {name: ""}, sandbox=False) == [name]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LANJIAN_WECHATPAY_URL", "http://api.mch.weixin.qq.com"),
        ("LANJIAN_WECHATPAY_URL", "api.mch.weixin.qq.com"),
        ("LANJIAN_WECHATPAY_URL", "https://api.mch.weixin.qq.com/base"),
        ("LANJIAN_WECHATPAY_TRANSFER_ACCOUNT", "FEES"),
        ("LANJIAN_SECRET_WECHATPAY_API_V3_KEY", "short"),
        ("LANJIAN_WECHATPAY_PRIVATE_KEY_FILE", "/nowhere/key.pem"),
        ("LANJIAN_WECHATPAY_PUBLIC_KEY_FILE", __file__),
    ],
)
def test_what_cannot_be_is_told(real: dict[str, str], name: str, value: str):
    assert problems(real | {name: value}, sandbox=False) == [name]


def test_the_old_form_of_a_private_key_is_refused(
    tmp_path: Path, provider_folder: Path, real: dict[str, str]
):
    key = load_pem_private_key((provider_folder / "platform.pem").read_bytes(), None)
    old = tmp_path / "pkcs1.pem"
    old.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    )
    name = "LANJIAN_WECHATPAY_PRIVATE_KEY_FILE"
    assert problems(real | {name: str(old)}, sandbox=False) == [name]
