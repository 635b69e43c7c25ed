// What every page shares: the account at the top, the connection's state, log-in when needed.

import { Realtime } from "/static/realtime.js";
import { keepPages } from "/static/offline.js";
import { Session } from "/static/sessions.js";
import { both, busy, byId, make, say } from "/static/dom.js";
import { showLogIn } from "/static/login.js";
import { ROLE, zh } from "/static/words.js";

const LINK = {
  connecting: ["连接中…", "connecting", "wait"],
  live: ["实时", "live", "up"],
  offline: ["离线，显示的是之前的内容，正在重连", "offline: what you see may be old; reconnecting", "down"],
  refused: ["连接被拒绝，请刷新页面", "refused: please reload the page", "down"],
  signed_out: ["已退出登录", "signed out", "down"],
};

/**
 * Start a page. `signedIn({session, realtime})` builds it for an account and may give a function
 * that takes it down; it is called anew for another account. The page's parts are [data-in];
 * [data-out] is where the log-in goes.
 */
export function start(face, signedIn, { why = null } = {}) {
  const session = new Session(face);
  let realtime = null;
  let takeDown = null;
  let shownFor;

  function turn() {
    if (session.personId === shownFor) return drawAccount();
    shownFor = session.personId;
    takeDown?.();
    takeDown = null;
    realtime?.stop();
    realtime = null;
    document.body.classList.toggle("signed-in", Boolean(session.personId));
    byId("log-in").hidden = Boolean(session.personId);
    for (const part of document.querySelectorAll("[data-in]")) part.hidden = !session.personId;
    drawAccount();
    if (!session.personId) {
      drawLink("none");
      showLogIn(session, byId("log-in"), why);
      return;
    }
    byId("log-in").replaceChildren();
    realtime = new Realtime(session);
    realtime.addEventListener("state", (event) => drawLink(event.detail));
    realtime.addEventListener("problem", (event) => say(event.detail.message, "error"));
    takeDown = signedIn({ session, realtime }) ?? null;
    realtime.start();
  }

  function drawAccount() {
    byId("account").replaceChildren(...(session.person ? accountLine(session) : []));
  }

  session.addEventListener("changed", turn);
  turn();
  keepPages();
  return session;
}

function accountLine(session) {
  const out = make("button", { type: "button", className: "quiet" }, ...both("退出", "Log out"));
  out.onclick = () => busy(out, () => session.logOut());
  const roles = session.person.roles.map((role) => zh(ROLE, role)).join("·");
  return [make("span", {}, session.person.masked_phone, " ", make("small", { className: "roles" }, roles)),
    ...(session.accounts().length > 1 ? [switcher(session)] : []), out];
}

function switcher(session) {
  const select = make("select", { aria: { label: "切换账号 switch account" } },
    session.accounts().map((person) => make("option", {
      value: person.person_id, selected: person.person_id === session.personId,
    }, person.masked_phone)));
  select.onchange = () => session.use(select.value);
  return select;
}

export function drawLink(state) {
  const place = byId("link");
  const [zhText, en, look] = LINK[state] ?? ["", "", ""];
  place.className = `link ${look}`;
  place.replaceChildren(...(zhText ? both(zhText, en) : []));
  document.body.classList.toggle("offline", look === "down");
}

/** Show one of the page's panels, named by the URL's hash; give the hash's rest to `opened`. */
export function panels(names, opened = () => {}) {
  const show = () => {
    const [asked, ...rest] = decodeURIComponent(location.hash.slice(1)).split("/");
    const name = names.includes(asked) ? asked : names[0];
    for (const panel of document.querySelectorAll("[data-panel]")) {
      panel.hidden = panel.dataset.panel !== name;
    }
    for (const link of document.querySelectorAll("nav a[href^='#']")) {
      const here = link.getAttribute("href") === `#${name}`;
      if (here) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    opened(name, rest.join("/"));
  };
  addEventListener("hashchange", show);
  show();
  return () => removeEventListener("hashchange", show);
}
