"""Error codes in our words, fields that fit, pages that are signed as WeChat's own example."""

import typing
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as some
from wechatpy.constants import WeChatErrorCode

from server.providers.wechat import errors
from server.providers.wechat.config import aes_bytes
from server.providers.wechat.fields import RULES, cut, fit, fitted
from server.providers.wechat.pages import signed_page
from server.providers.wechat.ports import UNKNOWN_OUTCOMES, WeChatRule

#: Codes of calls that we do not make: media, articles, groups, cards, industries, third parties.
OF_OTHER_CALLS = {
    *(40004, 40005, 40006, 40007, 40008, 40009, 40010, 40011, 40012, 40030, 40031, 40032, 40050),
    *(40051, 40060, 40102, 40118, 40121, 40137, 40155, 41003, 41005, 41006, 41007, 42002, 42007),
    *(43100, 44001, 44003, 45001, 45003, 45004, 45006, 45007, 45008, 46001, 48005, 61003, 61007),
    *(61023, 61500, 63002, 65303, 65304, 65305, 65314, 87009),
}


def test_every_documented_code_of_our_calls_has_a_word():
    documented = {int(code) for code in WeChatErrorCode} - {0}
    assert documented - set(errors.RULES) == OF_OTHER_CALLS


def test_words_are_of_the_port_and_none_says_unknown():
    words = set(typing.get_args(WeChatRule))
    assert set(errors.RULES.values()) <= words
    assert not set(errors.RULES.values()) & UNKNOWN_OUTCOMES
    assert set(errors.RULES.values()) | UNKNOWN_OUTCOMES | {"other"} == words


@pytest.mark.parametrize(
    ("code", "rule"),
    [
        (43004, "unfollowed"),
        (43101, "refused"),
        (45009, "day_quota"),
        (45011, "minute_quota"),
        (45015, "window_over"),
        (45047, "count_over"),
        (47003, "argument"),
        (48001, "not_authorised"),
        (48004, "banned"),
        (50002, "limited"),
        (40164, "ip"),
        (40163, "code"),
        (99999, "other"),
    ],
)
def test_codes_that_decide_something(code, rule):
    refused = errors.refusal(code)
    assert (refused.rule, refused.details) == (rule, {"errcode": code})


@pytest.mark.parametrize(
    ("name", "text", "wanted"),
    [
        ("thing1", "寄" * 20, "寄" * 20),
        ("thing1", "寄" * 21, "寄" * 19 + "…"),
        ("thing12", "a\nb\tc", "a b c"),
        ("thing1", "", "无"),
        ("thing1", " \n ", "无"),
        ("thing1", "😀" * 11, "😀" * 9 + "…"),
        ("phrase2", "已存入格口", "已存入格口"),
        ("phrase2", "已存入格口里", "已存入格口"),
        ("phrase2", "已paid付", "已付"),
        ("phrase2", "paid", "无"),
        ("character_string3", "LJ单1", "LJ1"),
        ("character_string3", "x" * 40, "x" * 32),
        ("character_string3", "单", "-"),
        ("amount4", "¥12.00", "¥12.00"),
        ("amount4", "12345678901234", "123456789012"),
        ("number5", "3单", "3"),
        ("number5", "", "0"),
        ("car_number6", "粤A8Z888挂号", "粤A8Z888挂号"[:8]),
        ("phone_number7", "+86-13800000001", "+86-13800000001"),
        ("name8", "张" * 11, "张" * 10),
        ("time9", "2026-11-22 20:00", "2026-11-22 20:00"),
        ("keyword1", "长" * 300, "长" * 199 + "…"),
        ("const10", "x" * 21, "x" * 20),
    ],
)
def test_fields_are_made_to_fit(name, text, wanted):
    assert fit(name, text) == wanted


@given(kind=some.sampled_from(sorted(RULES)), text=some.text(max_size=80))
def test_no_field_is_ever_too_long_or_empty(kind, text):
    (value,) = fitted({f"{kind}1": text}).values()
    assert value
    assert len(value.encode("utf-16-le", "surrogatepass")) // 2 <= max(RULES[kind].most, 1)
    assert "\n" not in value


def test_a_cut_never_splits_a_character():
    assert cut("a😀b", 2) == "a"
    assert cut("a😀b", 3) == "a😀"


def test_wechats_own_example_of_a_page():
    """From 附录1 of WeChat's JS-SDK documents."""
    signed = signed_page(
        "wx1",
        "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg",
        "http://mp.weixin.qq.com?params=value#/page",
        "Wm3WZYTPz0wzccnW",
        datetime.fromtimestamp(1414587457, UTC),
    )
    assert signed.signature == "0f9de62fce790f9a083d5c99e95740ceb90c27ed"
    assert (signed.timestamp, signed.nonce) == (1414587457, "Wm3WZYTPz0wzccnW")


@pytest.mark.parametrize("text", ["", "short", "键" * 43, "A" * 42 + "!", "A" * 44])
def test_what_is_no_aes_key_is_refused(text):
    with pytest.raises(ValueError, match="43 characters"):
        aes_bytes(text)
