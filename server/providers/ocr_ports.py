"""Reading papers: what recognisers are asked and what they say, whoever they are."""

from __future__ import annotations

from typing import Protocol

from server.domain.bookings.papers import IdCard, PaperKind, VehicleLicence


class Recogniser(Protocol):
    """Read the front of one paper off one photo."""

    #: Kept beside what was read: `local`, `wechat`, `aliyun`.
    name: str

    async def read(self, kind: PaperKind, photo: bytes) -> IdCard | VehicleLicence:
        """Read one paper; `photo` is a JPEG in normal form (upright, at most 1600 pixels).

        What could not be read stays empty; a photo that shows no such paper gives an empty one.

        Raises:
            ProviderFailed: the recogniser could not be asked, refused, or did not answer in
                time; another may be asked, and the booking goes on with documents pending.
        """
