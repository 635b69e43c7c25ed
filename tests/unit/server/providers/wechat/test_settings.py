"""WeChat's settings: whole or not at all, and nothing of the sandbox where money is real."""

import pytest

from server.local.provider_keys import provider_environment
from server.providers.wechat.templates import TEMPLATES
from server.settings_providers import wechat
from server.settings_reader import Reader, SettingsError

GIVEN = {
    "WECHAT_APP_ID": "wx0000000000000001",
    "SECRET_WECHAT_APP": "0123456789abcdef0123456789abcdef",
    "WECHAT_ORIGINAL_ID": "gh_000000000001",
    "SECRET_WECHAT_TOKEN": "a-token-of-ours",
    "SECRET_WECHAT_AES_KEY": "kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR",
    "MINI_APP_ID": "wx0000000000000002",
    "SECRET_MINI_APP": "0123456789abcdef0123456789abcdef",
}


def problems(given: dict[str, str], *, sandbox: bool = False) -> list[str]:
    reader = Reader({f"LANJIAN_{name}": value for name, value in given.items()})
    wechat.read(reader, sandbox=sandbox)
    wechat.read_mini(reader, sandbox=sandbox)
    try:
        reader.raise_problems()
    except SettingsError as error:
        return list(error.problems)
    return []


def test_it_is_read_whole() -> None:
    reader = Reader({f"LANJIAN_{name}": value for name, value in GIVEN.items()})
    config = wechat.read(reader, sandbox=False)
    assert config is not None
    assert (config.callback.mode, config.app.api_url) == ("aes", "https://api.weixin.qq.com")
    mini = wechat.read_mini(reader, sandbox=False)
    assert mini is not None and mini.app_id == GIVEN["MINI_APP_ID"]
    shown = repr((config, mini))
    secret = [value for name, value in GIVEN.items() if name.startswith("SECRET_")]
    assert not [value for value in secret if value in shown]


def test_without_it_there_is_none() -> None:
    reader = Reader({})
    assert wechat.read(reader, sandbox=False) is None
    assert wechat.read_mini(reader, sandbox=False) is None
    reader.raise_problems()


@pytest.mark.parametrize("name", ["WECHAT_APP_ID", "SECRET_WECHAT_TOKEN", "SECRET_MINI_APP"])
def test_a_part_of_it_is_refused(name) -> None:
    (problem,) = problems({**GIVEN, name: ""})
    assert problem.startswith(f"LANJIAN_{name} is required")


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"WECHAT_APP_ID": "wxsandbox00000001"}, "is the sandbox's"),
        ({"SECRET_WECHAT_TOKEN": "sandboxtoken"}, "is the sandbox's"),
        ({"SECRET_MINI_APP": "sandboxsecret"}, "is the sandbox's"),
        ({"WECHAT_API_URL": "http://127.0.0.1:8400"}, "must begin with https://"),
        ({"WECHAT_OPEN_URL": "https://"}, "must begin with https://"),
        ({"SECRET_WECHAT_AES_KEY": "short"}, "must be 43 characters of base64"),
        ({"SECRET_WECHAT_AES_KEY": ""}, "is required when LANJIAN_WECHAT_CALLBACK_MODE is aes"),
        ({"WECHAT_CALLBACK_MODE": "open"}, "must be one of aes, plain, both"),
        ({"WECHAT_TEMPLATES": "ofers:1"}, "must be name:id pairs"),
        ({"WECHAT_TEMPLATES": "offers:"}, "must be name:id pairs"),
    ],
)
def test_what_is_wrong_is_told(changes, rule) -> None:
    (problem,) = problems({**GIVEN, **changes})
    assert rule in problem


def test_plain_mode_needs_no_aes_key() -> None:
    assert not problems({**GIVEN, "SECRET_WECHAT_AES_KEY": "", "WECHAT_CALLBACK_MODE": "plain"})


def test_a_local_site_points_at_its_sandbox_and_production_refuses_that(provider_folder) -> None:
    environ = provider_environment(provider_folder, "http://127.0.0.1:8400")
    reader = Reader(environ)
    config = wechat.read(reader, sandbox=True)
    assert config is not None
    assert set(config.short_ids) == {spec.name for spec in TEMPLATES}
    assert wechat.read_mini(reader, sandbox=True) is not None
    reader.raise_problems()
    given = {name.removeprefix("LANJIAN_"): value for name, value in environ.items()}
    assert len(problems(given)) >= 8
