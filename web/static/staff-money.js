// Finance's panel: refunds and payouts by state, and what may be done with each.

import { List, both, button, busy, byId, make, say, when, yuan } from "/static/dom.js";
import { amountAndReason, reason } from "/static/dialog.js";
import { AFTERWARDS, REFUND, REFUND_REASON, STAFF_PAYOUT, TROUBLE, WAITS, WALLET, word } from "/static/words.js";
import { drawKey } from "/static/wire.js";

const FINANCE = new Set(["finance", "admin"]);
const UNDER_WAY = new Set(["asked", "awaiting_confirmation", "sending", "canceling"]);
const IN_VAIN = new Set(["failed", "cancelled"]);
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

export class Money {
  constructor(session) {
    this.session = session;
    this.finance = isFinance(session);
    byId("money-tab").hidden = !this.finance;
    this.refunds = new List(byId("refunds"), { zh: "没有这样的退款", en: "no such refunds" });
    this.payouts = new List(byId("staff-payouts"), { zh: "没有这样的打款", en: "no such payouts" });
    this.shownRefunds = [];
    this.shownPayouts = [];
    this.nextOf = { refunds: null, payouts: null };
    this.refundState = this.states("refund-state", REFUND, "stuck", () => this.loadRefunds());
    this.payoutState = this.states("payout-state", STAFF_PAYOUT, "", () => this.loadPayouts());
    byId("reload-money").onclick = () => this.load();
    byId("more-refunds").onclick = () => busy(byId("more-refunds"), () => this.loadRefunds(this.nextOf.refunds));
    byId("more-payouts").onclick = () => busy(byId("more-payouts"), () => this.loadPayouts(this.nextOf.payouts));
    this.payAll = byId("pay-all");
    this.payAll.onclick = () => this.payShown();
    this.payable = [];
  }

  states(id, words, first, load) {
    const select = byId(id);
    select.replaceChildren(make("option", { value: "" }, "全部 / all"),
      ...Object.keys(words).map((value) => make("option", { value }, word(words, value))));
    select.value = first;
    select.onchange = load;
    return select;
  }

  shown(open) {
    if (open && this.finance) this.load();
  }

  load() {
    return Promise.all([this.loadRefunds(), this.loadPayouts()]);
  }

  async loadRefunds(before = null) {
    if (before === null) this.refunds.loading();
    try {
      this.shownRefunds = await this.page("refunds", this.refundState.value, before, this.shownRefunds);
      this.refunds.items(this.shownRefunds.map((refund) => this.refund(refund)));
    } catch (error) {
      this.refunds.failed(error, () => this.loadRefunds());
    }
  }

  async loadPayouts(before = null) {
    if (before === null) this.payouts.loading();
    try {
      this.shownPayouts = await this.page("payouts", this.payoutState.value, before, this.shownPayouts);
      this.payable = this.shownPayouts.filter((payout) => payout.state === "payable").slice(0, 50);
      this.payAll.hidden = this.payable.length === 0;
      this.payouts.items(this.shownPayouts.map((payout) => this.payout(payout)));
    } catch (error) {
      this.payouts.failed(error, () => this.loadPayouts());
    }
  }

  /** Read the newest, or what is behind those shown. */
  async page(what, state, before, shown) {
    const query = { state, ...(before === null ? {} : { before }) };
    const page = await this.session.ask("GET", `/v1/staff/${what}`, { query });
    this.nextOf[what] = page.next;
    byId(`more-${what}`).hidden = page.next === null;
    return [...(before === null ? [] : shown), ...page[what]];
  }

  refund(refund) {
    const path = `/v1/staff/refunds/${refund.refund_id}`;
    const acts = [];
    if (refund.state === "stuck") acts.push(this.act(`${path}/retry`, ["重新发起", "Ask again"], "再次请求原路退回？", "Ask the wallet again?"));
    // The server refuses it while the wallet may still give the money back.
    if (refund.state === "stuck" || (refund.state === "asked" && refund.trouble)) {
      acts.push(this.act(`${path}/settle`, ["已线下处理", "Settled by hand"], "确认已线下退给客户？", "Was it given back by hand?"));
    }
    return make("li", { className: "card", data: { refund: refund.refund_id } },
      head(refund.amount_fen, refund.state, REFUND),
      make("p", { className: "soft" }, `${word(REFUND_REASON, refund.reason)} · ${word(WALLET, refund.wallet)} · `, make("time", {}, when(refund.asked_at))),
      refund.note ? make("p", {}, refund.note) : null,
      trouble(refund.trouble),
      make("p", { className: "soft" }, make("code", {}, refund.refund_id)),
      acts.length ? make("p", { className: "row" }, acts) : null);
  }

  payout(payout) {
    const path = `/v1/staff/payouts/${payout.payout_id}`;
    const acts = [];
    if (payout.state === "payable") {
      acts.push(this.pay([payout], ["立即打款", "Pay now"]),
        this.act(`${path}/hold`, ["暂停", "Hold"], "暂停这笔打款？", "Hold this payout?"));
    }
    if (payout.state === "held") acts.push(this.act(`${path}/release`, ["恢复", "Release"], "恢复这笔打款？", "Release this payout?"));
    if (UNDER_WAY.has(payout.state)) acts.push(this.act(`${path}/cancel`, ["撤回", "Take back"], "撤回这笔打款？", "Take this payout back?"));
    if (UNDER_WAY.has(payout.state) || (IN_VAIN.has(payout.state) && this.isLast(payout))) {
      acts.push(this.act(`${path}/reissue`, ["重新打款", "Issue anew"], "撤回并以新单号重新打款？", "Issue it anew under the next number?"));
    }
    if (payout.trouble === "unheard" && UNDER_WAY.has(payout.state)) {
      acts.push(this.act(`${path}/settle`, ["商户平台：已付", "Paid, says the wallet"], "商户平台显示已付？", "Does the wallet's own page say paid?", { paid: true }),
        this.act(`${path}/settle`, ["商户平台：未付", "Not paid"], "商户平台显示未付？", "Does the wallet's own page say not paid?", { paid: false }));
    }
    if (payout.by_hand) acts.push(this.act(`${path}/settle`, ["更正：未付", "It was not paid"], "钱包没有付这笔？", "Did the wallet not pay it?", { paid: false }));
    if (payout.owed_fen && payout.afterwards !== "set_off") {
      acts.push(this.act(`${path}/set-off`, ["从以后的报酬扣", "Keep from later pay"], "从以后的报酬里扣？", "Keep it from the courier's next pay?"));
    }
    if (payout.owed_fen) acts.push(this.act(`${path}/write-off`, ["平台承担", "Write off"], "由平台承担？", "Let the platform bear it?"));
    const asked = payout.asked_at !== null; // until then the wallet is not settled
    return make("li", { className: "card", data: { payout: payout.payout_id } },
      head(payout.amount_fen, payout.state, STAFF_PAYOUT),
      make("p", { className: "soft" }, asked ? `${word(WALLET, payout.wallet)} · ` : "",
        ...both(`第 ${payout.attempt} 次`, `try ${payout.attempt}`), " · ", make("time", {}, when(payout.created_at))),
      payout.waits ? make("p", {}, word(WAITS, payout.waits)) : null,
      payout.afterwards ? make("p", {}, word(AFTERWARDS, payout.afterwards)) : null,
      payout.owed_fen ? make("p", { className: "problem" }, ...both(`揽件员欠 ${yuan(payout.owed_fen)}`, "the courier owes it")) : null,
      payout.written_off_fen ? make("p", {}, ...both(`平台承担 ${yuan(payout.written_off_fen)}`, "borne by the platform")) : null,
      trouble(payout.trouble),
      make("p", { className: "soft" }, make("code", {}, payout.payout_id), " · 揽件员 courier ", make("code", {}, payout.courier_id)),
      acts.length ? make("p", { className: "row" }, acts) : null);
  }

  /** Whether no later try of the same order is shown: only the last is issued anew. */
  isLast(payout) {
    return !this.shownPayouts.some((one) => one.order_id === payout.order_id && one.attempt > payout.attempt);
  }

  act(path, label, zh, en, more = {}) {
    return button(both(...label), async () => {
      const why = await reason(zh, en);
      if (why === null) return;
      const told = await this.session.ask("POST", path, { body: { reason: why, ...more } });
      say(`${word(told.payout_id ? STAFF_PAYOUT : REFUND, told.state)}`);
      await this.load();
    }, "quiet");
  }

  pay(payouts, label) {
    return button(both(...label), () => this.payNow(payouts), "go");
  }

  payShown() {
    return this.payNow(this.payable).catch((error) => say(error.message, "error"));
  }

  async payNow(payouts) {
    const why = await reason(`立即打款 ${payouts.length} 笔？`, `Pay ${payouts.length} now?`);
    if (why === null) return;
    const body = { payouts: payouts.map((payout) => payout.payout_id), reason: why };
    const told = await this.session.ask("POST", "/v1/staff/payouts/pay", { body });
    const waiting = told.payouts.filter((payout) => payout.waits).length;
    say(waiting ? `${waiting} 笔仍需等待 / still waiting: ${waiting}` : "已请求打款 / asked for");
    await this.load();
  }
}

/** What the wallet said last, in our words where we have them. */
function trouble(code) {
  if (!code) return null;
  return make("p", { className: "problem" }, ...both("钱包说", "the wallet says"), ` ${word(TROUBLE, code)}`);
}

function head(fen, state, words) {
  return make("div", { className: "row between" }, make("strong", { className: "amount" }, yuan(fen)),
    make("b", { className: `chip ${state}` }, word(words, state)));
}
