"""Settings: complete or refused with every problem, secrets shown nowhere."""

import dataclasses
from pathlib import Path

import pytest

from server.domain.rules import Rules
from server.settings import Settings, SettingsError, new_secrets

ROOT = Path(__file__).parents[3]


def environ(**changes: str) -> dict[str, str]:
    """Give a complete environment, with changes by the name after LANJIAN_."""
    given = {
        **new_secrets(),
        "LANJIAN_MONGODB_URI": "mongodb://user:hidden@127.0.0.1/?replicaSet=x",
        "LANJIAN_REDIS_URL": "redis://:hidden@127.0.0.1/0",
        "LANJIAN_BASE_URL": "https://lanjian.example/",
        "LANJIAN_ALIYUN_SMS_KEY_ID": "LTAI1",
        "LANJIAN_SECRET_ALIYUN_SMS_KEY": "hidden",
        "LANJIAN_ALIYUN_SMS_SIGN_NAME": "揽件",
        "LANJIAN_ALIYUN_SMS_TEMPLATES": "login_code:SMS_1,move_code:SMS_2,notice:SMS_3,"
        "confirm_code:SMS_4",
    }
    return given | {f"LANJIAN_{name}": value for name, value in changes.items()}


def problems(given: dict[str, str]) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env(given)
    return caught.value.problems


def test_a_complete_environment_is_read() -> None:
    settings = Settings.from_env(environ(PORT="8123", ALLOWED_ORIGINS="https://a.example/, "))
    assert settings.http.base_url == "https://lanjian.example"
    assert settings.http.port == 8123
    assert settings.http.allowed_origins == ("https://lanjian.example", "https://a.example")
    assert settings.rules == Rules()
    assert settings.mongo.database == "lanjian"


def test_all_problems_are_told_together() -> None:
    told = problems({"LANJIAN_PORT": "high"})
    names = {line.split()[0] for line in told}
    assert names == {
        "LANJIAN_MONGODB_URI",
        "LANJIAN_REDIS_URL",
        "LANJIAN_BASE_URL",
        "LANJIAN_SECRET_TOKEN_KEYS",
        "LANJIAN_SECRET_SEAL_KEYS",
        "LANJIAN_SECRET_GRANT_KEYS",
        "LANJIAN_SECRET_BLIND_KEY",
        "LANJIAN_PORT",
        "LANJIAN_ALIYUN_SMS_KEY_ID",
    }


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("PORT", "70000", "must be from 0 to 65535"),
        ("PORT", "eighty", "must be a whole number"),
        ("CODE_LIFE_SECONDS", "-1", "must be zero or above"),
        ("CODE_LIFE_SECONDS", "nan", "must be zero or above"),
        ("CODE_TRIES", "2.5", "must be a whole number"),
        ("RING_METRES", "1000,far", "must be a whole number"),
        ("RING_METRES", "1000", "must have as many numbers as RING_METRES"),
        ("PLATFORM_FEE_PERCENT", "51", "must be at most 50"),
        ("SANDBOX", "yes", "must be 1 or 0"),
        ("MONGODB_URI", "postgres://x", "must begin with mongodb:// or mongodb+srv://"),
        ("REDIS_URL", "redis://", "must name a host"),
        ("SECRET_TOKEN_KEYS", "abc", "must be written id:base64"),
        ("SECRET_SEAL_KEYS", "a:AAAA", "must be base64 of 32 bytes"),
        ("SECRET_GRANT_KEYS", "g1", "must be written id:base64"),
        ("SECRET_BLIND_KEY", "%%%", "must be base64"),
    ],
)
def test_a_bad_value_is_told_by_name_and_rule(name: str, value: str, rule: str) -> None:
    (problem,) = problems(environ(**{name: value}))
    assert rule in problem
    assert problem.startswith("LANJIAN_")


def test_every_rule_is_a_setting() -> None:
    changed = Settings.from_env(
        environ(
            CODE_TRIES="7",
            CELL_HOLD_SECONDS="1.5",
            AGREEMENT_VERSION="2027-01",
            RING_METRES="5,6",
            RING_AFTER_SECONDS="0,1",
        )
    ).rules
    assert (changed.code_tries, changed.cell_hold_seconds) == (7, 1.5)
    assert (changed.agreement_version, changed.ring_metres) == ("2027-01", (5, 6))
    names = {variable.name for variable in Settings.variables()}
    assert {f"LANJIAN_{rule.name.upper()}" for rule in dataclasses.fields(Rules)} <= names


def test_a_key_id_is_not_repeated() -> None:
    ring = new_secrets()["LANJIAN_SECRET_SEAL_KEYS"]
    assert "must not repeat" in problems(environ(SECRET_SEAL_KEYS=f"{ring},{ring}"))[0]


def test_nothing_secret_is_in_the_repr_or_in_a_problem() -> None:
    given = environ()
    secrets = [value.split(":")[-1] for name, value in given.items() if "SECRET" in name]
    shown = repr(Settings.from_env(given))
    assert not [secret for secret in [*secrets, "hidden"] if secret in shown]
    told = "\n".join(problems(environ(SECRET_BLIND_KEY="bm90LXRoaXJ0eS10d28=")))
    assert "bm90" not in told


def test_the_example_file_lists_exactly_the_settings() -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    shown = {}
    for line in lines:
        name, equals, value = line.removeprefix("#").partition("=")
        if equals and name.startswith("LANJIAN_"):
            shown[name] = (value, line.startswith("#"))
    known = {variable.name: variable for variable in Settings.variables()}
    assert shown.keys() == known.keys()
    for name, variable in known.items():
        value, commented = shown[name]
        assert commented == (variable.default is not None), name
        if variable.default is not None:
            assert value == variable.default, name
        if variable.is_secret:
            assert value == "", f"{name}: no secret belongs in the example"


def test_the_documents_table_lists_exactly_the_settings() -> None:
    rows = {}
    for line in (ROOT / "docs" / "operations.md").read_text().splitlines():
        if line.startswith("| `LANJIAN_"):
            name, default = (cell.strip().strip("`") for cell in line.split("|")[1:3])
            rows[name] = default
    wanted = {
        variable.name: "required" if variable.default is None else variable.default or "empty"
        for variable in Settings.variables()
    }
    assert rows == wanted
