// Finished waybills that wait for a reviewer.

import { List, both, button, byId, make, say, yuan } from "/static/dom.js";
import { reason, sure } from "/static/dialog.js";
import { facts, heading } from "/static/orders.js";
import { showPhoto } from "/static/photos.js";
import { drawKey } from "/static/wire.js";

export class Reviews {
  constructor(session) {
    this.session = session;
    this.list = new List(byId("reviews"), { zh: "没有待审核的面单", en: "nothing to review" });
    this.open = false;
  }

  shown(open) {
    this.open = open;
    if (open) this.load();
  }

  /** An order came into review or left it: look again if the list is on the page. */
  changed(order) {
    const listed = byId("reviews").querySelector(`[data-order="${CSS.escape(order.order_id)}"]`);
    if (this.open && ((order.custody === "in_review") !== Boolean(listed))) this.load();
  }

  async load() {
    this.list.loading();
    try {
      const { orders } = await this.session.ask("GET", "/v1/reviews");
      this.list.items(orders.map((each) => this.item(each)));
    } catch (error) {
      this.list.failed(error, () => this.load());
    }
  }

  item({ order, finished }) {
    const photo = make("div");
    return make("li", { className: "card", data: { order: order.order_id } }, ...heading(order, { money: "payout" }),
      facts([
        ["快递公司 carrier", finished.carrier], ["运单号 number", finished.number],
        ["绑定的运单号 bound number", order.carrier_waybill],
        ["寄件人 sender", finished.sender], ["收件人 recipient", finished.recipient], ["电话 phone", finished.phone],
        ["地址 address", finished.address], ["重量 weight", `${finished.weight_grams} g`],
        ["运费 postage", yuan(finished.postage_fen)], ["日期 date", finished.date],
        ["揽件费 courier's pay", yuan(order.pay_fen ?? 0)],
      ]),
      make("p", { className: "row" },
        button(both("看照片", "Photo"), () => showPhoto(this.session, finished.photo_id, photo, "review")),
        this.judge(order, "approve", both("通过", "Approve"), "go"),
        this.judge(order, "reject", both("退回", "Reject"), "")), photo);
  }

  judge(order, verdict, label, className) {
    const key = drawKey();
    return button(label, async () => {
      let body = {};
      if (verdict === "reject") {
        const why = await reason("退回给揽件员，请写明原因。", "Send it back to the courier: say why.");
        if (why === null) return;
        body = { reason: why };
      } else if (!await sure("通过后立即结算给揽件员。", "The courier is paid as soon as you approve.")) return;
      await this.session.ask("POST", `/v1/reviews/${order.order_id}/${verdict}`, { key, body });
      say(verdict === "approve" ? "已通过 / approved" : "已退回 / sent back");
      await this.load();
    }, className);
  }
}
