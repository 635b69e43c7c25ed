"""Likenesses: near for one picture in other encodings, far for other pictures and other papers."""

import io
from random import Random

import pytest
from PIL import Image, ImageEnhance

from server.domain.bookings.readings import NEAR_BITS, is_same_photo
from server.proof.id_draw import draw_id_card, find_fonts
from server.proof.id_papers import id_card
from server.services.bookings.likeness import likeness
from server.services.photos.pictures import normal_form
from tests.integration.bookings.paper_world import photo


def again(raw, change=lambda picture: picture, **options):
    out = io.BytesIO()
    change(Image.open(io.BytesIO(raw))).save(out, "JPEG", **options)
    return out.getvalue()


SAME = {
    "saved again": {"quality": 40},
    "smaller": {"change": lambda picture: picture.resize((960, 600))},
    "a little brighter": {"change": lambda picture: ImageEnhance.Brightness(picture).enhance(1.1)},
}


@pytest.mark.parametrize("options", SAME.values(), ids=SAME.keys())
def test_one_picture_in_another_form_is_the_same(options):
    raw = again(photo(5), lambda picture: picture.resize((1280, 800)))  # a phone's is larger
    other = likeness(again(raw, **options))
    assert is_same_photo(likeness(normal_form(raw)), other)


def test_cards_of_two_people_on_one_form_are_two_pictures():
    fonts = find_fonts()
    seen = []
    for seed in range(8):
        out = io.BytesIO()
        draw_id_card(id_card(Random(seed)), Random(1), fonts).save(out, "JPEG", quality=90)
        seen.append(likeness(normal_form(out.getvalue())))
    pairs = [(one, other) for place, one in enumerate(seen) for other in seen[:place]]
    assert not any(is_same_photo(one, other) for one, other in pairs)


def test_other_pictures_are_far_away():
    seen = [likeness(photo(seed)) for seed in range(12)]
    distances = [
        (one ^ other).bit_count() for place, one in enumerate(seen) for other in seen[:place]
    ]
    assert min(distances) > 3 * NEAR_BITS
