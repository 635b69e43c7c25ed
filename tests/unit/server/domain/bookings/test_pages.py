"""Blocks of a page: plain text in its normal form, or refused by place and rule."""

import pytest

from server.domain.bookings.pages import Block, BlockKind, checked_blocks, pictures_of
from server.domain.errors import InvalidInput

HASH = "ab" * 32


def block(kind: str, **fields) -> Block:
    return Block(kind=BlockKind(kind), **fields)


def test_blocks_get_their_normal_form():
    kept = checked_blocks(
        [
            block("heading", text="  关于   我们 "),
            block("paragraph", text=" 第一行 \r\n\n\n\n 第二行\u2028<b>粗</b> "),
            block("list", items=(" 一 ", "二")),
            block("picture", text=" 车间 ", picture=HASH),
        ]
    )
    assert [one.text for one in kept] == ["关于 我们", "第一行\n第二行\n<b>粗</b>", "", "车间"]
    assert kept[2].items == ("一", "二")
    assert checked_blocks(kept) == kept
    assert pictures_of(kept) == {HASH}
    assert checked_blocks([]) == ()


@pytest.mark.parametrize(
    ("bad", "field", "rule"),
    [
        (block("heading"), "text", "required"),
        (block("heading", text="长" * 61), "text", "length"),
        (block("heading", text="好", items=("一",)), "items", "not_of_this_kind"),
        (block("heading", text="好", picture=HASH), "picture", "not_of_this_kind"),
        (block("paragraph", text=" \n "), "text", "required"),
        (block("paragraph", text="长" * 2001), "text", "length"),
        (block("list"), "items", "required"),
        (block("list", text="好", items=("一",)), "text", "not_of_this_kind"),
        (block("list", items=("一",) * 31), "items", "most_items"),
        (block("list", items=("一", "")), "items[1]", "required"),
        (block("list", items=("长" * 201,)), "items[0]", "length"),
        (block("picture", text="车间"), "picture", "picture"),
        (block("picture", text="车间", picture="../etc/passwd"), "picture", "picture"),
        (block("picture", text="车间", picture=HASH.upper()), "picture", "picture"),
        (block("picture", text="车间", picture=HASH + "\n"), "picture", "picture"),
        (block("picture", picture=HASH), "text", "required"),
    ],
)
def test_bad_blocks_name_their_place_and_rule(bad, field, rule):
    with pytest.raises(InvalidInput) as refused:
        checked_blocks([block("heading", text="好"), bad])
    assert (refused.value.field, refused.value.rule) == (f"blocks[1].{field}", rule)


def test_a_page_has_an_end():
    with pytest.raises(InvalidInput) as refused:
        checked_blocks([block("heading", text="好")] * 61)
    assert refused.value.rule == "most_blocks"
