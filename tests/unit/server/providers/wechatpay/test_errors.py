"""What WeChat Pay's error codes say of the thing asked."""

import pytest

from server.providers.wechatpay.errors import (
    MEANINGS,
    SPELLINGS,
    UNKNOWN,
    failure,
    is_refusal,
    is_unheard,
)


@pytest.mark.parametrize(
    ("status", "body", "rule", "retry"),
    [
        (500, '{"code":"SYSTEM_ERROR","message":"x"}', "no_answer", None),
        (400, '{"code":"SYSTEMERROR"}', "no_answer", None),
        (400, '{"code":"BANK_ERROR"}', "no_answer", None),
        (502, "<html>bad gateway</html>", "no_answer", None),
        (503, b"", "no_answer", None),
        (429, '{"code":"FREQUENCY_LIMITED"}', "FREQUENCY_LIMITED", True),
        (429, '{"code":"SOMETHING_NEW"}', "SOMETHING_NEW", True),
        (403, '{"code":"NOTENOUGH"}', "NOT_ENOUGH", True),
        (403, '{"code":"NOT_ENOUGH"}', "NOT_ENOUGH", True),
        (400, '{"code":"ORDERPAID"}', "ORDERPAID", False),
        (400, '{"code":"ORDERCLOSED"}', "ORDER_CLOSED", False),
        (404, '{"code":"ORDERNOTEXIST"}', "ORDER_NOT_EXIST", False),
        (403, '{"code":"OUT_TRADE_NO_USED"}', "OUT_TRADE_NO_USED", False),
        (401, '{"code":"SIGN_ERROR"}', "SIGN_ERROR", False),
        (400, '{"code":"PARAM_ERROR"}', "PARAM_ERROR", False),
        (400, b"\xff", "bad_answer", None),
        (400, '{"code":7}', "bad_answer", None),
        (400, '{"code":""}', "bad_answer", None),
        (400, "[]", "bad_answer", None),
        (404, "<html>not found</html>", "bad_answer", None),
        (404, "{}", "bad_answer", None),
        (400, '{"x":' + "[" * 200_000, "bad_answer", None),
        (302, "", "bad_answer", None),
    ],
)
def test_a_failure_in_our_words(status: int, body, rule: str, retry):
    error = failure(status, body)
    assert error.rule == rule and error.details.get("retry") is retry
    assert is_refusal(error) == (rule not in ("no_answer", "bad_answer"))


def test_a_code_is_bounded():
    assert len(str(failure(400, '{"code":"' + "X" * 9000 + '"}').rule)) == 64


def test_the_tables_agree():
    assert set(SPELLINGS.values()) <= set(MEANINGS)
    assert not set(SPELLINGS) & set(MEANINGS)
    assert all(failure(400, f'{{"code":"{code}"}}').rule == "no_answer"
               for code, meaning in MEANINGS.items() if meaning == UNKNOWN)  # fmt: skip


@pytest.mark.parametrize("code", ["ORDER_NOT_EXIST", "RESOURCE_NOT_EXISTS", "NOT_FOUND"])
def test_never_heard_of_it(code: str):
    assert is_unheard(failure(404, f'{{"code":"{code}"}}'))
    assert not is_unheard(failure(400, '{"code":"PARAM_ERROR"}'))
    assert not is_unheard(failure(500, f'{{"code":"{code}"}}'))
    assert not is_unheard(failure(404, "<html>not found</html>"))
