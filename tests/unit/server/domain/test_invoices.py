"""Taxpayer numbers and what else an invoice has to say."""

import random

import pytest

from server.domain.errors import Conflict, InvalidInput
from server.domain.invoices import (
    CREDIT_ALPHABET,
    InvoiceKind,
    check_payable,
    checked,
    credit_check,
    tax_number,
)
from server.domain.money import Charge

#: The example of GB 32100-2015 itself.
STANDARD = "91350100M000100Y43"


def test_the_standards_own_example_passes_in_any_writing():
    assert tax_number(STANDARD) == STANDARD
    assert tax_number(" 91350100-m000100y43 ") == STANDARD


def test_every_single_wrong_character_and_every_swap_of_neighbours_is_found():
    dice = random.Random(1)
    for _ in range(50):
        body = "".join(dice.choices(CREDIT_ALPHABET, k=17))
        code = body + credit_check(body)
        assert tax_number(code) == code
        for n in range(18):
            other = dice.choice(CREDIT_ALPHABET.replace(code[n], ""))
            with pytest.raises(InvalidInput) as refused:
                tax_number(code[:n] + other + code[n + 1 :])
            assert refused.value.rule == "check_digit"
        for n in range(16):
            swapped = code[:n] + code[n + 1] + code[n] + code[n + 2 :]
            if swapped != code:
                with pytest.raises(InvalidInput):
                    tax_number(swapped)


@pytest.mark.parametrize("text", ["1" * 15, "A" * 17, "110101199001011234AB"])
def test_older_numbers_pass_by_their_form(text):
    assert tax_number(text) == text


@pytest.mark.parametrize(
    "text",
    ["", "1" * 14, "1" * 16, "1" * 19, "1" * 21, "é" * 15, "１" * 15, "91350100I000100Y43", "=1"],
)
def test_other_forms_are_refused(text):
    with pytest.raises(InvalidInput) as refused:
        tax_number(text)
    assert (refused.value.field, refused.value.rule) == ("tax_number", "taxpayer_number")


def test_a_personal_invoice_has_no_taxpayer_number():
    texts = checked(InvoiceKind.PERSONAL, "  张  三 ", "", "a@example.com")
    assert (texts.title, texts.tax_number) == ("张 三", "")
    for kind, title, number, email, field in (
        (InvoiceKind.PERSONAL, "张三", STANDARD, "a@example.com", "tax_number"),
        (InvoiceKind.COMPANY, "某公司", "", "a@example.com", "tax_number"),
        (InvoiceKind.COMPANY, "x", STANDARD, "a@example.com", "title"),
        (InvoiceKind.COMPANY, "某" * 101, STANDARD, "a@example.com", "title"),
        (InvoiceKind.COMPANY, "某公司", STANDARD, "a@example", "email"),
        (InvoiceKind.COMPANY, "某公司", STANDARD, "a b@example.com", "email"),
        (InvoiceKind.COMPANY, "某公司", STANDARD, "a@example.com\n", None),
    ):
        if field is None:
            assert checked(kind, title, number, email).email == "a@example.com"
            continue
        with pytest.raises(InvalidInput) as refused:
            checked(kind, title, number, email)
        assert refused.value.field == field


def test_what_is_personal_is_not_shown_by_its_value():
    shown = repr(checked(InvoiceKind.COMPANY, "某公司", STANDARD, "a@example.com"))
    assert STANDARD not in shown and "example.com" not in shown and "某公司" not in shown


@pytest.mark.parametrize("charge", sorted(set(Charge) - {Charge.PAID}))
def test_only_a_paid_order_has_an_invoice(charge):
    check_payable("LJ1", Charge.PAID)
    with pytest.raises(Conflict):
        check_payable("LJ1", charge)
