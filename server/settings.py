"""All settings of the server, read once from the environment and frozen.

`Settings.from_env` reports every missing or invalid variable together. Secrets have no default
and no repr. Business numbers are `server.domain.rules.Rules`, each read from `LANJIAN_<FIELD>`.
"""

from __future__ import annotations

import base64
import dataclasses
import secrets
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from server.domain.keys import KEY_BYTES, KeyRing, Secret
from server.domain.price_lists import MOST_FEE_PERCENT
from server.domain.rules import Rules
from server.providers.alipay.config import AlipayConfig
from server.providers.ocr.config import OcrConfig
from server.providers.sms_vendors.config import SmsConfig
from server.providers.wechat.config import AppConfig, WeChatConfig
from server.providers.wechatpay.config import WechatPayConfig
from server.settings_providers import alipay, ocr, sms, tiles, wechat, wechatpay
from server.settings_providers.tiles import TileSettings
from server.settings_reader import Reader, SettingsError, Variable

__all__ = [
    "HttpSettings",
    "MongoSettings",
    "ProviderSettings",
    "RedisSettings",
    "SecretSettings",
    "Settings",
    "SettingsError",
    "new_secrets",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class MongoSettings:
    """Where the facts are; a replica set, since transactions need one."""

    uri: str = field(repr=False)  # may carry a password
    database: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisSettings:
    """Where races, feeds and limits are."""

    url: str = field(repr=False)  # may carry a password


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpSettings:
    """How this process is reached."""

    base_url: str  #: what people's browsers and kiosk QRs use; no slash at its end
    address: str
    port: int  #: 0 lets the system choose
    allowed_origins: tuple[str, ...]  #: pages that may open sockets; the base URL always may
    trusted_proxies: tuple[str, ...]  #: whose X-Forwarded-For is believed, for limits by address
    drain_seconds: float  #: how long a stopping process gives its sockets and requests
    web_dist: str  #: the folder of the built pages; empty: where `make web` builds them


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretSettings:
    """Keys; made by `new_secrets` for development, by the site for production."""

    token_keys: KeyRing  #: sign access and refresh tokens
    seal_keys: KeyRing  #: seal personal data
    grant_keys: KeyRing  #: Ed25519 seeds: the first signs offline grants, agents take all
    blind_key: Secret  #: look-up and uniqueness of personal data


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderSettings:
    """Outside providers."""

    sandbox: bool  #: the stand-in: its plain http URLs are allowed
    sms: SmsConfig
    alipay: AlipayConfig | None = None
    wechat: WeChatConfig | None = None  #: the service account
    mini: AppConfig | None = None  #: the mini program
    wechatpay: WechatPayConfig | None = None
    ocr: OcrConfig = field(default_factory=OcrConfig)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that differs between sites."""

    mongo: MongoSettings
    redis: RedisSettings
    http: HttpSettings
    secrets: SecretSettings
    providers: ProviderSettings
    tiles: TileSettings  #: of the staff map
    rules: Rules
    process: str  #: this process's name in inboxes and logs; empty: drawn at start

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Settings:
        """Read all settings.

        Raises:
            SettingsError: with every problem found, not only the first.
        """
        reader = Reader(environ)
        settings = _read(reader)
        reader.raise_problems()
        return settings

    @classmethod
    def variables(cls) -> tuple[Variable, ...]:
        """List every variable with its default, in reading order, for documents and tests."""
        reader = Reader({})
        _read(reader)
        return tuple(reader.asked.values())


def new_secrets(random: Callable[[int], bytes] = secrets.token_bytes) -> dict[str, str]:
    """Make fresh values for all secret variables."""

    def key() -> str:
        return base64.b64encode(random(KEY_BYTES)).decode()

    return {
        "LANJIAN_SECRET_TOKEN_KEYS": f"t1:{key()}",
        "LANJIAN_SECRET_SEAL_KEYS": f"s1:{key()}",
        "LANJIAN_SECRET_GRANT_KEYS": f"g1:{key()}",
        "LANJIAN_SECRET_BLIND_KEY": key(),
    }


def _read(reader: Reader) -> Settings:
    return Settings(
        mongo=MongoSettings(
            uri=reader.url("MONGODB_URI", schemes=("mongodb", "mongodb+srv")),
            database=reader.text("DATABASE", "lanjian"),
        ),
        redis=RedisSettings(url=reader.url("REDIS_URL", schemes=("redis", "rediss", "unix"))),
        http=_read_http(reader),
        secrets=SecretSettings(
            token_keys=reader.keys("SECRET_TOKEN_KEYS"),
            seal_keys=reader.keys("SECRET_SEAL_KEYS"),
            grant_keys=reader.keys("SECRET_GRANT_KEYS"),
            blind_key=reader.secret("SECRET_BLIND_KEY"),
        ),
        providers=_read_providers(reader),
        tiles=tiles.read(reader),
        rules=_read_rules(reader),
        process=reader.text("PROCESS", ""),
    )


def _read_http(reader: Reader) -> HttpSettings:
    base_url = reader.url("BASE_URL", schemes=("https", "http")).rstrip("/")
    others = reader.texts("ALLOWED_ORIGINS", ())
    return HttpSettings(
        base_url=base_url,
        address=reader.text("ADDRESS", "127.0.0.1"),
        port=reader.integer("PORT", 8000, least=0, most=65535),
        allowed_origins=(base_url, *(origin.rstrip("/") for origin in others)),
        trusted_proxies=reader.texts("TRUSTED_PROXIES", ()),
        drain_seconds=reader.number("DRAIN_SECONDS", 10.0),
        web_dist=reader.text("WEB_DIST", ""),
    )


def _read_providers(reader: Reader) -> ProviderSettings:
    sandbox = reader.flag("SANDBOX", default=False)
    found_sms = _read_sms(reader, sandbox=sandbox)
    found_alipay = alipay.read(reader, sandbox=sandbox)
    account = wechat.read(reader, sandbox=sandbox)
    return ProviderSettings(
        sandbox=sandbox,
        sms=found_sms,
        alipay=found_alipay,
        wechat=account,
        mini=wechat.read_mini(reader, sandbox=sandbox),
        wechatpay=wechatpay.read(reader, sandbox=sandbox),
        ocr=ocr.read(reader, sandbox=sandbox, has_wechat=account is not None),
    )


def _read_sms(reader: Reader, *, sandbox: bool) -> SmsConfig:
    """Read the SMS vendors; one is required, since people log in by a code."""
    found = sms.read(reader, sandbox=sandbox)
    if found is None:
        reader.problem(sms.ALIYUN_ID, f"or LANJIAN_{sms.TENCENT_ID} is required: an SMS vendor")
    return found or SmsConfig(vendors=())


def _read_rules(reader: Reader) -> Rules:
    hints = typing.get_type_hints(Rules)
    values: dict[str, typing.Any] = {}
    for rule in dataclasses.fields(Rules):
        values[rule.name] = reader.of_type(hints[rule.name], rule.name.upper(), rule.default)
    rules = Rules(**values)
    if len(rules.ring_metres) != len(rules.ring_after_seconds):
        reader.problem("RING_AFTER_SECONDS", "must have as many numbers as RING_METRES")
    if rules.platform_fee_percent > MOST_FEE_PERCENT:
        reader.problem("PLATFORM_FEE_PERCENT", f"must be at most {MOST_FEE_PERCENT}")
    return rules
