"""The routes of the recognisers' stand-in.

POST /cv/ocr/idcard, /cv/ocr/driving   WeChat: a form whose field `img` is the picture
POST /aliyun-ocr/                      Aliyun, 2021-07-07: the picture is the body
POST /ocr/papers                       a test says what a picture shows
GET  /ocr/asked, /ocr                  what was asked, for people
"""

from __future__ import annotations

import json
from typing import Annotated, Any

import msgspec

from server.sandbox.base import SandboxHandler
from server.sandbox.bodies import Body
from server.sandbox.errors import Refused
from server.sandbox.ocr.desk import Desk, Kind, Vendor, is_picture
from server.sandbox.parts import Parts
from server.sandbox.people_handlers import PageHandler, PeopleHandler
from server.sandbox.sms.desk import spend_nonce
from server.sandbox.sms.signing import BadRequest, Request, check_acs3
from server.sandbox.wechat.refusals import WeChatRefused, invalid_token

WECHAT_MOST_BYTES = 2 * 1024 * 1024
ALIYUN_MOST_BYTES = 10 * 1024 * 1024
FORM_SLACK_BYTES = 4096

#: WeChat's names of the fields [its documents; gender from memory].
WECHAT_NAMES = {
    "id_card": {
        "name": "name",
        "number": "id",
        "address": "addr",
        "sex": "gender",
        "ethnicity": "nationality",
    },
    "vehicle_licence": {
        "plate": "plate_num",
        "type": "vehicle_type",
        "owner": "owner",
        "address": "addr",
        "use": "use_character",
        "model": "model",
        "vin": "vin",
        "engine": "engine_num",
        "registered": "register_date",
        "issued": "issue_date",
    },
}

#: Aliyun's [memory].
ALIYUN_NAMES = {
    "id_card": {
        "name": "name",
        "sex": "sex",
        "ethnicity": "ethnicity",
        "birth": "birthDate",
        "address": "address",
        "number": "idNumber",
    },
    "vehicle_licence": {
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
ALIYUN_ACTIONS: dict[str, Kind] = {
    "RecognizeIdcard": "id_card",
    "RecognizeVehicleLicense": "vehicle_licence",
}


class TellPaper(Body, frozen=True, kw_only=True):
    """POST /ocr/papers."""

    sha256: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
    kind: Kind
    fields: dict[str, str]


def routes(parts: Parts) -> list[tuple[str, Any, dict[str, Any]]]:
    """Lay them out."""
    given: dict[str, Any] = {"parts": parts}
    return [
        (r"/cv/ocr/idcard", WeChatOcrHandler, {**given, "kind": "id_card"}),
        (r"/cv/ocr/driving", WeChatOcrHandler, {**given, "kind": "vehicle_licence"}),
        (r"/aliyun-ocr/", AliyunOcrHandler, given),
        (r"/ocr/papers", TellHandler, given),
        (r"/ocr/asked", AskedHandler, given),
        (r"/ocr", PageHandler, {**given, "page": "ocr.html"}),
    ]


class VendorHandler(SandboxHandler):
    """What both vendors share: the desk, and faults of subject `ocr`."""

    vendor: Vendor

    def initialize(self, parts: Parts, **given: Any) -> None:
        """Receive the collaborators."""
        super().initialize(parts)
        self.desk = Desk(store=parts.store, clock=parts.clock)

    def may_fail(self) -> None:
        """Fail, if that is armed.

        Raises:
            Refused: 500.
        """
        if self.parts.faults.use("500", "ocr"):
            raise Refused(500, "InternalError", "an armed fault: nothing was read")

    async def answer(self, told: dict[str, Any]) -> None:
        """Answer, or play what is armed."""
        self.parts.pages_bell.ring()
        if self.parts.faults.use("timeout", "ocr"):
            await self.hang()
            return
        raw = json.dumps(told, ensure_ascii=False).encode()
        self.set_header("Content-Type", "application/json; charset=utf-8")
        if self.parts.faults.use("half_answer", "ocr"):
            await self.cut_short(raw)
            return
        self.finish(raw)


class WeChatOcrHandler(VendorHandler):
    """POST /cv/ocr/...: HTTP 200 always, `errcode` for refusals."""

    vendor: Vendor = "wechat"
    most_body_bytes = WECHAT_MOST_BYTES + FORM_SLACK_BYTES

    def initialize(self, parts: Parts, **given: Any) -> None:
        """Receive which paper this route reads."""
        super().initialize(parts)
        self._kind: Kind = given["kind"]

    async def post(self) -> None:
        """Check token and picture, and read it."""
        self.may_fail()
        try:
            told = {"errcode": 0, "errmsg": "ok", **self._read()}
        except WeChatRefused as refused:
            told = {"errcode": refused.errcode, "errmsg": refused.errmsg}
        await self.answer(told)

    def _read(self) -> dict[str, str]:
        self._check_token()
        picture = self._picture()
        if self.parts.faults.use("quota", "ocr"):
            self.desk.note(self.vendor, self._kind, picture, "quota")
            raise WeChatRefused(101003, "not enough market quota")
        if self.parts.faults.use("rate_limited", "ocr"):
            raise WeChatRefused(45011, "api minute-quota reach limit, must slower")
        fields = self.desk.read(self.vendor, self._kind, picture)
        if fields is None:
            raise WeChatRefused(101001, "certificate not found")
        names = WECHAT_NAMES[self._kind]
        told = {theirs: fields.get(ours, "") for ours, theirs in names.items()}
        return {"type": "Front", **told} if self._kind == "id_card" else told

    def _check_token(self) -> None:
        if self.parts.faults.use("bad_token", "wechat"):
            raise invalid_token()
        wechat = self.parts.wechat
        app_id = wechat.tokens.app_of(self.get_query_argument("access_token", ""))
        if app_id not in (wechat.keys.wechat_app_id, wechat.keys.mini_app_id):
            raise WeChatRefused(48001, "api unauthorized")

    def _picture(self) -> bytes:
        files = self.request.files.get("img", [])
        if len(files) != 1 or not files[0].body:
            raise WeChatRefused(41005, "media data missing")
        picture = files[0].body
        if len(picture) >= WECHAT_MOST_BYTES:
            raise WeChatRefused(40009, "invalid image size")
        if not is_picture(picture):
            raise WeChatRefused(40005, "invalid file type")
        return picture


class AliyunOcrHandler(VendorHandler):
    """POST /aliyun-ocr/ → {RequestId, Data}, `Data` being JSON in a text."""

    vendor: Vendor = "aliyun"
    most_body_bytes = ALIYUN_MOST_BYTES + FORM_SLACK_BYTES

    async def post(self) -> None:
        """Check signature and picture, and read it."""
        self.may_fail()
        try:
            told = {"Data": json.dumps(self._read(), ensure_ascii=False)}
        except BadRequest as error:
            self.set_status(error.status)
            told = {"Code": error.code, "Message": error.message}
        await self.answer({**told, "RequestId": self.parts.draw().upper()})

    def _read(self) -> dict[str, Any]:
        kind, picture = self._checked(), self.request.body
        if not is_picture(picture):
            raise BadRequest("illegalImageContent", "the picture cannot be decoded")
        if len(picture) > ALIYUN_MOST_BYTES:
            raise BadRequest("exceededImageSize", "the picture is too large")
        if self.parts.faults.use("quota", "ocr"):
            self.desk.note(self.vendor, kind, picture, "quota")
            raise BadRequest("ocrResourceNotEnough", "the package is used up", 403)
        fields = self.desk.read(self.vendor, kind, picture)
        if fields is None:
            raise BadRequest("unmatchedImageType", "the picture shows no such paper")
        names = ALIYUN_NAMES[kind]
        told = {theirs: fields.get(ours, "") for ours, theirs in names.items()}
        return {"data": {"face": {"data": told}}}

    def _checked(self) -> Kind:
        """Check the signature and what is asked for."""
        headers = {name.lower(): value for name, value in self.request.headers.items()}
        request = Request(query=self.request.query, headers=headers, body=self.request.body)
        keys = self.parts.keys
        nonce = check_acs3(
            request,
            key_id=keys.aliyun_key_id,
            key_secret=keys.aliyun_key_secret,
            now=self.parts.clock(),
        )
        if not spend_nonce(self.parts, nonce):
            raise BadRequest("SignatureNonceUsed", "this nonce was used before")
        if headers["x-acs-version"] != "2021-07-07":
            raise BadRequest("InvalidVersion", "no such version")
        if self.parts.faults.use("rate_limited", "ocr"):
            raise BadRequest("Throttling.User", "too many requests", 429)
        kind = ALIYUN_ACTIONS.get(headers["x-acs-action"])
        if kind is None:
            raise BadRequest("InvalidAction.NotFound", "no such API", 404)
        return kind


class TellHandler(PeopleHandler):
    """POST /ocr/papers."""

    def post(self) -> None:
        """Keep what a picture shows."""
        told = self.decode(TellPaper)
        known = set(ALIYUN_NAMES[told.kind])
        if not told.fields.keys() <= known:
            raise Refused(400, "bad_request", f"fields of {told.kind} are {sorted(known)}")
        desk = Desk(store=self.parts.store, clock=self.parts.clock)
        desk.tell(told.sha256, told.kind, told.fields)
        self.finish({})


class AskedHandler(PeopleHandler):
    """GET /ocr/asked → {asked}, newest first."""

    def get(self) -> None:
        """List them."""
        self.finish({"asked": Desk(store=self.parts.store, clock=self.parts.clock).asked()})
