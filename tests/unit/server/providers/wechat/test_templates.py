"""Our templates found in an account's, and menus compared line by line."""

import re

from server.providers.wechat.answers import Button
from server.providers.wechat.menu import button_body, button_of, lines_of, wanted_menu
from server.providers.wechat.ports import Template
from server.providers.wechat.templates import TEMPLATES, book, found, missing
from server.sandbox.wechat.templates import LIBRARY


def test_a_template_is_found_by_its_title_and_labels_whatever_its_fields_are_called():
    offers = next(spec for spec in TEMPLATES if spec.name == "offers")
    listed = [
        Template(template_id="T0", title="新订单提醒", content="别的:{{thing1.DATA}}"),
        Template(
            template_id="T1",
            title="新订单提醒",
            content="时间：{{time7.DATA}}\n取件地点:{{thing4.DATA}}\n\n 订单说明 : {{thing9.DATA}}",
        ),
    ]
    ours = found(offers, listed)
    assert ours is not None
    assert ours.template_id == "T1"
    assert ours.filled({"note": "附近3单", "at": "12:00"}) == {
        "thing9": "附近3单",
        "thing4": "",
        "time7": "12:00",
    }
    assert set(book(listed)) == {"offers"}
    assert "offers" not in {spec.name for spec in missing(listed)}
    assert len(missing([])) == len(TEMPLATES)


def test_the_sandboxs_library_has_all_of_ours():
    library = dict(LIBRARY.values())
    for spec in TEMPLATES:
        assert set(spec.labels.values()) == set(library[spec.title])


def test_the_menu_is_within_wechats_bounds_and_reads_back():
    menu = wanted_menu("https://lanjian.example")
    assert [button.name for button in menu] == ["寄件", "揽件", "我的订单"]
    for button in menu:
        assert len(button.name.encode()) <= 16
        assert all(len(inner.name.encode()) <= 60 for inner in button.buttons)
    again = tuple(button_of(_answered(button_body(button))) for button in menu)
    assert again == menu
    assert re.fullmatch(r"  填写面单 \[view\] https://lanjian.example/.*", lines_of(menu)[2])


def test_a_button_of_a_kind_that_we_do_not_make_is_shown():
    theirs = Button(name="小程序", type="miniprogram", url="https://a.example")
    assert lines_of([button_of(theirs)]) == ["小程序 [click] miniprogram:https://a.example"]


def _answered(body) -> Button:
    inner = [_answered(one) for one in body.get("sub_button", [])]
    named = {name: body.get(name) for name in ("type", "url", "key")}
    return Button(name=body["name"], sub_button=inner, **named)
