// Orders as lists show them: the newest version of each wins, whatever order they arrive in.

import { make, span, when, yuan } from "/static/dom.js";
import { secondsUntil } from "/static/clock.js";
import { nameInto } from "/static/regions.js";
import { CHARGE, CUSTODY, PAYOUT, SIZE, STEP, ZONE, word, zh } from "/static/words.js";

/** The orders of one list, kept by id and version. */
export class OrderBook {
  constructor(wanted = () => true) {
    this.wanted = wanted;
    this.orders = new Map();
  }

  replace(orders) {
    const older = this.orders;
    this.orders = new Map();
    for (const order of orders) {
      const known = older.get(order.order_id);
      // A snapshot may have been made just before a change that we already know.
      this.keep(known && known.version > order.version ? known : order);
    }
  }

  /** Add more to what is held (an older page of a history). */
  add(orders) {
    for (const order of orders) this.apply(order);
  }

  /** Take a change; false if it was known or older. */
  apply(order) {
    const known = this.orders.get(order.order_id);
    if (known && known.version > order.version) return false;
    if (known?.version === order.version && (known.recipient_masked || !order.recipient_masked)) return false;
    this.keep(withRecipient(order, known));
    return true;
  }

  keep(order) {
    if (this.wanted(order)) this.orders.set(order.order_id, order);
    else this.orders.delete(order.order_id);
  }

  get(id) {
    return this.orders.get(id) ?? null;
  }

  /** Newest first. */
  list() {
    return [...this.orders.values()].sort((one, other) =>
      other.created_at.localeCompare(one.created_at));
  }
}

/** Pushes carry nothing personal: a living order keeps the masked recipient that it came with. */
export function withRecipient(order, known) {
  if (order.recipient_masked || !known || order.custody === "done") return order;
  return { ...order, recipient_masked: known.recipient_masked };
}

/** Draws each order once a version, so that a card in use is not swapped under a finger. */
export class Cards {
  constructor(draw) {
    this.draw = draw;
    this.drawn = new Map();
  }

  of(orders) {
    const nodes = orders.map((order) => {
      const known = this.drawn.get(order.order_id);
      const { version, recipient_masked } = order;
      if (known?.version === version && known.recipient_masked === recipient_masked) return known;
      const fresh = { version, recipient_masked, node: this.draw(order, known?.node) };
      this.drawn.set(order.order_id, fresh);
      return fresh;
    });
    return nodes.map(({ node }) => node);
  }
}

/** The state as a chip, with what the money does. */
export function chips(order, { money = "charge" } = {}) {
  // Nobody owes anything before the deposit.
  const owed = !["placed", "depositing", "cancelled"].includes(order.custody) || order.charge !== "unpaid";
  const paid = money === "payout" ? word(PAYOUT, order.payout) : owed ? word(CHARGE, order.charge) : "";
  return make("span", { className: "chips" },
    make("b", { className: `chip ${order.custody}` }, word(CUSTODY, order.custody)),
    paid ? make("span", { className: `chip ${money === "payout" ? order.payout : order.charge}` }, paid) : null);
}

/** The first lines of a card: number, state, where to, size and price. */
export function heading(order, { money = "charge" } = {}) {
  const to = nameInto(make("span"), order.destination_region);
  return [
    make("div", { className: "row between" },
      make("code", {}, order.order_id), chips(order, { money })),
    make("p", {}, "寄往 ", make("small", {}, "to"), " ", to,
      order.recipient_masked ? ` · ${order.recipient_masked}` : ""),
    make("p", { className: "soft" },
      `${zh(SIZE, order.size)} ${order.size} · ${word(ZONE, order.zone)} · ${yuan(order.price_fen)}`,
      order.refunded_fen ? ` · 已退 ${yuan(order.refunded_fen)}` : "", order.refunded_fen ? make("small", {}, " given back") : null),
    placement(order),
  ];
}

function placement(order) {
  const at = order.placement;
  if (!at) return null;
  return make("p", {}, `${at.terminal_name} · ${at.cell} 号格口 `, make("small", {}, `cell ${at.cell}`));
}

/** What happened so far, oldest first. */
export function timeline(order) {
  return make("ol", { className: "timeline" }, order.timeline.map((event) =>
    make("li", {}, make("time", { dateTime: event.at }, when(event.at)), " ", word(STEP, event.step))));
}

/** A name and value list. */
export function facts(rows) {
  return make("dl", {}, rows.filter(([, value]) => value).flatMap(([name, value]) =>
    [make("dt", {}, name), make("dd", {}, value)]));
}

/** The unmasked waybill; asking for it is recorded at the server. */
export function fullWaybill(waybill) {
  return facts([
    ["寄件人 sender", waybill.sender_name],
    ["收件人 recipient", waybill.recipient_name],
    ["电话 phone", make("a", { href: `tel:${waybill.recipient_phone}` }, waybill.recipient_phone)],
    ["地区 region", nameInto(make("span"), waybill.region)],
    ["地址 address", waybill.address],
    ["物品 contents", waybill.description],
  ]);
}

/** A deadline that counts down by the server's clock for as long as it is on the page. */
export function deadline(instant, [zhText, en]) {
  const left = make("b");
  const line = make("p", { className: "deadline" }, `${zhText} `, make("small", {}, en), " ", left);
  const tick = () => {
    const seconds = secondsUntil(instant);
    left.textContent = seconds > 0 ? span(seconds) : "已到 / over";
    line.classList.toggle("late", seconds < 300);
    return seconds > 0;
  };
  if (tick()) {
    let shown = false;
    const timer = setInterval(() => {
      shown ||= line.isConnected;
      if ((shown && !line.isConnected) || !tick()) clearInterval(timer);
    }, 1000);
  }
  return line;
}

