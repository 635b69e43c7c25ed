"""WeChat's and Aliyun's recognition against the sandbox's, and several of them as one."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from server.domain.bookings.papers import IdCard, PaperKind, VehicleLicence
from server.domain.errors import ProviderFailed
from server.local.provider_keys import ocr_environment
from server.providers import exchange
from server.providers.ocr.aliyun import AliyunRecogniser
from server.providers.ocr.chain import RecogniserChain
from server.providers.ocr.wechat import WeChatRecogniser
from server.providers.ocr_ports import Recogniser
from server.providers.wechat import calls
from server.providers.wechat.account import Account
from server.providers.wechat.config import AppConfig
from server.settings_providers import ocr as ocr_settings
from server.settings_reader import Reader
from tests.integration.providers.wechat_world import World, draw, wechat_world

CARD = IdCard(
    name="样例甲",
    sex="男",
    ethnicity="汉",
    birth="1990-05-01",
    address="样例省示范市测试路1号",
    number="440101199005011230",
)
LICENCE = VehicleLicence(
    plate="粤ZD12345",
    type="小型轿车",
    owner="样例甲",
    address="样例省示范市测试路1号",
    use="非营运",
    model="样例牌SL7000BEV",
    vin="L0TP6SEW4BN574855",
    engine="EV1234567",
    registered="2024-01-02",
    issued="2024-01-03",
)
PHOTO = b"\xff\xd8\xff\xe0 a photo of nobody's paper, with\r\n--lanjian in it"
OTHER_PHOTO = b"\xff\xd8\xff\xe0 a photo of a table"
VENDORS = ("wechat", "aliyun")

LICENCE_KIND = PaperKind.VEHICLE_LICENCE


@dataclass(kw_only=True)
class Desk:
    """A sandbox that knows one card and one licence, and our recognisers of it."""

    world: World
    ahead: timedelta = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def wechat(self, **changes: str) -> WeChatRecogniser:
        keys = self.world.keys
        app = AppConfig(
            app_id=keys.wechat_app_id,
            secret=changes.get("secret", keys.wechat_app_secret),
            api_url=changes.get("url", self.world.url),
        )
        return WeChatRecogniser(
            Account(app, store=self.world.store, http=self.world.http, draw=draw)
        )

    def aliyun(self, **changes: str) -> AliyunRecogniser:
        reader = Reader(ocr_environment(asdict(self.world.keys), self.world.url))
        config = ocr_settings.read(reader, sandbox=True, has_wechat=True).aliyun
        reader.raise_problems()
        assert config is not None
        http = self.world.http
        return AliyunRecogniser(replace(config, **changes), clock=self.now, draw=draw, http=http)

    def recogniser(self, name: str, **changes: str) -> Recogniser:
        return self.wechat(**changes) if name == "wechat" else self.aliyun(**changes)

    def chain(self, *names: str) -> RecogniserChain:
        return RecogniserChain([self.recogniser(name) for name in names], clock=self.now)

    async def tell(self, photo: bytes, paper: IdCard | VehicleLicence) -> None:
        kind = "id_card" if isinstance(paper, IdCard) else "vehicle_licence"
        body = {"sha256": sha256(photo).hexdigest(), "kind": kind, "fields": asdict(paper)}
        await self.world.tap("/ocr/papers", body)

    async def fault(self, kind: str, on: str = "ocr", times: int = 1) -> None:
        await self.world.tap("/faults", {"kind": kind, "on": on, "times": times})

    async def asked(self) -> list[tuple[str, str]]:
        told = (await self.world.look("/ocr/asked"))["asked"]
        return [(one["vendor"], one["outcome"]) for one in reversed(told)]


@asynccontextmanager
async def desk(tmp_path, provider_folder, redis_url) -> AsyncIterator[Desk]:
    async with wechat_world(tmp_path, provider_folder, redis_url) as world:
        made = Desk(world=world)
        await made.tell(PHOTO, CARD)
        await made.tell(PHOTO + b"2", LICENCE)
        yield made


async def failure_of(recogniser: Recogniser, photo: bytes = PHOTO) -> ProviderFailed:
    with pytest.raises(ProviderFailed) as failed:
        await recogniser.read(PaperKind.ID_CARD, photo)
    return failed.value


@pytest.mark.parametrize("name", VENDORS)
async def test_both_papers_come_in_our_words(tmp_path, provider_folder, redis_url, name):
    async with desk(tmp_path, provider_folder, redis_url) as ours:
        recogniser = ours.recogniser(name)
        assert await recogniser.read(PaperKind.ID_CARD, PHOTO) == CARD
        assert await recogniser.read(LICENCE_KIND, PHOTO + b"2") == LICENCE
        assert await recogniser.read(PaperKind.ID_CARD, OTHER_PHOTO) == IdCard()
        assert await recogniser.read(LICENCE_KIND, PHOTO) == VehicleLicence()
        assert [outcome for _, outcome in await ours.asked()] == [
            *("read", "read"),
            *("no such paper", "no such paper"),
        ]
        listed = json.dumps(await ours.world.look("/ocr/asked"), ensure_ascii=False)
        assert CARD.name not in listed and CARD.number not in listed


async def test_wechat_refusals(tmp_path, provider_folder, redis_url):
    async with desk(tmp_path, provider_folder, redis_url) as ours:
        recogniser = ours.wechat()
        await ours.fault("quota")
        refused = await failure_of(recogniser)
        assert (refused.rule, refused.details["errcode"]) == ("quota", 101003)
        await ours.fault("rate_limited")
        assert (await failure_of(recogniser)).rule == "busy"
        assert (await failure_of(recogniser, b"GIF89a")).rule == "photo"
        assert (
            await failure_of(recogniser, b"\xff\xd8\xff" + b"0" * 2_097_152)
        ).rule == "too_large"
        await ours.fault("500")
        assert (await failure_of(recogniser)).rule == "no_answer"
        await ours.fault("half_answer")
        assert (await failure_of(recogniser)).rule == "no_answer"
        large = b"\xff\xd8\xff" + b"0" * 1_900_000
        await ours.tell(large, CARD)
        assert await recogniser.read(PaperKind.ID_CARD, large) == CARD


async def test_a_refused_token_is_renewed_once(tmp_path, provider_folder, redis_url):
    async with desk(tmp_path, provider_folder, redis_url) as ours:
        recogniser = ours.wechat()
        await ours.world.tap("/wechat/expire-tokens")
        assert await recogniser.read(PaperKind.ID_CARD, PHOTO) == CARD
        await ours.world.tap("/wechat/expire-tokens")
        assert await recogniser.read(PaperKind.ID_CARD, PHOTO) == CARD
        stranger = ours.wechat(secret="not the secret")
        assert (await failure_of(stranger)).rule == "account"


async def test_aliyun_refusals(tmp_path, provider_folder, redis_url):
    async with desk(tmp_path, provider_folder, redis_url) as ours:
        recogniser = ours.aliyun()
        expected = {"quota": "quota", "rate_limited": "busy", "500": "no_answer"}
        for kind, rule in expected.items():
            await ours.fault(kind)
            assert (await failure_of(recogniser)).rule == rule
        await ours.fault("half_answer")
        assert (await failure_of(recogniser)).rule == "no_answer"
        assert (await failure_of(recogniser, b"GIF89a")).rule == "photo"
        assert (await failure_of(ours.aliyun(key_secret="wrong"))).rule == "account"
        assert (await failure_of(ours.aliyun(key_id="LTAIother"))).rule == "account"
        ours.ahead = timedelta(hours=1)
        assert (await failure_of(recogniser)).details["vendor_code"] == "InvalidTimeStamp.Expired"


@pytest.mark.parametrize("name", VENDORS)
async def test_silence_ends(tmp_path, provider_folder, redis_url, monkeypatch, name):
    async with desk(tmp_path, provider_folder, redis_url) as ours:
        recogniser = ours.recogniser(name)
        assert await recogniser.read(PaperKind.ID_CARD, PHOTO) == CARD
        monkeypatch.setattr(calls, "ANSWER_SECONDS", 0.5)
        monkeypatch.setattr(exchange, "ANSWER_SECONDS", 0.5)
        await ours.fault("timeout")
        assert (await failure_of(recogniser)).rule == "no_answer"


async def test_the_next_is_asked_where_the_first_cannot(tmp_path, provider_folder, redis_url):
    async with desk(tmp_path, provider_folder, redis_url) as ours:
        chain = ours.chain("wechat", "aliyun")
        assert (await chain.ask(PaperKind.ID_CARD, PHOTO)).by == "wechat"
        await ours.fault("500")
        read = await chain.ask(PaperKind.ID_CARD, PHOTO)
        assert (read.by, read.paper) == ("aliyun", CARD)
        await ours.fault("quota")
        assert (await chain.ask(PaperKind.ID_CARD, PHOTO)).by == "aliyun"
        # WeChat rests now: it is not asked, until ten minutes later.
        asked = len(await ours.asked())
        assert (await chain.ask(PaperKind.ID_CARD, PHOTO)).by == "aliyun"
        assert (await ours.asked())[asked:] == [("aliyun", "read")]
        ours.ahead = timedelta(minutes=11)
        assert (await chain.ask(PaperKind.ID_CARD, PHOTO)).by == "wechat"


async def test_when_none_can_all_that_were_tried_are_told(tmp_path, provider_folder, redis_url):
    async with desk(tmp_path, provider_folder, redis_url) as ours:
        await ours.fault("500", times=2)
        with pytest.raises(ProviderFailed) as failed:
            await ours.chain("wechat", "aliyun").ask(PaperKind.ID_CARD, PHOTO)
        assert failed.value.rule == "no_answer"
        assert failed.value.details["tried"] == VENDORS
        with pytest.raises(ProviderFailed) as failed:
            await ours.chain().ask(PaperKind.ID_CARD, PHOTO)
        assert failed.value.rule == "none"
        with pytest.raises(ProviderFailed) as failed:  # nobody else can decode it either
            await ours.chain("wechat", "aliyun").ask(PaperKind.ID_CARD, b"GIF89a")
        assert failed.value.details["tried"] == ("wechat",)


async def test_all_that_rest_are_asked_rather_than_nobody(tmp_path, provider_folder, redis_url):
    async with desk(tmp_path, provider_folder, redis_url) as ours:
        chain = ours.chain("aliyun")
        await ours.fault("quota")
        with pytest.raises(ProviderFailed):
            await chain.ask(PaperKind.ID_CARD, PHOTO)
        assert (await chain.ask(PaperKind.ID_CARD, PHOTO)).by == "aliyun"


async def test_photos_at_once_are_not_mixed_up(tmp_path, provider_folder, redis_url):
    async with desk(tmp_path, provider_folder, redis_url) as ours:
        recogniser = ours.aliyun()
        papers = await asyncio.gather(
            *(recogniser.read(PaperKind.ID_CARD, PHOTO) for _ in range(5)),
            *(recogniser.read(LICENCE_KIND, PHOTO + b"2") for _ in range(5)),
        )
        assert papers == [CARD] * 5 + [LICENCE] * 5


@pytest.mark.parametrize(
    "body",
    [
        {"sha256": "short", "kind": "id_card", "fields": {}},
        {"sha256": "0" * 64, "kind": "passport", "fields": {}},
        {"sha256": "0" * 64, "kind": "id_card", "fields": {"vin": "1"}},
    ],
)
async def test_the_sandbox_refuses_what_it_cannot_show(tmp_path, provider_folder, redis_url, body):
    async with desk(tmp_path, provider_folder, redis_url) as ours:
        response = await ours.world.http.fetch(
            ours.world.url + "/ocr/papers", method="POST", body=json.dumps(body), raise_error=False
        )
        assert response.code == 400
