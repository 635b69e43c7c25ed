"""The sandbox's gateway against strangers: whatever comes, it refuses and nothing changes."""

import json
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

from tornado.httpclient import AsyncHTTPClient

from server.sandbox.alipay.signing import signed_text
from tests.alipay import Alipay, alipay, site

CONTENTS = {"out_trade_no": "PLJ0000000001", "total_amount": "12.01", "subject": "寄件"}


async def sent(wallet: Alipay, pairs: list[tuple[str, str]] | bytes, query: str = "") -> dict:
    """POST a form as it is given."""
    http = AsyncHTTPClient(force_instance=True)
    try:
        response = await http.fetch(
            f"{wallet.caller.url}/gateway.do?{query}",
            method="POST",
            body=pairs if isinstance(pairs, bytes) else urlencode(pairs).encode(),
            raise_error=False,
        )
    finally:
        http.close()
    assert response.code == 200
    told = json.loads(response.body)
    (name,) = told.keys() - {"sign", "alipay_cert_sn"}
    return {**told[name], "is_signed": "sign" in told, "name": name}


def signed(wallet: Alipay, **changes: str | None) -> list[tuple[str, str]]:
    """A rightly signed precreate, with changes before it was signed."""
    request = site().signer.request(
        "alipay.trade.precreate",
        CONTENTS,
        wallet.clock(),
        "http://127.0.0.1:9/notices/alipay",
    )
    fields = dict(parse_qsl(f"{request.query}&{request.body}"))
    del fields["sign"]
    fields = {name: value for name, value in (fields | changes).items() if value is not None}
    key = site().library()
    return [*fields.items(), ("sign", key._sign(signed_text(fields)))]


REFUSALS: list[tuple[dict[str, str | None], str]] = [
    ({"app_id": "1"}, "isv.invalid-app-id"),
    ({"app_id": None}, "isv.missing-app-id"),
    ({"method": None}, "isv.missing-method"),
    ({"timestamp": None}, "isv.missing-timestamp"),
    ({"sign_type": "RSA"}, "isv.invalid-signature-type"),
    ({"timestamp": "2026-01-01 00:00:00"}, "isv.invalid-timestamp"),
    ({"timestamp": "now"}, "isv.invalid-timestamp"),
    ({"charset": "gbk"}, "isv.invalid-charset"),
    ({"version": "2.0"}, "isv.invalid-format"),
    ({"method": "alipay.trade.nothing"}, "isv.invalid-method"),
    ({"method": 'a":{"code":"10000"},"x'}, "isv.invalid-method"),
    ({"biz_content": "{"}, "isv.invalid-parameter"),
    ({"biz_content": "[]"}, "isv.invalid-parameter"),
    ({"biz_content": '{"out_trade_no":"\\ud800"}'}, "isv.invalid-parameter"),
    ({"biz_content": "{}"}, "ACQ.INVALID_PARAMETER"),
    ({"biz_content": json.dumps({**CONTENTS, "total_amount": 12.01})}, "ACQ.INVALID_PARAMETER"),
    (
        {"biz_content": json.dumps({**CONTENTS, "total_amount": "0.00"})},
        "ACQ.INVALID_PARAMETER",
    ),
    ({"biz_content": json.dumps({**CONTENTS, "time_expire": "soon"})}, "ACQ.INVALID_PARAMETER"),
    ({"notify_url": "http://192.0.2.1/"}, "ACQ.INVALID_PARAMETER"),
]


async def test_requests_are_checked(tmp_path: Path):
    async with alipay(tmp_path) as wallet:
        for changes, sub_code in REFUSALS:
            told = await sent(wallet, signed(wallet, **changes))
            assert told.get("sub_code") == sub_code, changes
        state = await wallet.caller.send("GET", "/phone/13800000001/state")
        assert state.body["payments"] == []
        assert (await sent(wallet, signed(wallet)))["code"] == "10000"


async def test_what_was_changed_after_signing_is_refused(tmp_path: Path):
    async with alipay(tmp_path) as wallet:
        good = signed(wallet)
        changed = [(name, value.replace("12.01", "0.01")) for name, value in good]
        for pairs in (
            changed,
            [*good, ("extra", "1")],
            [pair for pair in good if pair[0] != "notify_url"],
            [(name, value if name != "sign" else "garbage!") for name, value in good],
            [(name, value if name != "sign" else "签名") for name, value in good],
        ):
            told = await sent(wallet, pairs)
            assert (told["sub_code"], told["is_signed"]) == ("isv.invalid-signature", False)
        # A name that comes twice, in the form or in form and URL, is not for guessing.
        for pairs, query in (([*good, good[0]], ""), (good, "app_id=1")):
            assert (await sent(wallet, pairs, query))["sub_code"] == "isv.invalid-parameter"
        for raw in (b"", b"\xff\xfe", b"a=%ff&b", b"x" * 1000):
            assert not (await sent(wallet, raw))["is_signed"]
