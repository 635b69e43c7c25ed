"""What SMS codes are for, and the texts that carry them.

A code of another purpose is another code: its key, its digest and its words differ, so that who
is talked into reading one out has read what it does.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from server.providers.ports import Sms

#: What a code is for.
Purpose = Literal[
    "log_in",
    "move_wechat",
    "move_alipay",
    "look",  # at one's own details, unmasked
    "change_phone",  # to the number that the account has now
    "new_phone",  # to the number that it shall have
    "export",
    "erase",
]

TEMPLATES: Mapping[Purpose, str] = MappingProxyType(
    {
        "log_in": "login_code",
        "move_wechat": "move_code",
        "move_alipay": "move_code",
        "look": "confirm_code",
        "change_phone": "confirm_code",
        "new_phone": "confirm_code",
        "export": "confirm_code",
        "erase": "confirm_code",
    }
)

#: What a code of one of these does, in Chinese and in English.
DOES: Mapping[Purpose, tuple[str, str]] = MappingProxyType(
    {
        "move_wechat": (
            "有人要把您绑定的微信移到另一个账号",
            "Code to move your WeChat to another account",
        ),
        "move_alipay": (
            "有人要把您绑定的支付宝移到另一个账号",
            "Code to move your Alipay to another account",
        ),
        "look": ("用于查看完整的个人资料", "Code to show your details in full"),
        "change_phone": ("用于更换账号的手机号", "Code to change your account's phone"),
        "new_phone": (
            "用于把本号码设为账号的手机号",
            "Code to make this number your account's phone",
        ),
        "export": ("用于导出您的全部资料", "Code to export all your data"),
        "erase": ("用于注销账号并删除资料", "Code to delete your account and its data"),
    }
)


def code_message(number: str, code: str, life_seconds: float, purpose: Purpose) -> Sms:
    """Write the text of a code; vendors have its words as a template of their own."""
    minutes = f"{life_seconds / 60:g}"
    does = DOES.get(purpose)
    if does is None:
        text = (
            f"【揽件】验证码 {code}，{minutes} 分钟内有效，请勿告诉他人。"
            f" Your Lanjian code, good for {minutes} min."
        )
    else:
        zh, en = does
        text = (
            f"【揽件】验证码 {code}，{minutes} 分钟内有效。{zh}，"
            "若不是您本人，请勿告诉任何人。"
            f" {en}, good for {minutes} min."
        )
    params = {"code": code, "minutes": minutes}
    return Sms(phone=number, template=TEMPLATES[purpose], params=params, text=text)
