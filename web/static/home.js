// The home page: who is signed in here, and whom to call.

import { both, byId, make } from "/static/dom.js";
import { Session } from "/static/sessions.js";
import { showServiceLine } from "/static/service-line.js";

const session = new Session("customer");

function drawAccount() {
  const known = session.person;
  byId("account").replaceChildren(known
    ? make("a", { href: "/me" }, known.masked_phone, " ", make("small", {}, "个人中心 My centre"))
    : make("a", { className: "button quiet", href: "/login" }, ...both("登录", "Log in")));
}

session.addEventListener("changed", drawAccount);
drawAccount();
showServiceLine();
