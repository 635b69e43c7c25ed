"""People with an Alipay account, and their log-in: codes that tell the platform who they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from server.sandbox.alipay.requests import GatewayError, GatewayRequest, refused
from server.sandbox.clock import Clock
from server.sandbox.errors import Refused
from server.sandbox.parts import Parts
from server.sandbox.store import SandboxStore

Row = dict[str, Any]

#: [MEM] How long a code of the log-in works.
CODE_SECONDS = 24 * 3600.0


class AlipayPeople:
    """Each has a `user_id` for all apps and an `open_id` for this one."""

    def __init__(self, *, store: SandboxStore, clock: Clock, draw: Callable[[], str]) -> None:
        self._store = store
        self._clock = clock
        self._draw = draw

    def add(self, nickname: str, real_name: str | None, *, by_open_id: bool) -> Row:
        """Make someone; `by_open_id` as Alipay tells newer apps who they are."""
        with self._store.transaction():
            row = self._store.one("SELECT count(*) AS count FROM alipay_people")
            user_id = f"20889{(row['count'] if row else 0) + 1:011d}"
            self._store.change(
                "INSERT INTO alipay_people VALUES (?, ?, ?, ?, ?, ?)",
                *(user_id, f"sandbox{self._draw()}", nickname, real_name),
                *(int(by_open_id), self._clock()),
            )
        return self.one(user_id)

    def one(self, user_id: str) -> Row:
        """Give someone as their page shows them.

        Raises:
            Refused: 404 `no_such_person`.
        """
        row = self._store.one("SELECT * FROM alipay_people WHERE user_id = ?", user_id)
        if row is None:
            raise Refused(404, "no_such_person", "nobody has this user_id")
        return {name: row[name] for name in ("user_id", "open_id", "nickname", "real_name")}

    def all(self, limit: int) -> list[Row]:
        """List people, latest first."""
        rows = self._store.all(
            "SELECT user_id FROM alipay_people ORDER BY made_at DESC, rowid DESC LIMIT ?", limit
        )
        return [self.one(row["user_id"]) for row in rows]

    def code(self, user_id: str) -> str:
        """Make a code for someone who let the app know them."""
        code = f"auth{self._draw()}"
        self._store.change(
            "INSERT INTO alipay_codes (code, user_id, made_at) VALUES (?, ?, ?)",
            *(code, user_id, self._clock()),
        )
        return code

    def token(self, request: GatewayRequest) -> Row:
        """alipay.system.oauth.token, by `grant_type` authorization_code: a code works once."""
        if request.parameters.get("grant_type") != "authorization_code":
            raise GatewayError("40002", "isv.grant-type-invalid")
        code, now = request.parameters.get("code", ""), self._clock()
        if not self._store.change(
            "UPDATE alipay_codes SET used = 1 WHERE code = ? AND NOT used AND made_at > ?",
            *(code, now - CODE_SECONDS),
        ):
            raise GatewayError("40002", "isv.code-invalid")
        row = self._store.one(
            "SELECT * FROM alipay_people JOIN alipay_codes USING (user_id) WHERE code = ?", code
        )
        assert row is not None  # codes are made for people that there are
        name = "open_id" if row["by_open_id"] else "user_id"
        return {
            name: row[name],
            "access_token": f"authusrB{self._draw()}",
            "expires_in": 1296000,
            "refresh_token": f"authusrB{self._draw()}",
            "re_expires_in": 2592000,
        }

    def check_payee(self, kind: str, identity: str, name: object) -> None:
        """Refuse an open id of nobody's, and a name that is not its person's.

        Ids that nobody was made with are taken as somebody's whose name is not known.
        """
        column = "open_id" if kind == "ALIPAY_OPEN_ID" else "user_id"
        row = self._store.one(f"SELECT * FROM alipay_people WHERE {column} = ?", identity)
        if row is None and column == "open_id":
            raise refused("PAYEE_NOT_EXIST")
        if row is not None and name and row["real_name"] not in (None, name):
            raise refused("PAYEE_USER_INFO_ERROR")


def people_of(parts: Parts) -> AlipayPeople:
    """Give the people of a sandbox."""
    return AlipayPeople(store=parts.store, clock=parts.clock, draw=parts.draw)
