"""The sandbox as strict as the wallet: each signed part changed, replays, other merchants."""

import json
import time
from pathlib import Path
from urllib.parse import urlencode

from wechatpayv3.async_.utils import build_authorization

from tests.integration.providers.wechatpay_site import Site, payment, site, spoilt
from tests.integration.sandbox.caller import Answer

NATIVE = "/v3/pay/transactions/native"


def body_of(one: Site, **over) -> dict:
    """A payment's body, as the library would send it."""
    given = {
        "notify_url": one.notify_url,
        "description": "parcel",
        "out_trade_no": "LJP0001",
        "amount": {"total": 1200, "currency": "CNY"},
        "appid": one.config.app_id,
        "mchid": one.config.mchid,
    }
    return given | over


def authorization(one: Site, path: str, method: str, body: str, **over: str) -> str:
    """Sign with the library's own hand."""
    given = {
        "mchid": one.config.mchid,
        "serial_no": one.config.serial,
        "private_key": one.client.wallet._core._private_key,
    }
    return build_authorization(path, method, data=body, **(given | over))


async def post(one: Site, path: str, body: str, signed: str, kind="application/json") -> Answer:
    headers = {"Authorization": signed, "Content-Type": kind}
    return await one.people.send("POST", path, raw=body.encode(), headers=headers)


async def test_a_changed_request_does_nothing(tmp_path: Path, provider_folder: Path):
    async with site(tmp_path, provider_folder) as one:
        body = json.dumps(body_of(one))
        query = f"/v3/pay/transactions/out-trade-no/LJP0001?{urlencode({'mchid': 'sandbox001'})}"
        signed = authorization(one, NATIVE, "POST", body)
        parts = dict(part.split("=", 1) for part in signed.split(" ", 1)[1].split(","))
        signature = parts["signature"].strip('"')
        old = str(int(time.time()) - 301)
        wrong = [
            (NATIVE, body.replace("1200", "1201"), signed),
            (NATIVE, body + " ", signed),
            (NATIVE + "?a=1", body, signed),
            ("/v3/pay/transactions/jsapi", body, signed),
            (NATIVE, body, signed.replace(signature, spoilt(signature))),
            (NATIVE, body, signed.replace(parts["nonce_str"], '"0123456789"')),
            (NATIVE, body, signed.replace(parts["timestamp"], f'"{int(time.time()) + 1}"')),
            (NATIVE, body, signed.replace(one.config.serial, "0" * 40)),
            (NATIVE, body, signed.replace(one.config.mchid, "sandbox002")),
            (NATIVE, body, authorization(one, NATIVE, "GET", body)),
            (NATIVE, body, authorization(one, NATIVE, "POST", "")),
            (NATIVE, body, signed + ',extra="1"'),
            (NATIVE, body, signed.replace("WECHATPAY2-SHA256-RSA2048", "WECHATPAY2-SM2-WITH-SM3")),
            (NATIVE, body, signed.replace(parts["timestamp"], f'"{old}"')),
            (NATIVE, body, ""),
            (NATIVE, body, "Bearer x"),
        ]
        for path, raw, given in wrong:
            answer = await post(one, path, raw, given)
            assert (answer.status, answer.code) == (401, "SIGN_ERROR"), (path, raw, given)
        assert (await one.people.send("GET", query)).status == 401
        assert await one.pay.seen(payment()) is None
        assert (await post(one, NATIVE, body, signed)).status == 200
        assert (await post(one, NATIVE, body, signed)).code == "SIGN_ERROR"  # a nonce works once


async def test_a_replay_is_known_after_a_restart(tmp_path: Path, provider_folder: Path):
    async with site(tmp_path, provider_folder) as one:
        body = json.dumps(body_of(one))
        signed = authorization(one, NATIVE, "POST", body)
        assert (await post(one, NATIVE, body, signed)).status == 200
    async with site(tmp_path, provider_folder) as one:
        assert (await post(one, NATIVE, body, signed)).code == "SIGN_ERROR"


async def test_a_kept_request_is_too_old(tmp_path: Path, provider_folder: Path, monkeypatch):
    async with site(tmp_path, provider_folder) as one:
        body = json.dumps(body_of(one))
        for away in (-301, 302):
            at = time.time() + away
            with monkeypatch.context() as patch:
                patch.setattr("wechatpayv3.async_.utils.time.time", lambda at=at: at)
                signed = authorization(one, NATIVE, "POST", body)
            assert (await post(one, NATIVE, body, signed)).code == "SIGN_ERROR"


BAD = (
    ({"mchid": "sandbox002"}, "APPID_MCHID_NOT_MATCH"),
    ({"appid": "wx0"}, "APPID_MCHID_NOT_MATCH"),
    ({"out_trade_no": "short"}, "PARAM_ERROR"),
    ({"out_trade_no": "L" * 33}, "PARAM_ERROR"),
    ({"amount": {"total": 0}}, "PARAM_ERROR"),
    ({"amount": {"total": "1200"}}, "PARAM_ERROR"),
    ({"amount": {"total": 1, "currency": "USD"}}, "PARAM_ERROR"),
    ({"notify_url": "http://127.0.0.1:9/elsewhere"}, "PARAM_ERROR"),
    ({"time_expire": "2018-06-08T10:34:56+08:00"}, "PARAM_ERROR"),
    ({"description": ""}, "PARAM_ERROR"),
)


async def test_a_bad_body_is_refused(tmp_path: Path, provider_folder: Path):
    async with site(tmp_path, provider_folder) as one:
        for over, code in BAD:
            body = json.dumps(body_of(one, **over))
            answer = await post(one, NATIVE, body, authorization(one, NATIVE, "POST", body))
            assert (answer.status, answer.code) == (400, code), over


async def test_bodies_that_are_no_json(tmp_path: Path, provider_folder: Path):
    async with site(tmp_path, provider_folder) as one:
        for raw in ("[]", "{", "null", '"x"', "{}" * 40_000):
            answer = await post(one, NATIVE, raw, authorization(one, NATIVE, "POST", raw))
            assert answer.code == "PARAM_ERROR" and answer.status in (400, 413)
        signed = authorization(one, NATIVE, "POST", "{}")
        answer = await post(one, NATIVE, "{}", signed, kind="text/plain")
        assert answer.status == 415
