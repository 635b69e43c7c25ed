// Giving an order's money back, from the orders' panel; the rest of money is on the desk.

import { say, yuan } from "/static/dom.js";
import { amountAndReason } from "/static/dialog.js";
import { REFUND, REFUND_REASON, word } from "/static/words.js";
import { drawKey } from "/static/wire.js";

const FINANCE = new Set(["finance", "admin"]);
const GIVEN = ["damaged", "lost", "late", "overcharged", "goodwill", "other"];

export const isFinance = (session) => session.person.roles.some((role) => FINANCE.has(role));

/** Ask how much of an order's money goes back and why, and have it given back. */
export async function refundOrder(session, order) {
  const left = order.price_fen - (order.refunded_fen ?? 0);
  const key = drawKey();
  const asked = await amountAndReason(`退款（最多 ${yuan(left)}，留空为全部）`, `Refund: at most ${yuan(left)}, all of it if left empty`,
    GIVEN.map((each) => [each, word(REFUND_REASON, each)]));
  if (asked === null) return;
  const refund = await session.ask("POST", `/v1/staff/orders/${order.order_id}/refunds`, { key, body: asked });
  say(`${word(REFUND, refund.state)} ${yuan(refund.amount_fen)}`);
}
