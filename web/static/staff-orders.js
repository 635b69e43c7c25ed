// All orders, live, with a search; one order's history and what staff may do with it.

import { List, both, busy, button, byId, make, say } from "/static/dom.js";
import { reason } from "/static/dialog.js";
import { Cards, OrderBook, fullWaybill, heading, timeline } from "/static/orders.js";
import { noticesButton } from "/static/staff-notices.js";
import { isFinance, refundOrder } from "/static/staff-money.js";
import { CUSTODY, word } from "/static/words.js";
import { drawKey } from "/static/wire.js";

const CANCELLABLE = new Set(["placed", "depositing", "deposited", "open", "claimed"]);
const SHOWN = 100; // cards on the page; the search finds the others

export class StaffOrders {
  constructor(session) {
    this.session = session;
    this.book = new OrderBook((order) => this.wanted(order));
    this.cards = new Cards((order) => this.card(order));
    this.list = new List(byId("orders"), { zh: "没有这样的订单", en: "no such orders" });
    this.form = byId("order-search");
    this.custody = this.form.elements.custody;
    this.custody.replaceChildren(make("option", { value: "" }, "全部状态 / all"),
      ...Object.keys(CUSTODY).map((value) => make("option", { value }, word(CUSTODY, value))));
    this.older = null;
    this.form.onsubmit = (event) => {
      event.preventDefault();
      this.load();
    };
    this.custody.onchange = () => this.load();
    byId("more-orders").onclick = () => busy(byId("more-orders"), () => this.load(this.older));
    this.list.loading();
    this.load();
  }

  get searching() {
    return this.form.elements.q.value.trim();
  }

  wanted(order) {
    return !this.custody?.value || order.custody === this.custody.value;
  }

  /** A fresh start of the live channel; a search that is shown stays as it is. */
  snapshot(orders) {
    if (!this.searching) this.book.add(orders);
    this.draw();
  }

  take(order) {
    if (this.searching && !this.book.get(order.order_id)) return;
    if (this.book.apply(order)) this.draw();
  }

  draw() {
    this.list.items(this.cards.of(this.book.list().slice(0, SHOWN)));
    byId("more-orders").hidden = this.older === null;
  }

  async load(before) {
    try {
      const query = { custody: this.custody.value, q: this.searching, before };
      const { orders, next } = await this.session.ask("GET", "/v1/staff/orders", { query });
      if (before) this.book.add(orders);
      else this.book.replace(orders);
      this.older = next ?? null;
      this.draw();
    } catch (error) {
      this.list.failed(error, () => this.load(before));
    }
  }

  card(order) {
    const more = make("div");
    return make("li", { className: "card", data: { order: order.order_id } }, ...heading(order),
      make("p", { className: "row" },
        button(both("经过", "History"), async () => {
          const whole = await this.session.ask("GET", `/v1/orders/${order.order_id}`);
          more.replaceChildren(timeline(whole));
        }, "quiet"),
        button(both("完整面单", "Full waybill"), async () => {
          more.replaceChildren(fullWaybill(await this.session.ask("GET", `/v1/orders/${order.order_id}/waybill`)));
        }, "quiet"),
        noticesButton(this.session, `/v1/staff/orders/${order.order_id}/notices`, more),
        CANCELLABLE.has(order.custody) ? this.cancel(order) : null,
        order.charge === "paid" && isFinance(this.session)
          ? button(both("退款", "Refund"), () => refundOrder(this.session, order), "quiet") : null,
        order.waits_for_terminal ? this.release(order) : null), more);
  }

  /** An offline code whose terminal stays away: staff take it on themselves that it is over. */
  release(order) {
    return button(both("解除离线码", "Release the offline code"), async () => {
      const why = await reason("柜机一直离线？解除后订单继续，但门仍可能被该码打开。",
        "Does the terminal stay away? The order goes on, yet that code may still open the door.");
      if (why === null) return;
      this.take(await this.session.ask("POST", `/v1/orders/${order.order_id}/grant/release`,
        { body: { grant_id: order.grant_id, reason: why } }));
    }, "quiet");
  }

  cancel(order) {
    const key = drawKey();
    return button(both("取消", "Cancel"), async () => {
      const why = await reason("取消这个订单？", "Cancel this order?");
      if (why === null) return;
      this.take(await this.session.ask("POST", `/v1/orders/${order.order_id}/cancel`, { key, body: { reason: why } }));
      say("已取消 / cancelled");
    }, "quiet");
  }
}
