// What the courier has earned and been paid.

import { List, both, byId, make, when, yuan } from "/static/dom.js";
import { PAYOUT, WAITS, word } from "/static/words.js";

export async function showEarnings(session) {
  const list = new List(byId("payouts"), { zh: "还没有打款记录", en: "no payouts yet" });
  list.loading();
  try {
    const told = await session.ask("GET", "/v1/courier/earnings");
    byId("sums").replaceChildren(
      sum("待结算", "pending", told.pending_fen), sum("可提现", "available", told.available_fen),
      sum("已打款", "paid out", told.paid_fen));
    list.items(told.payouts.map(payoutItem));
  } catch (error) {
    list.failed(error, () => showEarnings(session));
  }
}

function sum(zh, en, fen) {
  return make("div", { className: "card sum" }, make("strong", { className: "amount" }, yuan(fen)), make("p", {}, ...both(zh, en)));
}

function payoutItem(payout) {
  const link = payout.confirm_url && payout.state === "awaiting_confirmation"
    ? make("a", { className: "button go", href: payout.confirm_url, target: "_blank", rel: "noopener" }, ...both("确认收款", "Confirm")) : null;
  return make("li", { className: "card" },
    make("div", { className: "row between" }, make("strong", {}, yuan(payout.amount_fen)),
      make("b", { className: `chip ${payout.state}` }, word(PAYOUT, payout.state))),
    make("p", { className: "soft" }, payout.order_id ?? "", " ", payout.asked_at ? when(payout.asked_at) : ""),
    payout.waits ? make("p", { className: "soft" }, word(WAITS, payout.waits)) : null, link);
}
