"""Notices of WeChat Pay: what is read, and that all else raises BadNotice and nothing more."""

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.domain.errors import BadNotice
from server.providers.money_ports import PaymentSeen
from server.providers.wechatpay.config import WechatPayConfig
from server.providers.wechatpay.crypto import unseal
from server.providers.wechatpay.notices import WechatPayNotices
from tests.unit.server.providers.wechatpay.theirs import NOW, Wallet

AT = datetime.fromtimestamp(NOW, UTC)


@pytest.fixture(scope="module")
def wallet(provider_folder: Path) -> Wallet:
    return Wallet(provider_folder)


@pytest.fixture(scope="module")
def merchant(provider_folder: Path, wallet: Wallet) -> WechatPayConfig:
    return WechatPayConfig(
        app_id=wallet.keys.wechat_app_id,
        mchid=wallet.keys.wechatpay_mchid,
        serial=wallet.keys.wechatpay_serial,
        private_key_pem=(provider_folder / "platform.pem").read_text(),
        api_v3_key=wallet.keys.wechatpay_api_v3_key,
        public_key_id=wallet.keys.wechatpay_public_key_id,
        public_key_pem=(provider_folder / "provider_public.pem").read_text(),
    )


@pytest.fixture(scope="module")
def reader(merchant: WechatPayConfig) -> WechatPayNotices:
    return WechatPayNotices(config=merchant, fresh_seconds=300)


def rule_of(reader: WechatPayNotices, headers: dict, raw: bytes, at: datetime = AT) -> str | None:
    with pytest.raises(BadNotice) as refused:
        reader.read(headers, raw, at)
    return refused.value.rule


def test_the_published_vector_of_the_seal_opens():
    # From the tests of the vendor's own Go library (a key of 16 characters, as it stands there).
    vector = {
        "nonce": "wCq51qZv4Yfg",
        "associated": "Dl56FrqWQJF1t9LtC3vEUsniZKvbqdR8",
        "ciphertext": "FsdXzxryWfKwvLJKf8LG/ToRPTRh8RN9wROC",
    }
    assert unseal("testAPIv3Key0000", **vector) == b"Hello World"
    for spoilt in (
        vector | {"ciphertext": "invalid cipher"},
        vector | {"ciphertext": "SGVsbG8gV29ybGQK"},
        vector | {"ciphertext": ""},
        vector | {"nonce": "wCq51qZv4Yf"},
        vector | {"associated": ""},
    ):
        with pytest.raises(BadNotice, match="well_formed"):
            unseal("testAPIv3Key0000", **spoilt)
    with pytest.raises(BadNotice):
        unseal("testAPIv3Key1111", **vector)


def test_a_true_notice_is_read(reader: WechatPayNotices, wallet: Wallet):
    headers, raw = wallet.notice()
    told = reader.read(headers, raw, AT)
    assert told is not None and told.notify_id == "nt1"
    assert told.nonce == headers["Wechatpay-Nonce"]
    assert told.what == PaymentSeen(
        out_trade_no="LJP0001",
        state="SUCCESS",
        amount_fen=1200,
        transaction_id="tx1",
        paid_at=datetime(2027, 1, 15, 8, tzinfo=UTC),
    )


def test_a_notice_is_fresh_for_five_minutes(reader: WechatPayNotices, wallet: Wallet):
    headers, raw = wallet.notice()
    for away in (-300, 300):
        assert reader.read(headers, raw, AT + timedelta(seconds=away))
    for away in (-301, 301):
        assert rule_of(reader, headers, raw, AT + timedelta(seconds=away)) == "fresh"


@pytest.mark.parametrize(
    "name", ["Timestamp", "Nonce", "Serial", "Signature"], ids=lambda name: name.lower()
)
def test_each_header_counts(reader: WechatPayNotices, wallet: Wallet, name: str):
    headers, raw = wallet.notice()
    name = f"Wechatpay-{name}"
    for other in ("", "0", "é", "PUB_KEY_ID_OTHER", "WECHATPAY/SIGNTEST/x", "x" * 5000, "\n", "٣"):
        assert rule_of(reader, {**headers, name: other}, raw) == "signature"
    missing = {key: value for key, value in headers.items() if key != name}
    assert rule_of(reader, missing, raw) == "signature"


def test_another_algorithm_is_refused(reader: WechatPayNotices, wallet: Wallet):
    headers, raw = wallet.notice()
    assert reader.read({k: v for k, v in headers.items() if not k.endswith("Type")}, raw, AT)
    other = {**headers, "Wechatpay-Signature-Type": "WECHATPAY2-SM2-WITH-SM3"}
    assert rule_of(reader, other, raw) == "signature"


def test_probes_and_other_bytes_are_refused(reader: WechatPayNotices, wallet: Wallet):
    headers, raw = wallet.notice()
    probe = {**headers, "Wechatpay-Signature": "WECHATPAY/SIGNTEST/" + "A" * 344}
    assert rule_of(reader, probe, raw) == "signature"
    assert rule_of(reader, headers, raw[:-1]) == "signature"
    assert rule_of(reader, headers, raw + b"\n") == "signature"


def test_of_another_app_or_merchant(
    reader: WechatPayNotices, merchant: WechatPayConfig, wallet: Wallet
):
    headers, raw = wallet.notice()
    for other, rule in (("app_id", "app"), ("mchid", "merchant")):
        theirs = WechatPayNotices(config=replace(merchant, **{other: "x"}), fresh_seconds=300)
        assert rule_of(theirs, headers, raw) == rule
    other_key = WechatPayNotices(config=replace(merchant, api_v3_key="k" * 32), fresh_seconds=300)
    assert rule_of(other_key, headers, raw) == "well_formed"


def test_events_that_are_nothing_to_us(reader: WechatPayNotices, wallet: Wallet):
    for event in ("PAYSCORE.USER_PAID", "COMPLAINT.CREATE", "", "TRANSACTION.PAYERROR"):
        assert reader.read(*wallet.sealed(event, {"any": "thing"}), AT) is None


def test_contents_that_are_not_as_they_should_be(reader: WechatPayNotices, wallet: Wallet):
    good = {
        "appid": wallet.keys.wechat_app_id,
        "mchid": wallet.keys.wechatpay_mchid,
        "out_trade_no": "LJP0001",
        "transaction_id": "tx1",
        "trade_state": "SUCCESS",
        "amount": {"total": 1200, "currency": "CNY"},
    }
    paid = "TRANSACTION.SUCCESS"
    assert reader.read(*wallet.sealed(paid, good), AT)
    for wrong in (
        good | {"amount": {"total": -1, "currency": "CNY"}},
        good | {"amount": {"total": 1200.5, "currency": "CNY"}},
        good | {"amount": {"total": "1200", "currency": "CNY"}},
        good | {"amount": {"total": 10**30, "currency": "CNY"}},
        good | {"amount": {"total": 1200, "currency": "USD"}},
        good | {"amount": None},
        good | {"trade_state": "NOTPAY"},
        good | {"trade_state": "PAYERROR"},
        good | {"out_trade_no": ""},
        good | {"out_trade_no": "x" * 65},
        good | {"transaction_id": None},
        good | {"success_time": "2027-01-15 08:00:00"},
        {},
        [],
        None,
        b"\xff\xfe",
        b"",
        b"[" * 100_000,
    ):
        assert rule_of(reader, *wallet.sealed(paid, wrong)) == "well_formed", wrong
    for over in (
        {"resource": {}},
        {"resource": None},
        {"resource_type": "plain"},
        {"id": ""},
        {"id": 7},
        {"event_type": None},
    ):
        assert rule_of(reader, *wallet.sealed(paid, good, **over)) == "well_formed", over


def test_a_name_that_json_gives_twice_is_read_once(reader: WechatPayNotices, wallet: Wallet):
    raw = b'{"id":"a","id":"b","event_type":"X","resource_type":"encrypt-resource","resource":{}}'
    assert rule_of(reader, wallet.signed(raw), raw) == "well_formed"


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_nothing_but_bad_notice(reader: WechatPayNotices, wallet: Wallet, data: st.DataObject):
    """Whatever is signed, even by the wallet, is told, nothing to us, or a BadNotice."""
    headers, raw = wallet.notice()
    spoil = data.draw(st.sampled_from(["header", "raw", "cut", "signed", "sealed"]))
    if spoil == "header":
        name = data.draw(st.sampled_from(sorted(headers)))
        headers = {**headers, name: data.draw(st.text(max_size=400))}
    elif spoil == "raw":
        raw = data.draw(st.binary(max_size=300))
    elif spoil == "cut":
        raw = raw[: data.draw(st.integers(0, len(raw) - 1))]
    elif spoil == "signed":
        raw = data.draw(st.binary(max_size=200) | json_bytes())
        headers = wallet.signed(raw)
    else:
        event = data.draw(st.sampled_from(["TRANSACTION.SUCCESS", "REFUND.SUCCESS", "X"]))
        headers, raw = wallet.sealed(event, data.draw(st.binary(max_size=200) | json_bytes()))
    try:
        told = reader.read(headers, raw, AT)
    except BadNotice:
        return
    original = wallet.notice()[1]
    assert told is None or len(raw) == len(original)


def json_bytes() -> st.SearchStrategy[bytes]:
    names = st.sampled_from(
        ["id", "event_type", "resource_type", "resource", "appid", "mchid", "amount", "total"]
    )
    leaves = st.none() | st.booleans() | st.integers() | st.text(max_size=10)
    values = st.recursive(leaves, lambda inner: st.dictionaries(names, inner, max_size=5))
    return values.map(lambda value: json.dumps(value).encode())


def test_a_signature_of_another_size_is_refused(reader: WechatPayNotices, wallet: Wallet):
    headers, raw = wallet.notice()
    for size in (0, 1, 255, 257, 4096):
        signature = base64.b64encode(b"\x01" * size).decode()
        assert rule_of(reader, {**headers, "Wechatpay-Signature": signature}, raw) == "signature"
