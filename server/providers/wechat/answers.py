"""WeChat's answers, as far as they are read; whatever else is in them is left."""

from __future__ import annotations

import msgspec

from server.providers.wechat.ports import Template


class Answer(msgspec.Struct, frozen=True):
    """The root, and the answer of which only the error code counts."""


class SentTemplate(Answer, frozen=True):
    """message/template/send."""

    msgid: int


class SceneTicket(Answer, frozen=True):
    """qrcode/create."""

    ticket: str
    url: str
    expire_seconds: int


class JsTicket(Answer, frozen=True):
    """ticket/getticket."""

    ticket: str
    expires_in: int


class Identity(Answer, frozen=True):
    """sns/oauth2/access_token and sns/jscode2session; the session key is not even decoded."""

    openid: str
    unionid: str | None = None


class Person(Answer, frozen=True):
    """user/info."""

    subscribe: int


class PhoneInfo(Answer, frozen=True):
    """Inside `Phone`."""

    purePhoneNumber: str
    countryCode: str


class Phone(Answer, frozen=True):
    """wxa/business/getuserphonenumber."""

    phone_info: PhoneInfo


class Button(Answer, frozen=True):
    """One button inside `MenuAnswer`."""

    name: str
    type: str | None = None
    url: str | None = None
    key: str | None = None
    sub_button: list[Button] = []


class Buttons(Answer, frozen=True):
    """Inside `MenuAnswer`."""

    button: list[Button] = []


class MenuAnswer(Answer, frozen=True):
    """menu/get."""

    menu: Buttons


class ListedTemplate(Answer, frozen=True):
    """Inside `TemplateList`."""

    template_id: str
    title: str
    content: str


class TemplateList(Answer, frozen=True):
    """template/get_all_private_template."""

    template_list: list[ListedTemplate]


class ListedSubscription(Answer, frozen=True):
    """Inside `SubscriptionList`."""

    priTmplId: str
    title: str
    content: str


class SubscriptionList(Answer, frozen=True):
    """wxaapi/newtmpl/gettemplate."""

    data: list[ListedSubscription]

    def templates(self) -> tuple[Template, ...]:
        """Give them in our form."""
        return tuple(
            Template(template_id=one.priTmplId, title=one.title, content=one.content)
            for one in self.data
        )


class AddedTemplate(Answer, frozen=True):
    """template/api_add_template."""

    template_id: str
