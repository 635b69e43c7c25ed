"""Aliyun's recognition of 2021-07-07: RecognizeIdcard and RecognizeVehicleLicense.

The photo is the request's body; `Data` of the answer is JSON inside JSON, whose envelope
`{"data": {"face": {"data": {...}}}}` is documented for the driving licence's sibling. The names
in it and most codes are from memory and stand in the tables here, nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import msgspec
from tornado.httpclient import AsyncHTTPClient

from server.domain.bookings.papers import PaperKind
from server.domain.errors import ProviderFailed
from server.domain.ids import Draw
from server.providers import acs3
from server.providers.exchange import decoded, post
from server.providers.ocr.config import AliyunOcrConfig
from server.providers.ocr.fields import Paper, cleaned
from server.providers.ocr_ports import OcrRule

VERSION = "2021-07-07"
MOST_BYTES = 10 * 1024 * 1024
NONCE_CHARACTERS = 32

ACTIONS = {
    PaperKind.ID_CARD: "RecognizeIdcard",
    PaperKind.VEHICLE_LICENCE: "RecognizeVehicleLicense",
}

#: Our field → theirs [memory].
NAMES: Mapping[PaperKind, Mapping[str, str]] = {
    PaperKind.ID_CARD: {
        "name": "name",
        "sex": "sex",
        "ethnicity": "ethnicity",
        "birth": "birthDate",
        "address": "address",
        "number": "idNumber",
    },
    PaperKind.VEHICLE_LICENCE: {
        "plate": "licensePlateNumber",
        "type": "vehicleType",
        "owner": "owner",
        "address": "address",
        "use": "useNature",
        "model": "model",
        "vin": "vinCode",
        "engine": "engineNumber",
        "registered": "registrationDate",
        "issued": "issueDate",
    },
}

#: Beginnings of their codes [memory but for the signature's]; the first that fits tells.
FAMILIES: Mapping[str, OcrRule] = {
    "illegalImage": "photo",
    "exceededImageSize": "too_large",
    "imageTimeOut": "no_answer",
    "serviceTimeout": "no_answer",
    "ServiceUnavailable": "no_answer",
    "InternalError": "no_answer",
    "Throttling": "busy",
    "ocrServiceNotOpen": "account",
    "ocrServiceExpired": "quota",
    "ocrResourceNotEnough": "quota",
    "noPermission": "account",
    "Forbidden": "account",
    "NoPermission": "account",
    "InvalidAccessKeyId": "account",
    "SignatureDoesNotMatch": "account",
    "IncompleteSignature": "account",
    "InvalidTimeStamp": "account",
}

#: They found no such paper on the photo [memory].
NO_PAPER = ("unmatchedImageType", "noObjectDetected")


class _Answer(msgspec.Struct, frozen=True, rename="pascal"):
    data: str = ""
    code: str | None = None


class _Inner(msgspec.Struct, frozen=True):
    data: dict[str, Any] = {}


class AliyunRecogniser:
    """Implements `Recogniser`."""

    name = "aliyun"

    def __init__(
        self,
        config: AliyunOcrConfig,
        *,
        clock: Callable[[], datetime],
        draw: Draw,
        http: AsyncHTTPClient,
    ) -> None:
        self._config = config
        self._clock = clock
        self._draw = draw
        self._http = http

    async def read(self, kind: PaperKind, photo: bytes) -> Paper:
        """Read one paper; see `Recogniser`.

        Raises:
            ProviderFailed: by the rules of `OcrRule`; details carry Aliyun's `vendor_code`, if any.
        """
        if len(photo) > MOST_BYTES:
            raise ProviderFailed(rule="too_large")
        url = f"{self._config.url}/"
        try:
            response = await post(self._http, url, self.headers(kind, photo), photo)
        except ProviderFailed as failure:
            raise ProviderFailed(rule="no_answer") from failure
        answer = decoded(response, _Answer)
        code = answer.code
        if code is not None and code.startswith(NO_PAPER):
            return cleaned(kind, {})
        if code not in (None, "", "200") or response.code != 200:
            found = (rule for start, rule in FAMILIES.items() if (code or "").startswith(start))
            raise ProviderFailed(rule=next(found, "refused"), vendor_code=code)
        return cleaned(kind, _fields(kind, answer.data))

    def headers(self, kind: PaperKind, photo: bytes) -> dict[str, str]:
        """Give a request's headers, signed."""
        headers = {
            "host": urlsplit(self._config.url).netloc,
            "content-type": "application/octet-stream",
            "x-acs-action": ACTIONS[kind],
            "x-acs-version": VERSION,
            "x-acs-date": f"{self._clock().astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "x-acs-signature-nonce": self._draw(NONCE_CHARACTERS),
            "x-acs-content-sha256": acs3.digest(photo),
        }
        key_id, key_secret = self._config.key_id, self._config.key_secret
        signed = acs3.authorization(key_id=key_id, key_secret=key_secret, query="", headers=headers)
        return {**headers, "Authorization": signed}


def _fields(kind: PaperKind, data: str) -> dict[str, str]:
    """Take the front's fields; a photo of the back has none."""
    try:
        face = msgspec.json.decode(data, type=_Inner).data.get("face", {})
        told = face.get("data", {})
        given = {ours: told.get(theirs) for ours, theirs in NAMES[kind].items()}
    except (msgspec.MsgspecError, UnicodeDecodeError, AttributeError):
        raise ProviderFailed(rule="bad_answer") from None
    return {name: text for name, text in given.items() if isinstance(text, str)}
