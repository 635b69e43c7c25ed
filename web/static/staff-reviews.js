// Finished waybills that wait for a reviewer.

import { List, both, button, byId, make, say, when, yuan } from "/static/dom.js";
import { choiceAndNote, reason, sure } from "/static/dialog.js";
import { facts, heading } from "/static/orders.js";
import { showPhoto } from "/static/photos.js";
import { MATCH, SEND_BACK, word } from "/static/words.js";
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
    const waits = order.custody === "in_review";
    const newer = waits && listed && Number(listed.dataset.version) < order.version; // approved by one
    if (this.open && (waits !== Boolean(listed) || newer)) this.load();
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

  item(review) {
    const { order, finished } = review;
    const photo = make("div", { className: "beside" });
    return make("li", { className: "card", data: { order: order.order_id, version: order.version } }, ...heading(order, { money: "payout" }),
      matchLine(finished),
      make("div", { className: "pair" }, facts([
        ["快递公司 carrier", finished.carrier], ["运单号 number", finished.number],
        ["绑定的运单号 bound number", order.carrier_waybill], ["照片条码 on the photo", finished.numbers.join(" ")],
        ["寄件人 sender", finished.sender], ["收件人 recipient", finished.recipient], ["电话 phone", finished.phone],
        ["地址 address", finished.address], ["重量 weight", `${finished.weight_grams} g`],
        ["运费 postage", yuan(finished.postage_fen)], ["日期 date", finished.date],
        ["揽件费 courier's pay", yuan(order.pay_fen ?? 0)],
      ]), photo), twoLine(review),
      make("p", { className: "row" },
        button(both("看照片", "Photo"), () => showPhoto(this.session, finished.photo_id, photo, "review")),
        ...this.verdicts(review)));
  }

  verdicts(review) {
    const { order } = review;
    const approve = review.approved_by_you
      ? button(both("撤回我的通过", "Withdraw my approval"), () => this.send(order, "withdraw", {}, drawKey()))
      : this.approve(review);
    return [approve, this.reject(review)];
  }

  approve({ order, finished, approvals_needed: needed, approved_at: first }) {
    const key = drawKey();
    return button(both("通过", "Approve"), async () => {
      const body = { uploaded_at: finished.uploaded_at };
      if (finished.match === "mismatch") {
        const why = await reason("照片上的条码与绑定的运单号不一致。仍要通过，请写明原因。", "The photo shows another number. Say why you approve all the same.");
        if (why === null) return;
        body.reason = why;
      } else if (!await sure(...(needed > 1 && !first ? ["这一单须两人审核：您通过后，等待另一位审核。", "Two have to approve this one: another person after you."]
        : ["通过后立即结算给揽件员。", "The courier is paid as soon as you approve."]))) return;
      await this.send(order, "approve", body, key);
    }, "go");
  }

  reject({ order, finished }) {
    const key = drawKey();
    return button(both("退回", "Reject"), async () => {
      const why = await choiceAndNote("退回给揽件员，请选择原因。", "Send it back to the courier: say why.", SEND_BACK);
      if (why !== null) await this.send(order, "reject", { ...why, uploaded_at: finished.uploaded_at }, key);
    });
  }

  async send(order, verdict, body, key) {
    const after = await this.session.ask("POST", `/v1/reviews/${order.order_id}/${verdict}`, { key, body });
    say({ approve: after.custody === "done" ? "已通过 / approved" : "已通过，等待第二人审核 / approved; a second person has to",
      withdraw: "已撤回 / withdrawn", reject: "已退回 / sent back" }[verdict]);
    await this.load();
  }
}

/** What the barcode on the photo says. */
function matchLine({ match }) {
  const looks = { match: "match", mismatch: "problem mismatch", unreadable: "unreadable" };
  return match ? make("p", { className: looks[match] ?? "", data: { match } }, make("b", {}, word(MATCH, match))) : null;
}

/** How far the two approvals are. */
function twoLine({ approvals_needed: needed, approved_at: first, approved_by_you: yours }) {
  if (needed < 2) return null;
  if (!first) return make("p", { className: "next" }, ...both("超过限额，须两人审核", "above the limit: two people have to approve"));
  return make("p", { className: "next" }, ...(yours ? both(`您已于 ${when(first)} 通过，等待另一位审核`, "you approved it; another person has to")
    : both(`一审已于 ${when(first)} 通过，由您二审`, "approved once; yours is the second")));
}
