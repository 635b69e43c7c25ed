"""Likenesses: near for one picture in other encodings, far for other pictures and other papers."""

import io

import pytest
from PIL import Image, ImageEnhance

from server.domain.bookings.readings import NEAR_BITS, is_same_photo
from server.services.bookings.likeness import likeness
from server.services.photos.pictures import normal_form
from tests.integration.bookings.paper_world import photo


def again(raw, change=lambda picture: picture, **options):
    out = io.BytesIO()
    change(Image.open(io.BytesIO(raw))).save(out, "JPEG", **options)
    return out.getvalue()


SAME = {
    "saved again": {"quality": 40},
    "smaller": {"change": lambda picture: picture.resize((320, 200))},
    "a little brighter": {"change": lambda picture: ImageEnhance.Brightness(picture).enhance(1.1)},
}


@pytest.mark.parametrize("options", SAME.values(), ids=SAME.keys())
def test_one_picture_in_another_form_is_the_same(options):
    raw = photo(5)
    other = likeness(again(raw, **options))
    assert is_same_photo(likeness(normal_form(raw)), other)


def test_other_pictures_are_far_away():
    seen = [likeness(photo(seed)) for seed in range(12)]
    distances = [
        (one ^ other).bit_count() for place, one in enumerate(seen) for other in seen[:place]
    ]
    assert min(distances) > 3 * NEAR_BITS
