// The customer's page: a waybill, terminals nearby, own orders live, one order with its history.

import { Account } from "/static/account.js";
import { sure } from "/static/dialog.js";
import { List, both, busy, button, byId, make, say, yuan } from "/static/dom.js";
import { Grants, bareCard, codeSpot, refreshCodes } from "/static/grants.js";
import { start, panels } from "/static/frame.js";
import { invoiceSpot } from "/static/invoice.js";
import { Cards, OrderBook, facts, fullWaybill, heading, timeline } from "/static/orders.js";
import { PayPanel } from "/static/pay-panel.js";
import { showServiceLine } from "/static/service-line.js";
import { TerminalsNearby } from "/static/terminals.js";
import { WaybillForm } from "/static/waybill.js";
import { drawKey } from "/static/wire.js";

const CANCELLABLE = new Set(["placed", "depositing", "deposited", "open"]);
const UNPAID_INSIDE = new Set(["deposited"]);
const PAGE = 20;

function page({ session, realtime }) {
  const book = new OrderBook((order) => order.pay_fen === null); // own ones, not those won as courier
  const cards = new Cards((order) => card(order));
  const grants = new Grants(session);
  const account = new Account(session);
  const paying = new Map(); // panels of orders that are being paid, by the place they stand in
  const list = new List(byId("orders"), { zh: "还没有订单", en: "no orders yet" });
  let detail = null; // the order shown alone, with its timeline
  let older = null; // where the history goes on

  function draw() {
    // Codes of orders that cannot be looked up now: the page was opened without a network.
    const bare = grants.list().filter((grant) => grant.purpose === "deposit" && !book.get(grant.order_id));
    list.items([...bare.map((grant) => bareCard(grants, grant)), ...cards.of(book.list())]);
    byId("more").hidden = older === null;
  }

  function card(order) {
    return make("li", { className: "card" }, ...heading(order), nextStep(order), paySpot(order, "card"), make("p", { className: "row" },
      ...actions(order), make("a", { className: "button", href: `#order/${order.order_id}` }, ...both("详情", "Details"))));
  }

  function actions(order) {
    const all = [];
    if (CANCELLABLE.has(order.custody)) all.push(cancelButton(order));
    if (order.custody === "depositing" && order.placement?.closed) all.push(insideButton(order));
    return [...all, codeSpot(grants, order.order_id)];
  }

  /** Where an order is paid: a button, then a panel that stays while its card is drawn anew. */
  function paySpot(order, place) {
    const key = `${place} ${order.order_id}`;
    const open = paying.get(key);
    if (order.charge !== "unpaid" || !UNPAID_INSIDE.has(order.custody)) {
      open?.stop();
      paying.delete(key);
      return null;
    }
    open?.soon();
    if (open) return open.node;
    const spot = make("p", { className: "row" },
      button([`去支付 ${yuan(order.price_fen)} `, make("small", {}, "Pay")], () => pay(spot), "go"));
    async function pay(place) {
      const link = await session.ask("POST", `/v1/orders/${order.order_id}/pay-link`);
      const panel = new PayPanel(link.code, { renew: () => pay(panel.node) });
      paying.get(key)?.stop();
      paying.set(key, panel);
      place.replaceWith(panel.node);
      await panel.start();
    }
    return spot;
  }

  function cancelButton(order) {
    const key = drawKey();
    return button(both("取消订单", "Cancel"), async () => {
      if (!await sure("确定取消？已存入的件请到终端取回，取出后退款。", "Cancel? A deposited parcel is refunded once you have taken it out.")) return;
      take(await session.ask("POST", `/v1/orders/${order.order_id}/cancel`, { key, body: {} }));
      say("已取消 / cancelled");
    });
  }

  /** The door was opened with an offline code, and the terminal has told of it since. */
  function insideButton(order) {
    return button(both("是，已放入", "Yes, inside"), async () => {
      take(await session.ask("POST", `/v1/orders/${order.order_id}/confirm`, { body: {} }));
    }, "go");
  }

  grants.addEventListener("changed", () => {
    draw();
    refreshCodes(grants, byId("orders"));
  });
  realtime.addEventListener("state", (event) => event.detail === "live" && grants.lookSoon());

  function take(order) {
    if (book.apply(order)) {
      draw();
      grants.lookSoon();
    }
    if (detail?.order_id === order.order_id) showDetail(order.order_id);
  }

  async function load(before) {
    if (!before) list.loading();
    try {
      const { orders, next } = await session.ask("GET", "/v1/orders", { query: { before, limit: PAGE } });
      book.add(orders);
      older = next ?? null;
      draw();
    } catch (error) {
      if (book.list().length) say(error.message, "error");
      else if (error.code === "offline" && grants.list().length) draw();
      else list.failed(error, () => load(before));
    }
  }

  async function showDetail(id) {
    const holder = byId("order");
    if (detail?.order_id !== id) holder.replaceChildren(make("p", { className: "empty" }, "读取中… / loading"));
    try {
      detail = await session.ask("GET", `/v1/orders/${id}`);
      holder.replaceChildren(...detailNodes(detail));
    } catch (error) {
      detail = null;
      holder.replaceChildren(make("p", { className: "problem" }, error.message, " ",
        button(both("重试", "Try again"), () => showDetail(id))));
    }
  }

  function detailNodes(order) {
    const unmasked = make("div");
    return [make("div", { className: "card" }, ...heading(order), nextStep(order), paySpot(order, "detail"),
      make("p", { className: "row" }, ...actions(order), button(both("查看完整面单", "Full waybill"), async () => {
        unmasked.replaceChildren(fullWaybill(await session.ask("GET", `/v1/orders/${order.order_id}/waybill`)));
      })), unmasked, facts([
        ["运单号 carrier waybill", order.carrier_waybill],
        ["验视未通过 refused because", order.refusal],
      ]), make("h3", {}, ...both("经过", "What happened")), timeline(order), invoiceSpot(session, order))];
  }

  const form = new WaybillForm(session, {
    draft: `lanjian.draft.waybill.${session.personId}`,
    placed: (order) => {
      book.apply(order);
      draw();
      say("面单已提交，去终端扫码存件 / placed: now scan a kiosk to deposit it");
      location.hash = "orders";
    },
  });
  byId("waybill").replaceChildren(form.form);
  const nearby = new TerminalsNearby((terminals) => {
    if (terminals[0]) form.suggestOrigin(terminals[0].region);
  });
  byId("more").onclick = () => busy(byId("more"), () => load(older));

  realtime.follow("me", {
    snapshot: (snapshot) => {
      book.add(snapshot.orders ?? []); // the snapshot holds the living ones; the history stays
      draw();
    },
    event: (event) => {
      if (event.type === "order_changed") take(event.order);
      if (event.type === "notice") say(`${event.zh} / ${event.en}`);
    },
  });
  const leave = panels(["orders", "send", "terminals", "order", "account"], (name, rest) => {
    if (name === "account") account.load();
    if (name === "terminals") nearby.look();
    if (name === "order") showDetail(rest);
    else detail = null;
  });
  load();
  if (nearby.place) nearby.look();
  return leave;
}

const NEXT = {
  placed: ["下一步：到终端扫码存件", "Next: scan a kiosk's QR to deposit it"],
  depositing: ["正在终端存件", "being deposited at the kiosk"],
  open: ["等待揽件员接单", "waiting for a courier"],
  claimed: ["揽件员已接单，2 小时内取件", "a courier is on the way, within 2 hours"],
  returning: ["请到终端扫码取回，取出后退款", "please scan the kiosk and take it back; the refund follows"],
};

function nextStep(order) {
  const text = order.custody === "deposited" && order.charge === "unpaid"
    ? ["下一步：支付后开始派单", "Next: pay, then couriers see it"] : NEXT[order.custody];
  return text ? make("p", { className: "next" }, ...both(...text)) : null;
}

showServiceLine();
start("customer", page);
