"""What people do at Alipay in a browser: say who they are, and let the platform know it.

GET, POST /alipay/people
    {people}, one person
GET /oauth2/publicAppAuthorize.htm?app_id&scope&redirect_uri&state
    a page to pick a person on; with `user_id` it leads on at once, as Alipay's does within Alipay
"""

from __future__ import annotations

from urllib.parse import urlencode

from server.sandbox.alipay.people import AlipayPeople, people_of
from server.sandbox.bodies import Body, Short
from server.sandbox.errors import Refused
from server.sandbox.people_handlers import PAGES, PeopleHandler

SHOWN = 50


class NewPerson(Body, frozen=True, kw_only=True):
    """POST /alipay/people."""

    nickname: Short = "支付宝用户"
    real_name: Short | None = None
    by_open_id: bool = False


class AlipayPeopleHandler(PeopleHandler):
    """The root."""

    @property
    def people(self) -> AlipayPeople:
        """Give them."""
        return people_of(self.parts)


class PeopleRoute(AlipayPeopleHandler):
    """GET, POST /alipay/people → {people}, one person."""

    def get(self) -> None:
        """List them."""
        self.finish({"people": self.people.all(SHOWN)})

    def post(self) -> None:
        """Make one."""
        body = self.decode(NewPerson)
        made = self.people.add(body.nickname, body.real_name, by_open_id=body.by_open_id)
        self.finish(made)


class AuthorizeRoute(AlipayPeopleHandler):
    """GET /oauth2/publicAppAuthorize.htm."""

    def get(self) -> None:
        """Lead on with a code, or show who there is.

        Raises:
            Refused: 400, as Alipay refuses a wrong app, scope or address.
        """
        asked = {
            name: self.get_query_argument(name, "")
            for name in ("app_id", "scope", "redirect_uri", "state")
        }
        if asked["app_id"] != self.parts.keys.alipay_app_id:
            raise Refused(400, "bad_app_id", "the app id is wrong")
        if asked["scope"] not in ("auth_base", "auth_user"):
            raise Refused(400, "bad_scope", "the scope is wrong")
        self.parts.destinations.check(asked["redirect_uri"].partition("?")[0])
        user_id = self.get_query_argument("user_id", "")
        if not user_id:
            self.set_header("Content-Type", "text/html; charset=utf-8")
            self.finish((PAGES / "alipay.html").read_bytes())
            return
        code = self.people.code(self.people.one(user_id)["user_id"])
        joint = "&" if "?" in asked["redirect_uri"] else "?"
        told = {name: asked[name] for name in ("app_id", "scope", "state")}
        query = urlencode({**told, "source": "alipay_wallet", "auth_code": code})
        self.redirect(f"{asked['redirect_uri']}{joint}{query}")
