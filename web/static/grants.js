// Offline codes: the right to open one door once while its terminal has no network. They are
// fetched when an order is won or a cell is held, and kept here, since a basement has none either.

import { both, button, make } from "/static/dom.js";
import { serverNow } from "/static/clock.js";
import { deadline } from "/static/orders.js";

const SOON_MS = 300; // several changes of orders are one look

// The same in sessions.js, which drops them when the person logs out.
const grantsKey = (personId) => `lanjian.grants.${personId}`;

/** This person's codes on this device; fires "changed". */
export class Grants extends EventTarget {
  constructor(session) {
    super();
    this.session = session;
    this.timer = null;
    this.looks = 0; // an older look that ends late must not undo a newer one
  }

  /** Those that may still be used. */
  list() {
    let kept = [];
    try {
      kept = JSON.parse(localStorage.getItem(grantsKey(this.session.personId))) ?? [];
    } catch { /* another version's, or damaged: fetched anew */ }
    return kept.filter((grant) => Date.parse(grant.deadline) > serverNow());
  }

  of(orderId) {
    return this.list().find((grant) => grant.order_id === orderId) ?? null;
  }

  /** Take what the server lists in place of what is here; without a network all stays. */
  async look() {
    const person = this.session.personId;
    if (!person) return;
    const look = ++this.looks;
    const before = JSON.stringify(this.list());
    let grants;
    try {
      ({ grants } = await this.session.ask("GET", "/v1/grants"));
    } catch {
      return; // looked for again with the next change, and when the connection is back
    }
    if (look !== this.looks || person !== this.session.personId) return;
    localStorage.setItem(grantsKey(person), JSON.stringify(grants));
    if (before !== JSON.stringify(this.list())) this.dispatchEvent(new Event("changed"));
  }

  /** Look soon: an order has changed. */
  lookSoon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.look(), SOON_MS);
  }
}

/** Where a card shows the button of its order's code; empty while there is none. */
export function codeSpot(grants, orderId, className = "") {
  const spot = make("span", { data: { code: orderId, look: className } });
  fillSpot(grants, spot);
  return spot;
}

/** Fill the cards' spots anew: what else a card shows, or a finger is on, stays as it is. */
export function refreshCodes(grants, root) {
  for (const spot of root.querySelectorAll("[data-code]")) fillSpot(grants, spot);
}

function fillSpot(grants, spot) {
  const { code, look } = spot.dataset;
  const has = Boolean(grants.of(code));
  if (has === spot.hasChildNodes()) return;
  if (!has) spot.replaceChildren();
  else spot.replaceChildren(button(both("柜机离线？出示离线码", "Terminal offline? Show the code"), () => showCode(grants, code), look));
}

function showCode(grants, orderId) {
  const grant = grants.of(orderId);
  if (!grant) throw new Error("离线码已失效 / the offline code is over");
  const close = make("button", { type: "button" }, ...both("关闭", "Close"));
  const dialog = make("dialog", { className: "offline-code" },
    make("p", {}, ...both("将屏幕调亮，对准柜机的扫码口", "Make the screen bright and hold it to the terminal's scanner")),
    make("img", { src: grant.qr, alt: "离线码 offline code" }),
    make("p", { className: "cell" }, String(grant.cell), make("small", {}, " 号格口 cell")),
    make("p", {}, `${grant.terminal_name} · `, make("code", {}, grant.order_id)),
    deadline(grant.deadline, ["有效时间", "good for"]),
    make("p", { className: "hint" }, ...both("只能开一次门，且仅在柜机断网时有效；柜机联网后会自动登记。",
      "It opens once, and only while the terminal is offline; the terminal tells us when it is back.")),
    make("p", { className: "row" }, close));
  close.onclick = () => dialog.close();
  dialog.onclose = () => dialog.remove();
  document.body.append(dialog);
  dialog.showModal();
}

/** A card of a code whose order cannot be looked up now. */
export function bareCard(grants, grant) {
  return make("li", { className: "card bare", data: { order: grant.order_id } },
    make("code", {}, grant.order_id),
    make("p", {}, `${grant.terminal_name} · ${grant.cell} 号格口 `, make("small", {}, `cell ${grant.cell}`)),
    deadline(grant.deadline, ["离线码有效时间", "the code is good for"]),
    make("p", { className: "hint" }, ...both("手机和柜机都没有网络时，也可以用离线码开门。",
      "It opens the door where neither the phone nor the terminal has a network.")),
    make("p", { className: "row" }, codeSpot(grants, grant.order_id, "go")));
}
