"""Reading papers: what recognisers are asked and what they say, whoever they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from server.domain.bookings.papers import IdCard, PaperKind, VehicleLicence

#: Why a recogniser read nothing, as `ProviderFailed.rule`.
OcrRule = Literal[
    "none",  # no recogniser is configured
    "not_installed",  # the local one's libraries are not there
    "busy",  # too many photos wait, or they say themselves: later
    "no_answer",
    "bad_answer",
    "broken",  # the local one's process ended
    "photo",  # no picture that they can decode
    "too_large",
    "quota",  # paid calls are used up, or were never bought
    "account",  # keys, permission, a clock that is wrong
    "refused",  # in another way
]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """One paper, and who read it."""

    paper: IdCard | VehicleLicence
    by: str  #: a recogniser's `name`


class Recognisers(Protocol):
    """All that are configured, in their order."""

    async def ask(self, kind: PaperKind, photo: bytes) -> Read:
        """Have one paper read by the first that can; see `Recogniser.read` for `photo`.

        Raises:
            ProviderFailed: none could; rule and details are the last one's, `tried` names all.
        """
