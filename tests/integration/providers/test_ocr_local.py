"""The true engine in its own process, on two photos: the rest is tried on recorded lines."""

import io

import pytest
from PIL import Image

from server.domain.bookings.papers import IdCard, PaperKind
from server.domain.errors import ProviderFailed
from server.proof.bench_ocr import plain
from server.proof.id_draw import find_fonts
from server.proof.id_photos import photo
from server.providers.ocr.config import LocalConfig
from server.providers.ocr.local import LocalRecogniser

#: Flat scans, the cheapest to read.
PHOTOS = (0, 1)

#: A machine that does other things besides is slow, not wrong.
PATIENT = LocalConfig(seconds=240.0)


@pytest.mark.timeout(300)
async def test_a_card_and_a_licence_are_read_by_the_true_engine():
    fonts = find_fonts()
    recogniser = LocalRecogniser(PATIENT)
    try:
        for number in PHOTOS:
            shown = photo(number, 1, fonts)
            measured = await recogniser.measured(shown.kind, shown.jpeg)
            for name in shown.truth.__dataclass_fields__:
                read, truth = getattr(measured.paper, name), getattr(shown.truth, name)
                assert plain(name, read) == plain(name, truth), name
            assert 0 < measured.peak_bytes < 2_000_000_000
            assert measured.seconds > 0
        with pytest.raises(ProviderFailed) as failed:
            await recogniser.read(PaperKind.ID_CARD, b"no picture")
        assert failed.value.rule == "photo"
        for nothing in (_picture(), _picture(spots=3)):
            assert await recogniser.read(PaperKind.ID_CARD, nothing) == IdCard()
    finally:
        await recogniser.close()


def _picture(spots: int = 0) -> bytes:
    """Give a JPEG on which nothing is written: of one colour, or with spots of another."""
    out, picture = io.BytesIO(), Image.new("RGB", (320, 200), "white")
    for number in range(spots):
        picture.paste("steelblue", (left := 20 + 90 * number, 40, left + 60, 140))
    picture.save(out, "JPEG")
    return out.getvalue()
