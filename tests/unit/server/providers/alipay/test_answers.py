"""Answers of the gateway: believed only when their signature holds over the text as it came."""

import json

import pytest
from alipay.exceptions import AliPayException, AliPayValidationError
from hypothesis import given, settings
from hypothesis import strategies as st

from server.domain.errors import ProviderFailed
from server.providers.alipay.answers import read_answer
from tests.alipay import answer, site

METHOD = "alipay.trade.query"
NAME = "alipay_trade_query_response"
YES = '{"code":"10000","msg":"Success","out_trade_no":"P1"}'


def read(raw: bytes) -> dict:
    return read_answer(raw, METHOD, site().signer.holds_text)


def rule_of(raw: bytes) -> str | None:
    with pytest.raises(ProviderFailed) as caught:
        read(raw)
    return caught.value.rule


@pytest.mark.parametrize(
    "inner",
    [
        YES,
        ' { "msg" : "Success" ,\n\t"code":"10000" } '.strip(),
        '{"code":"10000","subject":"} \\"sign\\":\\"x\\" {{ \\\\"}',
        '{"code":"10000","qr_code":"https:\\/\\/qr.alipay.com\\/x","a":{"b":[{"c":"}"}]}}',
        '{"code":"10000","msg":"\\u6210\\u529f","n":"成功 🎉","a_trade_query_response":"{"}',
        '{"b":1,"a":2,"code":"10000"}',
    ],
    ids=["plain", "spaces", "braces", "escapes", "unicode", "order"],
)
def test_the_text_is_checked_as_it_came(inner: str):
    assert read(answer(inner))["code"] == "10000"


def test_the_library_reads_what_has_no_braces_in_its_texts():
    library = site().library()
    assert library._verify_and_return_sync_response(answer(YES).decode(), NAME)["code"] == "10000"


def test_numbers_stay_the_texts_they_were():
    fields = read(answer('{"code":"10000","total_amount":0.10,"n":12,"big":1e400}'))
    assert (fields["total_amount"], fields["n"], fields["big"]) == ("0.10", "12", "1e400")


def test_the_sign_may_come_first_and_other_members_beside():
    signature = json.dumps(site().gateway_keys.sign(YES))
    raw = f'\n{{"sign" : {signature}, "alipay_cert_sn":"0a", "{NAME}" :{YES} }} '
    assert read(raw.encode())["out_trade_no"] == "P1"


@pytest.mark.parametrize(
    "raw",
    [
        f'{{"{NAME}":{YES}}}'.encode(),
        answer(YES, sign=""),
        answer(YES, sign="ssss"),
        answer(YES, sign="no base64!"),
        answer(YES, sign="A"),
        answer(YES, sign="\ud800"),
        answer(YES, sign=site().gateway_keys.sign(YES + " ")),
        answer(YES).replace(b"P1", b"P2"),
        answer(YES, name="alipay_trade_refund_response"),
        answer('"' + "encrypted" + '"'),
        answer("[]"),
        answer(YES).replace(b'"sign":"', b'"sign":5,"x":"'),
        answer(YES)[:-1],
        answer(YES) + b"{}",
        answer(YES) + answer(YES),
        b"\xef\xbb\xbf" + answer(YES),
        answer(YES).replace(b"Success", b"\xff"),
        f'{{"{NAME}":{YES},'.encode() + answer(YES)[1:],
        answer(YES)[:-1] + f',"error_response":{YES}}}'.encode(),
        b"",
        b"null",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b" " * (1024 * 1024 + 1),
        b"<html>502</html>",
    ],
    ids=lambda raw: repr(raw[:40]),
)
def test_what_is_not_signed_or_not_whole_is_a_bad_answer(raw: bytes):
    assert rule_of(raw) == "bad_answer"


def test_no_half_of_an_answer_is_believed():
    whole = answer(YES)
    assert {rule_of(whole[:cut]) for cut in range(len(whole))} == {"bad_answer"}


@pytest.mark.parametrize(
    ("inner", "rule"),
    [
        ('{"code":"40004","sub_code":"ACQ.TRADE_NOT_EXIST"}', "ACQ.TRADE_NOT_EXIST"),
        ('{"code":"40006","sub_code":"isv.insufficient-isv-permissions"}', None),
        ('{"code":"40004"}', "40004"),
        ('{"code":"40004","sub_code":"一段话 not a code"}', "40004"),
        ('{"code":10000}', None),
        ("{}", "unknown"),
        ('{"code":"20000","sub_code":"isp.unknow-error"}', "no_answer"),
        ('{"code":"20000"}', "no_answer"),
        ('{"code":"40004","sub_code":"ACQ.SYSTEM_ERROR"}', "no_answer"),
        ('{"code":"40004","sub_code":"aop.ACQ.SYSTEM_ERROR"}', "no_answer"),
        ('{"code":"40004","sub_code":"SYSTEM_ERROR"}', "no_answer"),
    ],
)
def test_a_refusal_is_told_by_its_code(inner: str, rule: str | None):
    if inner == '{"code":10000}':
        assert read(answer(inner))["code"] == "10000"
        return
    assert rule_of(answer(inner)) == (rule or "isv.insufficient-isv-permissions")


def test_a_refusal_of_nobodys_is_only_shown():
    raw = b'{"error_response":{"code":"40002","sub_code":"isv.invalid-app-id","msg":"x"}}'
    with pytest.raises(ProviderFailed) as caught:
        read(raw)
    assert caught.value.rule == "bad_answer"
    assert caught.value.details == {"unsigned": "isv.invalid-app-id"}
    signed = answer('{"code":"40002","sub_code":"isv.code-invalid"}', name="error_response")
    assert rule_of(signed) == "isv.code-invalid"


# What the library's own test suite tries of its verification, with ours and its verdict beside.
def test_the_librarys_own_cases():
    library = site().library()
    text = json.dumps({"name": "Lily", "age": "12"})
    signed = answer(text)
    assert library._verify_and_return_sync_response(signed.decode(), NAME)["name"] == "Lily"
    assert rule_of(signed) == "unknown"  # rightly signed, and no yes
    with pytest.raises(AliPayValidationError):
        library._verify_and_return_sync_response(signed.decode().replace("name", "name2"), NAME)
    assert rule_of(signed.replace(b"name", b"name2")) == "bad_answer"
    failed = {"sub_code": "isv.invalid-app-id", "code": "40002", "sub_msg": "无效的AppID参数"}
    unsigned = json.dumps({NAME: failed})
    with pytest.raises(AliPayException):
        library._verify_and_return_sync_response(unsigned, NAME)
    assert rule_of(unsigned.encode()) == "bad_answer"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=8,
)


@settings(max_examples=60)
@given(
    fields=st.dictionaries(st.text(max_size=8), JSON, max_size=4),
    indent=st.sampled_from([None, 0, 3]),
    ascii_only=st.booleans(),
    where=st.integers(0, 10**6),
)
def test_any_signed_object_is_read_and_any_change_is_seen(fields, indent, ascii_only, where):
    inner = json.dumps(fields | {"code": "10000"}, indent=indent, ensure_ascii=ascii_only)
    raw = answer(inner)
    assert read(raw).keys() == fields.keys() | {"code"}
    start = raw.index(b":") + 1
    at = start + where % len(inner.encode())
    spoilt = raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]
    assert rule_of(spoilt) == "bad_answer"


@settings(max_examples=300)
@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_garbage_is_a_bad_answer_and_nothing_else(raw: bytes):
    assert rule_of(raw) == "bad_answer"
    assert rule_of(b'{"' + NAME.encode() + b'":' + raw) == "bad_answer"
