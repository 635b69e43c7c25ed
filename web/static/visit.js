// The page behind a kiosk's QR (/v/{code}): starts the visit and leads through it.
//
// The code is worth one visit per account, so the visit's id is kept for this tab. The server's
// `next` says what is missing; doors are followed live by the `me` channel.

import { Session } from "/static/sessions.js";
import { send } from "/static/wire.js";
import { Realtime } from "/static/realtime.js";
import { both, button, byId, make, say, span } from "/static/dom.js";
import { Grants, bareCard } from "/static/grants.js";
import { keepPages } from "/static/offline.js";
import { secondsUntil } from "/static/clock.js";
import { drawLink } from "/static/frame.js";
import { showLogIn } from "/static/login.js";
import { inWeChat, weChatInfo } from "/static/wechat.js";
import { withRecipient } from "/static/orders.js";
import { draw, undraw } from "/static/visit-steps.js";

// /v/{code} is what a kiosk's QR says; /visit/{id} is what WeChat's log-in and chat lead back to.
const last = decodeURIComponent(location.pathname.split("/").pop());
const givenVisit = location.pathname.startsWith("/visit/") ? last : null;
const code = givenVisit ? null : last;
const KEPT = `lanjian.visit.${last}`;
const LOOK_EVERY_MS = 4000; // while the socket is down; live otherwise

const session = new Session("visit");
let realtime = null;
let visit = null;
let joinedAs = null;

const grants = new Grants(session);
let wantedFor = null; // the cell whose offline code was looked for

const ctx = {
  session,
  grants,
  get visit() { return visit; },
  /** Do one step of the visit at the server and show what it answers. */
  async act(step, body) {
    show(await session.ask("POST", `/v1/visits/${visit.visit_id}/${step}`, { body }));
  },
  show,
  look,
};

function show(next) {
  const older = visit?.visit_id === next.visit_id && visit.current && next.current
    && visit.current.order_id === next.current.order_id && visit.current.version > next.current.version;
  if (older) return; // a late answer: the socket was quicker
  visit = next;
  sessionStorage.setItem(KEPT, visit.visit_id);
  // In WeChat this page is left for the log-in, and its tab may not be the one that comes back.
  if (code && inWeChat()) history.replaceState(null, "", `/visit/${visit.visit_id}`);
  byId("terminal").textContent = visit.terminal_name;
  draw(ctx, byId("step"));
  wantCode(visit.current);
}

/** Have the offline code here before the terminal loses its link: at the win, and at a held cell. */
function wantCode(order) {
  const at = order?.placement && ["claimed", "depositing"].includes(order.custody)
    ? `${order.order_id} ${order.placement.cell}` : null;
  if (at === wantedFor) return;
  wantedFor = at;
  grants.look();
}

grants.addEventListener("changed", () => visit && draw(ctx, byId("step")));

/** Ask who is here: nobody is signed in, or several are on this device. */
function askWho() {
  undraw();
  const why = "登录后继续存件或揽件 / log in to go on with your parcel";
  showLogIn(session, byId("step"), why, { silently: true });
}

/** Start over as somebody else; the same code is good once for each account. */
function switchAccount() {
  sessionStorage.removeItem(KEPT);
  realtime?.stop();
  visit = null;
  joinedAs = null;
  askWho();
}

let beginnings = 0; // a newer beginning makes an older one's failure stale

async function begin() {
  const mine = (beginnings += 1);
  byId("step").replaceChildren(make("p", { className: "empty" }, "读取中… / loading"));
  try {
    const known = givenVisit ?? sessionStorage.getItem(KEPT);
    show(known ? await lookAt(known) : await ask("POST", "/v1/visits", { code }));
    await settle();
  } catch (error) {
    if (mine === beginnings) failed(error);
  }
}

/** As the signed-in person if there is one, else as whoever holds the visit. */
function ask(method, path, body) {
  return session.personId ? session.ask(method, path, { body }) : send(method, path, { body });
}

async function lookAt(id) {
  try {
    return await ask("GET", `/v1/visits/${id}`);
  } catch (error) {
    if (error.status !== 404 && error.status !== 403) throw error;
    return send("GET", `/v1/visits/${id}`); // not joined yet: it belongs to its holder
  }
}

async function look() {
  if (visit) show(await lookAt(visit.visit_id));
}

/** Join the account to the visit, follow it live; or ask to log in first. */
async function settle() {
  if (!session.personId) {
    askWho();
    return;
  }
  if (visit.next === "log_in") {
    show(await session.ask("POST", `/v1/visits/${visit.visit_id}/join`, { body: {} }));
  } else {
    draw(ctx, byId("step")); // in place of a log-in that stood there
  }
  follow();
  offerFollowing();
}

let offeredTo = null; // whom the account's QR was shown for

/** Show the QR that follows the service account and leads back to this visit; none is no harm. */
async function offerFollowing() {
  if (offeredTo === session.personId || !(await weChatInfo()).service) return;
  offeredTo = session.personId;
  const body = { visit_id: visit.visit_id };
  const scene = await session.ask("POST", "/v1/wechat/scene", { body }).catch(() => ({}));
  byId("follow").replaceChildren(...(scene.qr ? [make("details", { open: inWeChat() },
    make("summary", {}, ...both("关注服务号，接收取件和退款通知", "Follow us in WeChat to hear of your parcel")),
    make("img", { src: scene.qr, alt: "服务号二维码 service account QR", className: "qr" }),
    make("p", { className: "hint" }, ...both(
      inWeChat() ? "长按识别二维码关注；之后点消息里的链接回到这里。" : "用微信扫一扫关注；之后点消息里的链接回到这里。",
      "Then the link in the chat leads back to this very visit.")))] : []));
}

function follow() {
  if (joinedAs === session.personId) return;
  joinedAs = session.personId;
  realtime?.stop();
  realtime = new Realtime(session);
  realtime.addEventListener("state", (event) => {
    drawLink(event.detail);
    if (event.detail === "live") grants.look();
  });
  realtime.follow("me", {
    snapshot: (snapshot) => (isOurs(snapshot.visit) ? show(snapshot.visit) : quietly(look)),
    event: (event) => heard(event),
  });
  realtime.start();
}

const isOurs = (other) => other && other.visit_id === visit?.visit_id;

function heard(event) {
  if (event.type === "visit_changed" && isOurs(event.visit)) show(withRecipients(event.visit));
  if (event.type === "order_changed" && involves(event.order)) quietly(look);
  if (event.type === "notice") say(`${event.zh} / ${event.en}`);
}

function withRecipients(pushed) {
  const known = (order) => [visit.current, ...visit.orders].find((each) => each?.order_id === order.order_id);
  const current = pushed.current && withRecipient(pushed.current, known(pushed.current));
  return { ...pushed, current, orders: pushed.orders.map((order) => withRecipient(order, known(order))) };
}

function involves(order) {
  const known = visit?.current?.order_id === order.order_id ? visit.current
    : visit?.orders.find((each) => each.order_id === order.order_id);
  return Boolean(known) && known.version < order.version;
}

function quietly(act) {
  act().catch(() => {}); // the page still shows the last state, and looks again
}

function failed(error) {
  undraw();
  const over = error.code === "visit_over";
  if (over) sessionStorage.removeItem(KEPT);
  byId("step").replaceChildren(make("div", { className: "card" },
    make("p", { className: "problem" }, error.message),
    over ? make("p", {}, ...both("请重新扫描终端上的二维码。", "Please scan the kiosk's QR again."))
      : button(both("重试", "Try again"), begin)),
  ...grants.list().map((grant) => make("ul", { className: "list" }, bareCard(grants, grant))));
}

session.addEventListener("changed", () => {
  drawAccount();
  if (visit) settle().catch(failed);
  else begin();
});

function drawAccount() {
  const other = make("button", { type: "button", className: "quiet", onclick: switchAccount }, ...both("换账号", "Switch"));
  byId("account").replaceChildren(...(session.person ? [session.person.masked_phone, other] : []));
}

setInterval(() => {
  if (!visit) return;
  const left = secondsUntil(visit.expires_at);
  byId("left").textContent = left > 0 ? `剩余 time left ${span(left)}` : "";
  byId("expired").hidden = left > 0 || visit.next === "done";
}, 1000);
setInterval(() => {
  if (visit && session.personId && realtime?.state !== "live" && !document.hidden) quietly(look);
}, LOOK_EVERY_MS);

keepPages();
const here = session.accounts();
drawAccount();
if (here.length > 1 && !givenVisit && !sessionStorage.getItem(KEPT)) askWho();
else if (here.length === 1 && !session.personId) session.use(here[0].person_id); // which begins
else begin();
