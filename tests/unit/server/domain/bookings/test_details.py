"""The form's texts, brought into one form or refused by field and rule."""

import pytest

from server.domain.bookings.details import checked_details
from server.domain.errors import InvalidInput

GOOD = {"name": "张三", "phone": "13800000001", "plate": "粤B12345"}

SAME = [
    ("name", " 张三 ", "张三"),
    ("name", "阿卜杜拉•买买提", "阿卜杜拉·买买提"),
    ("name", "Anna  Li", "Anna Li"),
    ("phone", "+86 138-0000-0001", "13800000001"),
    ("phone", "１３８００００００００", "13800000000"),
    ("plate", "粤b·12345", "粤B12345"),
    ("plate", "粤 B-12345", "粤B12345"),
    ("plate", "粤BD12345", "粤BD12345"),
    ("plate", "粤B12345F", "粤B12345F"),
    ("plate", "粤B1234学", "粤B1234学"),
]

BAD = [
    *(("name", text, "required") for text in ("", "  ", "\t")),
    *(("name", text, "real_name") for text in ("张", "张3", "张三!", "x", "a" * 61, "张三\u202e")),
    *(("phone", text, "required") for text in ("", "- -")),
    *(
        ("phone", text, "mobile_number")
        for text in ("1380000000", "138000000011", "12800000001", "+1 13800000001", "phone")
    ),
    *(("plate", text, "required") for text in ("", " · ")),
    *(
        ("plate", text, "plate")
        for text in ("B12345", "粤B1234", "粤B123456", "粤1B2345", "粤BL12345", "京", "粤B1234五")
    ),
]


@pytest.mark.parametrize(("field", "text", "kept"), SAME)
def test_texts_are_brought_into_one_form(field, text, kept):
    assert getattr(checked_details(**(GOOD | {field: text})), field) == kept


@pytest.mark.parametrize(("field", "text", "rule"), BAD)
def test_bad_texts_name_field_and_rule(field, text, rule):
    with pytest.raises(InvalidInput) as refused:
        checked_details(**(GOOD | {field: text}))
    assert (refused.value.field, refused.value.rule) == (field, rule)
