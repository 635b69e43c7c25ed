// What the courier has earned and been paid.

import { List, both, button, byId, make, say, when, yuan } from "/static/dom.js";
import { weChatBridge } from "/static/pay-panel.js";
import { inWeChat } from "/static/wechat.js";
import { PAYOUT, WAITS, WALLET, word } from "/static/words.js";

export async function showEarnings(session) {
  const list = new List(byId("payouts"), { zh: "还没有打款记录", en: "no payouts yet" });
  list.loading();
  try {
    const told = await session.ask("GET", "/v1/courier/earnings");
    byId("sums").replaceChildren(
      sum("待结算", "pending", told.pending_fen), sum("可提现", "available", told.available_fen),
      sum("已打款", "paid out", told.paid_fen));
    list.items(told.payouts.map((payout) => payoutItem(session, payout)));
  } catch (error) {
    list.failed(error, () => showEarnings(session));
  }
}

function sum(zh, en, fen) {
  return make("div", { className: "card sum" }, make("strong", { className: "amount" }, yuan(fen)), make("p", {}, ...both(zh, en)));
}

function payoutItem(session, payout) {
  return make("li", { className: "card", data: { payout: payout.payout_id } },
    make("div", { className: "row between" }, make("strong", {}, yuan(payout.amount_fen)),
      make("b", { className: `chip ${payout.state}` }, word(PAYOUT, payout.state))),
    make("p", { className: "soft" }, payout.wallet ? `${word(WALLET, payout.wallet)} · ` : "", payout.order_id ?? "", " ", payout.asked_at ? when(payout.asked_at) : ""),
    payout.waits ? make("p", { className: "soft" }, word(WAITS, payout.waits)) : null,
    payout.state === "awaiting_confirmation" ? confirmation(session, payout) : null);
}

/** WeChat pays only who confirms: here, where this is WeChat, else there. */
function confirmation(session, payout) {
  if (!inWeChat()) {
    return make("p", { className: "next" }, ...both("请在微信里打开本页，确认收款后到账（24 小时内）",
      "Open this page in WeChat and confirm, within 24 hours: then it is paid"));
  }
  return make("p", { className: "row" }, button(both("确认收款", "Confirm"), async () => {
    const told = await session.ask("POST", `/v1/courier/payouts/${payout.payout_id}/confirmation`);
    const bridge = await weChatBridge();
    const answer = await new Promise((resolve) => {
      bridge.invoke("requestMerchantTransfer", told.parameters, (given) => resolve(given?.err_msg ?? ""));
    });
    if (answer.endsWith(":ok")) say("已确认，稍后到账 / confirmed; it will be there soon");
    else if (!answer.endsWith(":cancel")) throw new Error("微信没有打开确认页，请重试 / WeChat did not open it; please try again");
    await showEarnings(session);
  }, "go"));
}
