"""python-alipay-sdk's own client against the sandbox: requests, checks and words are its own."""

import asyncio
import warnings
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from alipay.exceptions import AliPayException, AliPayValidationError

from server.domain.china import CHINA
from tests.alipay import COURIER_ID, alipay, payment, site

PRECREATE = {"out_trade_no": "PLJ0000000001", "total_amount": "12.01", "subject": "寄件"}


@pytest.fixture(autouse=True)
def _in_alipays_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the library the only clock that it is right with: local time in Beijing."""

    class InBeijing(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(CHINA)

    monkeypatch.setattr("alipay.datetime", InBeijing)


async def called(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call what blocks in a thread: it asks over urlopen."""
    return await asyncio.to_thread(function, *args, **kwargs)


async def test_the_library_is_served_and_believes_the_answers(tmp_path: Path):
    async with alipay(tmp_path) as wallet:
        library = site().library(f"{wallet.caller.url}/gateway.do")
        url = "http://127.0.0.1:9/notices/alipay"
        made = await called(library.api_alipay_trade_precreate, **PRECREATE, notify_url=url)
        assert made["code"] == "10000" and made["qr_code"].startswith(wallet.caller.url)
        unknown = await called(library.api_alipay_trade_query, out_trade_no="PLJ0000000001")
        assert unknown["sub_code"] == "ACQ.TRADE_NOT_EXIST"
        await wallet.tap(payment())
        paid = await called(library.api_alipay_trade_query, out_trade_no="PLJ0000000001")
        assert (paid["trade_status"], paid["total_amount"]) == ("TRADE_SUCCESS", "12.01")
        refunded = await called(
            library.api_alipay_trade_refund,
            "2.01",
            out_trade_no="PLJ0000000001",
            out_request_no="R1",
        )
        assert (refunded["fund_change"], refunded["refund_fee"]) == ("Y", "2.01")
        seen = await called(
            library.api_alipay_trade_fastpay_refund_query, "R1", out_trade_no="PLJ0000000001"
        )
        assert seen["refund_status"] == "REFUND_SUCCESS"
        closed = await called(library.api_alipay_trade_close, out_trade_no="PLJ0000000001")
        assert closed["sub_code"] == "ACQ.TRADE_STATUS_ERROR"


async def test_the_library_sees_a_signature_that_does_not_hold(tmp_path: Path):
    async with alipay(tmp_path) as wallet:
        library = site().library(f"{wallet.caller.url}/gateway.do")
        await wallet.arm("bad_signature", "payment")
        with pytest.raises(AliPayValidationError):
            await called(
                library.api_alipay_trade_precreate,
                **PRECREATE,
                notify_url="http://127.0.0.1:9/notices/alipay",
            )


async def test_the_librarys_certificate_mode_transfers(tmp_path: Path):
    async with alipay(tmp_path) as wallet:
        gateway = f"{wallet.caller.url}/gateway.do"
        # pyOpenSSL calls what DCAliPay does with certificates deprecated.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            library = site().library_with_certificates(gateway)
            names = (library.app_cert_sn, library.alipay_root_cert_sn)
        told = await called(
            library.api_alipay_fund_trans_uni_transfer,
            *("T1", "ALIPAY_USER_ID", COURIER_ID, "10.80"),
        )
        assert told["status"] == "SUCCESS"
        # Our own certificate mode names the certificates as the library does.
        request = site().signer.request("m", {}, wallet.clock(), None)
        assert all(name in request.query for name in names)
        plain = site().library(gateway)
        contents = {
            "out_biz_no": "T2",
            "trans_amount": "10.80",
            "product_code": "TRANS_ACCOUNT_NO_PWD",
            "biz_scene": "DIRECT_TRANSFER",
            "payee_info": {"identity": COURIER_ID, "identity_type": "ALIPAY_USER_ID"},
        }
        refused = await called(plain.server_api, "alipay.fund.trans.uni.transfer", contents)
        assert refused["sub_code"] == "isv.insufficient-isv-permissions"


async def test_a_stranger_is_told_without_a_signature(tmp_path: Path):
    async with alipay(tmp_path) as wallet:
        library = site().library(f"{wallet.caller.url}/gateway.do")
        library._appid = "2021000000000001"
        with pytest.raises(AliPayException) as caught:
            await called(library.api_alipay_trade_query, out_trade_no="PLJ0000000001")
        assert "isv.invalid-app-id" in str(caught.value)
