"""Alipay's settings: whole or not at all, real where money is real, keys shown nowhere."""

from pathlib import Path

import pytest

from server.local.provider_keys import provider_environment
from server.providers.alipay.config import GATEWAY_URL, NOTICE_FRESH_SECONDS, AlipayConfig
from server.providers.alipay.signing import AlipaySigner
from server.settings_providers.alipay import read
from server.settings_reader import Reader, SettingsError
from tests.alipay import site

SANDBOX_URL = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A local site's folder for its keys."""
    return tmp_path_factory.mktemp("sandbox")


@pytest.fixture(scope="module")
def made(folder: Path) -> dict[str, str]:
    return provider_environment(folder, SANDBOX_URL)


@pytest.fixture
def environ(made: dict[str, str]) -> dict[str, str]:
    return dict(made)


@pytest.fixture
def real(folder: Path, environ: dict[str, str]) -> dict[str, str]:
    """What a site with money would give, in public-key mode."""
    return {
        "LANJIAN_ALIPAY_APP_ID": "2021000000000001",
        "LANJIAN_ALIPAY_SELLER_ID": "2088000000000001",
        "LANJIAN_ALIPAY_PRIVATE_KEY_FILE": environ["LANJIAN_ALIPAY_PRIVATE_KEY_FILE"],
        "LANJIAN_ALIPAY_PUBLIC_KEY_FILE": str(folder / "provider_public.pem"),
    }


def config(environ: dict[str, str], *, sandbox: bool) -> AlipayConfig | None:
    reader = Reader(environ)
    found = read(reader, sandbox=sandbox)
    reader.raise_problems()
    return found


def problems(environ: dict[str, str], *, sandbox: bool = False) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        config(environ, sandbox=sandbox)
    return caught.value.problems


def test_without_an_app_there_is_no_alipay():
    assert config({}, sandbox=False) is None


def test_a_local_site_has_certificates_of_its_sandbox(environ: dict[str, str]):
    made = config(environ, sandbox=True)
    assert made is not None and made.certificates is not None
    assert made.gateway_url == f"{SANDBOX_URL}/gateway.do"
    assert AlipaySigner(made).can_transfer


def test_a_real_site_in_public_key_mode(real: dict[str, str]):
    made = config(real, sandbox=False)
    assert made is not None
    assert (made.gateway_url, made.notice_fresh_seconds) == (GATEWAY_URL, NOTICE_FRESH_SECONDS)
    assert not AlipaySigner(made).can_transfer


def test_the_sandbox_is_refused_where_money_is_real(environ: dict[str, str]):
    told = problems(environ)
    assert {line.split()[0] for line in told} == {
        "LANJIAN_ALIPAY_GATEWAY_URL",
        "LANJIAN_ALIPAY_AUTHORIZE_URL",
        "LANJIAN_ALIPAY_APP_ID",
        "LANJIAN_ALIPAY_SELLER_ID",
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GATEWAY_URL", "https://openapi.alipaydev.com/gateway.do"),
        ("GATEWAY_URL", "https://openapi-SANDBOX.dl.example/gateway.do"),
        ("GATEWAY_URL", "https://openapi.alipay.com/gateway.do?x=1"),
        ("SELLER_ID", "SandBox2088000001"),
        ("NOTICE_FRESH_SECONDS", "2592000"),
    ],
)
def test_play_money_and_notices_that_would_work_twice_are_refused(
    real: dict[str, str], name: str, value: str
):
    told = problems(real | {f"LANJIAN_ALIPAY_{name}": value})
    assert [line.split()[0] for line in told] == [f"LANJIAN_ALIPAY_{name}"]


@pytest.mark.parametrize("name", ["APP_ID", "SELLER_ID", "PRIVATE_KEY_FILE"])
def test_half_of_it_is_refused(real: dict[str, str], name: str):
    del real[f"LANJIAN_ALIPAY_{name}"]
    (problem,) = problems(real)
    assert problem.startswith(f"LANJIAN_ALIPAY_{name} is required")


@pytest.mark.parametrize("name", ["APP_CERT_FILE", "CERT_FILE", "ROOT_CERT_FILE"])
def test_half_of_the_certificates_is_refused(environ: dict[str, str], name: str):
    del environ[f"LANJIAN_ALIPAY_{name}"]
    (problem,) = problems(environ, sandbox=True)
    assert problem.startswith(f"LANJIAN_ALIPAY_{name} is required")


def test_one_mode_is_given_and_not_both(real: dict[str, str], environ: dict[str, str]):
    both = {**environ, "LANJIAN_ALIPAY_PUBLIC_KEY_FILE": real["LANJIAN_ALIPAY_PUBLIC_KEY_FILE"]}
    assert problems(both, sandbox=True)
    del real["LANJIAN_ALIPAY_PUBLIC_KEY_FILE"]
    assert problems(real)
    assert problems({"LANJIAN_ALIPAY_PUBLIC_KEY_FILE": "x"})


@pytest.mark.parametrize("name", ["PRIVATE_KEY_FILE", "APP_CERT_FILE", "ROOT_CERT_FILE"])
@pytest.mark.parametrize("text", [None, "", "secret text", "-----BEGIN RSA-----\nsecret\n"])
def test_a_file_that_is_no_key_is_named_and_not_shown(
    environ: dict[str, str], tmp_path: Path, name: str, text: str | None
):
    file = tmp_path / "key.pem"
    if text is not None:
        file.write_text(text)
    (problem,) = problems({**environ, f"LANJIAN_ALIPAY_{name}": str(file)}, sandbox=True)
    assert problem.startswith(f"LANJIAN_ALIPAY_{name} ") and "secret" not in problem


def test_the_private_key_is_not_shown(environ: dict[str, str]):
    assert "PRIVATE KEY-----" not in repr(config(environ, sandbox=True))


def test_the_signer_refuses_what_is_no_key():
    made = site().config
    for spoilt in (
        AlipayConfig(app_id="a", seller_id="s", private_key_pem="x", alipay_public_key_pem="y"),
        AlipayConfig(app_id="a", seller_id="s", private_key_pem=made.private_key_pem),
    ):
        with pytest.raises(ValueError, match="cannot be read"):
            AlipaySigner(spoilt)
