"""Sign names and templates that the vendors have approved, as their consoles would show them."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

SIGN_NAME = "揽件"

CODE = (
    "【揽件】验证码 ${code}，${minutes} 分钟内有效，请勿告诉他人。"
    " Your Lanjian code, good for ${minutes} min."
)
MOVE = (
    "【揽件】验证码 ${code}，${minutes} 分钟内有效。有人要把您绑定的微信或支付宝移到另一个账号，"
    "若不是您本人，请勿告诉任何人。"
    " Code to move your WeChat or Alipay to another account, good for ${minutes} min."
)
CONFIRM = (
    "【揽件】验证码 ${code}，${minutes} 分钟内有效。用于在个人中心查看或更改资料、更换手机号、"
    "导出资料或注销账号，若不是您本人，请勿告诉任何人。"
    " Code for your personal centre, good for ${minutes} min."
)
NOTICE = "【揽件】${matter}：${state}。请打开揽件页面查看。"

#: Aliyun names its variables, Tencent counts them: {1}, {2}.
ALIYUN = {
    "SMS_460000001": CODE,
    "SMS_460000002": MOVE,
    "SMS_460000003": NOTICE,
    "SMS_460000004": CONFIRM,
}
TENCENT = {
    "1460001": CODE.replace("${code}", "{1}").replace("${minutes}", "{2}"),
    "1460002": MOVE.replace("${code}", "{1}").replace("${minutes}", "{2}"),
    "1460003": NOTICE.replace("${matter}", "{1}").replace("${state}", "{2}"),
    "1460004": CONFIRM.replace("${code}", "{1}").replace("${minutes}", "{2}"),
}

MOST_LENGTH = 35


class NotFitting(Exception):
    """The parameters are not the template's."""


def of_aliyun(template: str, params: str) -> str:
    """Write a text of Aliyun's.

    Raises:
        KeyError: no such template. NotFitting: parameters are missing or no texts.
    """
    text = ALIYUN[template]
    try:
        given = json.loads(params)
    except (ValueError, RecursionError) as error:
        raise NotFitting("TemplateParam") from error
    if not isinstance(given, dict):
        raise NotFitting("TemplateParam")
    for name in set(re.findall(r"\$\{(\w+)\}", text)):
        value = given.get(name)
        if not isinstance(value, str | int) or not 0 < len(str(value)) <= MOST_LENGTH:
            raise NotFitting(name)
        text = text.replace(f"${{{name}}}", str(value))
    return text


def of_tencent(template: str, params: Sequence[str]) -> str:
    """Write a text of Tencent's.

    Raises:
        KeyError: no such template. NotFitting: not as many parameters as it has, or too long.
    """
    text = TENCENT[template]
    if len(params) != len(set(re.findall(r"\{\d\}", text))):
        raise NotFitting("TemplateParamSet")
    for number, value in enumerate(params, start=1):
        if not 0 < len(value) <= MOST_LENGTH:
            raise NotFitting(f"{{{number}}}")
        text = text.replace(f"{{{number}}}", value)
    return text
